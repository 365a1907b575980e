from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from lqbayes.model import DEFAULT_MODEL


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_time_scale_of_an_autoregressive_series(rho: float) -> None:
    from peer_chains import time_scale

    rng = np.random.default_rng(2)
    x = np.empty((2, 120, 2000))
    x[:, 0] = rng.normal(size=x[:, 0].shape)
    for k in range(1, x.shape[1]):
        x[:, k] = rho * x[:, k - 1] + math.sqrt(1 - rho**2) * rng.normal(size=x[:, 0].shape)
    assert time_scale(x) == pytest.approx((1 + rho) / (1 - rho), rel=0.1)


def test_time_scale_of_what_hardly_moves_is_extrapolated() -> None:
    from peer_chains import time_scale

    rng = np.random.default_rng(2)
    x = np.repeat(rng.normal(size=(2, 1, 2000)), 100, axis=1)
    assert time_scale(x) == math.inf
    # One walker in a hundred is drawn anew at each step: a time of 100 steps, of which the series has 100.
    for k in range(1, 100):
        x[:, k] = np.where(rng.random(x[:, 0].shape) < 0.01, rng.normal(size=x[:, 0].shape), x[:, k - 1])
    assert time_scale(x) == pytest.approx(200, rel=0.2)


def test_frames_stay_evenly_spaced() -> None:
    from peer_chains import Frames

    frames = Frames(2)
    for block in range(60):
        for ensemble in range(2):
            for step in range(10 * block + 1, 10 * block + 11):
                frames.add(ensemble, step, np.full((3, 1), float(step)))
        frames.thin()
    first, second = frames.of_ensembles()
    assert np.array_equal(first, second)
    assert 32 <= len(frames) < 128
    assert set(np.diff(first[:, 0, 0])) == {frames.every}


def test_target_has_a_slope_outside_and_the_posterior_inside() -> None:
    from peer_target import Target, posterior_of

    from lqbayes.posterior import Evaluation

    target = Target(posterior_of(DEFAULT_MODEL))
    z = target.posterior.prior.sample(20000, np.random.default_rng(1))
    violation = Evaluation.of(target.posterior.evaluate(z)).violation
    inside = violation == 0
    assert 0 < np.count_nonzero(inside) < len(z)
    log_prob = target.log_prob(z)
    assert np.array_equal(log_prob[inside], target.posterior.log_prob(z[inside]))
    assert np.max(log_prob[~inside]) < np.min(log_prob[inside])
    order = np.argsort(violation[~inside])
    assert np.all(np.diff(log_prob[~inside][order]) <= 0)
    assert target.evaluations == len(z)
    assert target.outside == 0


def test_a_sampler_that_crashes_costs_its_row_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import peers

    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemError('no such luck')\n", encoding="utf-8")
    monkeypatch.setattr(peers, "__file__", str(broken))
    state, ending = peers.run_apart("dynesty", 1.0, None, tmp_path)
    assert state is None
    assert "no such luck" in ending
    assert peers.row("dynesty", state, ending)[-1] == ending


def test_a_sampler_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import peers

    hangs = tmp_path / "hangs.py"
    hangs.write_text("import time\ntime.sleep(100)\n", encoding="utf-8")
    monkeypatch.setattr(peers, "__file__", str(hangs))
    monkeypatch.setattr(peers, "_GRACE", 0.5)
    state, ending = peers.run_apart("dynesty", 0.5, None, tmp_path)
    assert state is None
    assert ending == "hung after the time limit"


def test_one_sampler_for_two_seconds(tmp_path: Path) -> None:
    """The whole way: a process, its states, a row."""
    import peers

    state, ending = peers.run_apart("emcee StretchMove", 2.0, None, tmp_path)
    assert ending == ""
    assert state is not None
    assert state.evaluations > 1000
    assert 0 < state.acceptance < 1
    assert not state.finished
    assert state.seconds == pytest.approx(2.0, abs=1.5)
    assert len(peers.row("x", state, ending)) == len(peers.row("x", None, "")) == len(peers.measured([], 2.0, None).header)
    assert json.loads(next(tmp_path.glob("*.json")).read_text(encoding="utf-8"))["reached"]


def test_what_a_sampler_gets_is_per_core_second() -> None:
    import peers
    from peer_target import State

    cells = dict(zip(peers.HEADER, peers.row("x", State(seconds=50.0, ess=300.0, processes=3), ""), strict=True))
    assert cells["core-seconds"] == "150"
    assert cells["ESS per core-second"] == "2"


def test_evaluations_of_a_run_are_those_of_all_its_populations(tmp_path: Path) -> None:
    """The annealing says how many proposals each population has made; the chain file how many steps were stored."""
    from peer_chains import of_run

    from lqbayes import Likelihood, Posterior, Prior, sample
    from lqbayes.sampling.moves.base import ArrayMove

    proposed = 0
    propose = ArrayMove.propose

    def counting(self: ArrayMove, model: object, state: object) -> object:
        nonlocal proposed
        proposed += len(state.coords)
        return propose(self, model, state)

    posterior = Posterior(Prior.load("calibration"), Likelihood.load("calibration"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ArrayMove, "propose", counting)
        patch.setattr("lqbayes.running.sampling_session.warm_up", lambda _: None)  # proposes too
        settings = {"walkers": 4 * posterior.dimension, "ensembles": 2, "sweeps_per_rung": 3, "thin": 2, "steps_per_population": 2}
        run = sample(posterior, tmp_path / "run", max_steps=6, workers=1, audit=0, **settings)
    assert run.population_log_evidences.shape == (2, 3)
    state = of_run(run)
    assert state["evaluations"] == proposed + 2 * 3 * run.configuration.walkers
    assert (state["log_z"], state["log_z_error"]) == (run.log_evidence, run.log_evidence_error)
