"""A run says by itself that all of its ensembles have missed a mode, and nothing where they have not."""

from __future__ import annotations

import json
import math
from concurrent.futures import Future
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from numpy.typing import NDArray
from scipy.special import logsumexp
from typer.testing import CliRunner

import lqbayes
from lqbayes import Observable, Parameter
from lqbayes.cli.app import app
from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.model import Model, ModelSource
from lqbayes.prior.file import parse_prior_set
from lqbayes.report.page import write_page
from lqbayes.report.results import write_results
from lqbayes.running.audit_of_run import audit_run, evaluations_of, search_modes
from lqbayes.running.sampling_session import SamplingSession
from lqbayes.sampling.mode_audit import ModeAudit
from lqbayes.storage.audit_file import FILE_NAME, read_audit, read_searched

Array = NDArray[np.float64]
DIMENSION = 10
NAMES = [f"x_{k}" for k in range(DIMENSION)]
WIDTHS, SHARES = np.array([0.5, 0.05]), np.array([0.1, 0.9])
SETTINGS: dict[str, Any] = {"ensembles": 3, "walkers": 300, "sweeps_per_rung": 20, "thin": 10, "steps_per_population": 2, "max_steps": 2}
# So wide that the number of steps decides when it ends.
TARGETS = lqbayes.ConvergenceTargets(rhat=1.5, ess_observables=2, ess_parameters=2, interval_error=10)
# Of the command line, nearly the same.
OPTIONS = asdict(TARGETS) | {"ensembles": 3, "walkers": 300, "sweeps": 20, "max-steps": 5, "workers": 1}


def spike_in_slab(points: Array) -> Array:
    """A pull whose likelihood is a broad slab and in it a spike with nine tenths of the evidence."""
    square = WIDTHS**2
    heights = np.log(SHARES) - 0.5 * DIMENSION * np.log(square / (1 + square))
    each = heights - 0.5 * np.sum(points**2, axis=1)[:, np.newaxis] / square
    top = logsumexp(heights)
    return np.sqrt(np.maximum(2 * (top - logsumexp(each, axis=1)), 0.0))[:, np.newaxis]


def slab(points: Array) -> Array:
    return np.sqrt(np.sum(points**2, axis=1) / 0.25)[:, np.newaxis]


def model(name: str, predict: Any) -> Model:
    parameters = tuple(Parameter(name) for name in NAMES)
    return Model(
        name=name,
        variant="plain",
        parameters=parameters,
        observables=(Observable("pull"),),
        predict=predict,
        groups={"some": ("x_0", "x_1")},
        source=ModelSource("package", __name__),
    )


MODELS = {m.name: m for m in (model("spike", spike_in_slab), model("slab", slab))}


def posterior(name: str) -> lqbayes.Posterior:
    prior = {"title": "p", "parameters": {n: {"distribution": "normal", "value": 0.0, "error": 1.0, "source": "choice"} for n in NAMES}}
    measured = {"name": "m", "observable": "pull", "form": "gaussian", "value": 0.0, "error": 1.0, "source": "choice", "data": ["d"]}
    likelihood = {"title": "l", "data": {"d": "made up"}, "measurement": [measured]}
    chosen = MODELS[name]
    return lqbayes.Posterior(
        lqbayes.Prior(parse_prior_set(prior, "p.toml", chosen), chosen),
        lqbayes.Likelihood(parse_likelihood_set(likelihood, "l.toml", chosen), chosen),
    )


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open runs of these models by name."""
    monkeypatch.setattr(Model, "installed", classmethod(lambda _, name, variant=None: MODELS[name]))


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def test_a_missed_spike_ends_the_run_with_status_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lqbayes.report.results.write_results", partial(write_results, groups=()))
    (tmp_path / "config.toml").write_text(tomli_w.dumps(OPTIONS), encoding="utf-8")
    given = posterior("spike")
    for kind, settings in (("prior", given.prior.settings), ("likelihood", given.likelihood.settings)):
        (tmp_path / f"{kind}.toml").write_text(tomli_w.dumps(settings.to_dict()), encoding="utf-8")
    files = ("--prior", str(tmp_path / "prior.toml"), "--likelihood", str(tmp_path / "likelihood.toml"))
    sampled = invoke("sample", "--model", "spike", *files, "--config", str(tmp_path / "config.toml"), "--output", str(tmp_path / "spike"))
    assert sampled.exit_code == 3, (sampled.output, sampled.exception)
    assert "NOT CONVERGED: MODE MISSED: about a mode" in sampled.stdout
    run = lqbayes.Run.open(tmp_path / "spike")
    convergence = run.convergence()
    assert convergence.targets_met  # all ensembles agree with each other
    assert run.log_evidence < -1.5  # and are wrong
    assert not run.converged
    assert run.audit is not None
    [mode] = run.audit.missed
    np.testing.assert_allclose(mode.coordinates, 0.0, atol=0.01)
    # The half of the spike that is nearest to its summit; terms are 0 at their maximum.
    top = logsumexp(np.log(SHARES) - 0.5 * DIMENSION * np.log(WIDTHS**2 / (1 + WIDTHS**2)))
    assert mode.log_mass == pytest.approx(math.log(0.45) - top, abs=0.1)
    assert run.audit.evaluations <= 0.1 * evaluations_of(run)
    status = json.loads((run.path / "status.json").read_text())
    assert status["audit"].startswith("MODE MISSED: about a mode") and status["converged"] is False
    assert status["message"].startswith("MODE MISSED")

    found = invoke("diagnose", str(run.path))
    assert found.exit_code == 3
    assert "NOT CONVERGED: MODE MISSED: about a mode" in found.stdout
    assert "share of the posterior" in found.stdout
    table = (run.results / "missed-modes.csv").read_text()
    assert "x_9" in table and "log mass" in table
    page = write_page(run, groups=()).read_text()
    assert "MODE MISSED" in page and "Modes that the run has missed" in page
    assert "MODE MISSED" in invoke("status", str(run.path)).stdout

    before = (run.path / FILE_NAME).read_bytes()
    again = lqbayes.resume(run.path, workers=1)
    assert again.steps == run.steps and not again.converged
    assert (run.path / FILE_NAME).read_bytes() == before  # what was asked before is not asked again
    (run.path / FILE_NAME).unlink()
    lqbayes.resume(run.path, workers=1)
    assert (run.path / FILE_NAME).read_bytes() == before  # one seed, one result


def test_silent_where_nothing_is_missed(tmp_path: Path) -> None:
    run = lqbayes.sample(posterior("slab"), tmp_path / "slab", workers=1, targets=TARGETS, **SETTINGS)
    assert run.converged
    assert run.audit is not None and not run.audit.missed and run.audit.starts > 0
    found = invoke("diagnose", str(run.path))
    assert found.exit_code == 0
    assert f"mode audit: no missed mode found ({run.audit.starts} starts" in found.stdout
    assert "MODE MISSED" not in found.stdout
    points = tmp_path / "points.json"
    points.write_text(json.dumps(dict.fromkeys(NAMES, 0.3)))
    found = invoke("audit", str(run.path), "--points", str(points), "--share", "0.05")
    assert found.exit_code == 0, found.output
    assert "mode audit: no missed mode found" in found.stdout
    points.write_text(json.dumps({"x_0": 1.0}))
    assert invoke("audit", str(run.path), "--points", str(points)).exit_code == 2
    assert invoke("audit", str(run.path), "--share", "0.5").exit_code == 2


def test_what_was_found_is_for_these_draws_only(tmp_path: Path) -> None:
    run = lqbayes.sample(posterior("slab"), tmp_path / "slab", workers=1, targets=TARGETS, **SETTINGS)
    assert read_audit(run.path, run.configuration, run.steps, 0.1) == run.audit
    assert read_audit(run.path, run.configuration, run.steps + 2) is None
    assert read_audit(run.path, run.configuration, run.steps, 0.05) == run.audit  # who has searched longer need not again
    assert read_audit(run.path, run.configuration, run.steps, 0.2) is None
    for text in ("{}", "[", '{"identity": "x", "steps": 2, "share": 0.1, "audit": {"modes": [], "evaluations": 1, "starts": 1}}'):
        (run.path / FILE_NAME).write_text(text)
        assert run.audit is None


def test_all_searches_of_a_run_take_a_tenth_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those beside a judgement after which the run went on, and those of a run that was ended and then resumed."""
    searches: list[ModeAudit] = []

    def begin(self: SamplingSession, run: lqbayes.Run, _: Any) -> Future[ModeAudit] | None:
        if run.audit is not None:
            return None
        searches.append(search_modes(str(run.path), self.session.audit, None))
        begun: Future[ModeAudit] = Future()
        begun.set_result(searches[-1])
        return begun

    monkeypatch.setattr(SamplingSession, "_begin_search", begin)
    never = {**SETTINGS, "sweeps_per_rung": 8, "max_steps": 4, "targets": lqbayes.ConvergenceTargets(rhat=1.0001)}
    run = lqbayes.sample(posterior("spike"), tmp_path / "run", workers=1, **never)
    assert len(searches) == 2 and run.audit == searches[1]
    for audit in (None, 0.02, 0.1):  # of the last run no share is left but what it has grown by
        assert run.audit is not None and run.audit.missed and run.audit == searches[-1]
        taken = sum(audit.evaluations for audit in searches)
        assert read_searched(run.path, run.configuration)[0].evaluations == taken <= 0.1 * evaluations_of(run)
        before = len(searches)
        run = lqbayes.resume(run.path, workers=1, more=2, **({} if audit is None else {"audit": audit}))
        assert len(searches) == before + 1
        assert searches[-1].evaluations <= (audit or 0.1) * evaluations_of(run)
    assert run.audit is not None and run.audit.missed and not run.converged

    # Nor does what somebody looks at make it forgotten, however little is spent on it.
    found = audit_run(run, 1e-4, np.full((1, DIMENSION), 0.7))
    assert found.missed and run.audit == found and not run.converged


def test_switched_off(tmp_path: Path) -> None:
    run = lqbayes.sample(posterior("slab"), tmp_path / "slab", workers=1, audit=0, targets=TARGETS, **SETTINGS)
    assert run.converged and run.audit is None
    assert not (run.path / FILE_NAME).exists()
    lqbayes.resume(run.path, workers=1)
    assert run.audit is None  # as before
    lqbayes.resume(run.path, workers=1, audit=0.05)
    assert run.audit is not None
    assert run.audit.evaluations <= 0.05 * evaluations_of(run)
    with pytest.raises(ArgumentError, match="audit: must be at most 0.1"):
        lqbayes.resume(run.path, audit=0.2)
