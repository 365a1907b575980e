"""What a notebook shows: plain tables without script, every text escaped."""

from __future__ import annotations

from dataclasses import replace

import toy_model

from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior


def test_names_are_shown_and_nothing_runs() -> None:
    posterior = toy_model.posterior()
    model, prior = toy_model.TOY._repr_html_(), posterior.prior._repr_html_()
    assert all(f"<td>{name}</td>" in model for name in (*posterior.parameter_names, *posterior.observable_names))
    assert "<td>log-uniform</td>" in prior and "<td>0.1 .. 10</td>" in prior
    assert "slope, offset, scale, coupling, phase" in posterior._repr_html_()


def test_what_a_file_says_is_escaped() -> None:
    posterior = toy_model.posterior()
    settings = replace(posterior.prior.settings, title="<script>alert(1)</script>")
    prior = Prior(settings, toy_model.TOY)
    for shown in (prior._repr_html_(), Posterior(prior, posterior.likelihood)._repr_html_()):
        assert "<script" not in shown
        assert "&lt;script&gt;" in shown
