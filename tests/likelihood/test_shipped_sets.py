"""The numbers of the shipped sets beside those of the paper: what they are made of, and that each can be sampled."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

import lqbayes
from lqbayes.input.errors import InputError
from lqbayes.input.shipped import read_toml, resolve, shipped_names
from lqbayes.likelihood.file import load_likelihood_set, parse_likelihood_set
from lqbayes.likelihood.measurement import Measurement
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_NAMES
from lqbayes.prior.file import load_prior_set

# Centres as (II.11) to (II.15) of the paper print them for all rare B decays, and the line each scenario lies on.
SCENARIOS = {
    "scenario-c9": ((-0.82, 0.0), (1, 0)),
    "scenario-c10": ((0.0, 0.56), (0, 1)),
    "scenario-c9-equals-c10": ((-0.06, -0.06), (1, 1)),
    "scenario-c9-minus-c10": ((-0.43, 0.43), (1, -1)),
    "scenario-best-fit": ((-0.67, 0.24), (-0.67, 0.24)),
}
# Hashes of the contents as version 0.1.0 had them, each in a file of its own: what a file says by extends and patterns is the same.
CONTENTS = {
    "likelihoods/2026": "5b729ecb0928c7d7",
    "likelihoods/calibration": "ad447f6f9c0d8cf0",
    "likelihoods/constraints-only": "834cecd4139b369f",
    "likelihoods/paper": "a80b05af450ee14f",
    "likelihoods/paper-global": "90a7ad93c7f17233",
    "likelihoods/scenario-best-fit": "dc68f3d13d434f48",
    "likelihoods/scenario-c10": "fcb65bb4ab22a160",
    "likelihoods/scenario-c9": "e50e06b2d2989398",
    "likelihoods/scenario-c9-equals-c10": "e5e1b2d03fa03c29",
    "likelihoods/scenario-c9-minus-c10": "d60746360f9c15c0",
    "priors/2026": "9d1ca1ab95300e35",
    "priors/2026-inverted": "9e404e4f307bd520",
    "priors/calibration": "d2a815bf3c5c2128",
    "priors/paper": "dbad273a1b6b5c10",
    "priors/paper-inverted": "3065eb2e799b3524",
    "priors/paper-positive": "75b38974b4bfafd4",
}
NEUTRINOS = {"s12sq", "s23sq", "s13sq", "delta_CP", "dm21", "dm3l"}
PER_PS = 6.582119569e-13  # GeV


def terms(name: str) -> dict[str, Measurement]:
    return {term.name: term for term in load_likelihood_set(name, PAPER).measurements}


@pytest.mark.parametrize("name", CONTENTS)
def test_resolved_contents(name: str) -> None:
    kind, _, file = name.partition("/")
    found = (load_likelihood_set if kind == "likelihoods" else load_prior_set)(file, PAPER)
    content = found.to_dict()
    for table in content.get("measurement", ()):
        table.pop("pdg", None)  # where the numbers are listed, not one of them
    assert hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16] == CONTENTS[name]


def test_2026_is_the_difference_of_measurement_and_standard_model() -> None:
    found = terms("2026")
    g_2 = found["delta_a_mu"]
    assert g_2.centre[0] == pytest.approx((116592071.5 - 116592033) * 1e-11, rel=1e-12)
    assert g_2.sigma_plus[0] == pytest.approx(np.hypot(14.5, 62) * 1e-11, rel=1e-12)
    # The SM's upper error is the lower error of the room that it leaves, and the other way round.
    for name, measured, error, standard, up, down in (
        ("dm_Bd", 0.5069, 0.0019, 0.533, 0.022, 0.036),
        ("dm_Bs", 17.765, 0.006, 18.4, 0.7, 1.2),
    ):
        assert found[name].centre[0] == pytest.approx((measured - standard) * PER_PS, rel=1e-9)
        assert found[name].sigma_plus[0] == pytest.approx(np.hypot(error, down) * PER_PS, rel=1e-9)
        assert found[name].sigma_minus[0] == pytest.approx(np.hypot(error, up) * PER_PS, rel=1e-9)
    hbar = PER_PS * 1e-12  # GeV s
    assert found["dm_K"].limit == pytest.approx(0.5293e10 * hbar, rel=1e-3)
    assert found["dm_D"].limit == pytest.approx(0.997e10 * hbar, rel=1e-3)


def test_2026_has_the_observables_of_the_paper() -> None:
    then, now = terms("paper"), terms("2026")
    assert list(then) == list(now)
    assert all(then[name].observables == now[name].observables for name in then)
    assert then["g_max"] == now["g_max"]


def test_the_fit_of_2026_takes_r_k_beside_it_but_not_bs_mumu() -> None:
    assert terms("2026")["C9_C10_mu"].includes == ["BR_Bs_mumu"]
    data = read_toml(resolve("likelihoods", "2026", PAPER.name))
    data["data"]["mine"] = "one more"
    extra = {"name": "BR_Bs_mumu", "observable": "BR_Bs_mumu", "form": "gaussian", "value": 3.361e-9, "error": 0.281e-9}
    data["measurement"].append(extra | {"source": "arXiv:2212.10497", "data": ["mine"]})
    with pytest.raises(InputError, match="would count BR_Bs_mumu twice"):
        parse_likelihood_set(data, "mine.toml", PAPER)


def test_constraints_only_is_the_paper_without_the_anomalies() -> None:
    then, found = terms("paper"), terms("constraints-only")
    sign = found.pop("positive_delta_a_mu")
    assert found == {name: term for name, term in then.items() if name not in {"delta_a_mu", "C9_C10_mu", "R_K"}}
    assert (sign.form, sign.observables, sign.lower, sign.upper) == ("hard-bound", ("delta_a_mu",), 0, None)
    likelihood = lqbayes.Likelihood.load("constraints-only")
    observables = np.zeros((2, len(OBSERVABLE_NAMES)))
    observables[:, OBSERVABLE_NAMES.index("delta_a_mu")] = (1e-12, -1e-12)
    assert list(likelihood.log_terms(observables).sum(axis=1)) == [0, -np.inf]


def test_scenarios_differ_from_the_global_set_in_one_centre_only() -> None:
    assert set(SCENARIOS) == {name for name in shipped_names("likelihoods", PAPER.name) if name.startswith("scenario")}
    everything, anywhere = terms("paper-global"), {"values": None, "source": None}
    for name, (centre, line) in SCENARIOS.items():
        found = terms(name)
        target = found["C9_C10_mu"]
        assert target.centre == centre
        assert centre[0] * line[1] == centre[1] * line[0]
        assert target.to_dict() | anywhere == everything["C9_C10_mu"].to_dict() | anywhere
        assert all(found[other] == term for other, term in everything.items() if other != "C9_C10_mu")
        assert len(found) == len(everything)


@pytest.mark.parametrize(("then", "now"), [("paper", "2026"), ("paper-inverted", "2026-inverted")])
def test_priors_of_2026_differ_in_the_neutrinos_only(then: str, now: str) -> None:
    before, after = (load_prior_set(name, PAPER).parameters for name in (then, now))
    assert {old.name for old, new in zip(before, after, strict=True) if old != new} == NEUTRINOS
    assert all("NuFIT 6.0" in new.source for new in after if new.name in NEUTRINOS)


@pytest.mark.parametrize(
    ("prior", "likelihood"), [("2026", "2026"), ("2026-inverted", "2026"), ("paper", "constraints-only"), ("paper", "scenario-c9")]
)
def test_every_new_set_can_be_sampled(prior: str, likelihood: str, tmp_path: Path) -> None:
    posterior = lqbayes.Posterior(lqbayes.Prior.load(prior), lqbayes.Likelihood.load(likelihood))
    run = lqbayes.sample(
        posterior, tmp_path / "run", ensembles=1, walkers=180, sweeps_per_rung=1, thin=1, steps_per_population=2, max_steps=2, workers=1
    )
    assert np.isfinite(run.log_density()).all()
    assert np.isfinite(run.log_evidence)
    assert not run.converged
