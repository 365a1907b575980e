from __future__ import annotations

import numpy as np
import pytest

from lqbayes import Likelihood, Posterior, Prior

TINY = ["--ensembles", "2", "--walkers", "60", "--sweeps", "2", "--steps", "2", "--repetitions", "2", "--live", "30", "--slices", "1"]


def test_two_samplers_make_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole script, with a peer that returns the prior: it must be told apart from the posterior."""
    import second_opinion

    def prior_draws(posterior: Posterior, effort: second_opinion.Effort, seed: int) -> second_opinion.Numbers:
        z = posterior.prior.sample(400, np.random.default_rng(seed))
        return {(second_opinion.EVIDENCE, "mean"): float(seed), **second_opinion.numbers(posterior, z)}

    monkeypatch.setitem(second_opinion.PEERS, "dynesty", prior_draws)
    second_opinion.main([*TINY, "--ensembles", "4", "--repetitions", "4", "--sweeps", "5", "--samplers", "dynesty"])
    output = capsys.readouterr().out
    for name in ("ln Z", "log10_M_LQ, median", "positive_h_22, mean", "alpha_21, ", "C9_mu, median"):
        assert name in output
    assert "dynesty DISAGREES" in output


def test_evidence_of_lqbayes_is_that_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The logarithm of the mean of Z, not the mean of its logarithms."""
    import second_opinion

    import lqbayes

    posterior = Posterior(Prior.load(second_opinion.PRIOR), Likelihood.load(second_opinion.LIKELIHOOD))
    evidences: list[np.ndarray] = []
    found = lqbayes.Run.log_evidences.fget
    monkeypatch.setattr(lqbayes.Run, "log_evidences", property(lambda run: evidences.append(found(run)) or evidences[-1]))
    effort = second_opinion.Effort(ensembles=3, walkers=60, sweeps=1, steps=2)
    value, error = second_opinion.lqbayes_opinion(posterior, effort).values[second_opinion.EVIDENCE, "mean"]
    assert value == pytest.approx(np.log(np.mean(np.exp(evidences[0]))))
    assert value > np.mean(evidences[0])
    assert error == pytest.approx(np.std(evidences[0], ddof=1) / np.sqrt(3))


def test_long_chains_have_no_evidence_and_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    import second_opinion

    second_opinion.main([*TINY, "--ensembles", "4", "--steps", "4", "--sweeps-of-chains", "40", "--samplers", "chains"])
    (evidence,) = [line for line in capsys.readouterr().out.splitlines() if "ln Z " in line and "│" in line]
    ours, theirs, score = (cell.strip() for cell in evidence.strip("│ ").split("│")[1:])
    assert "±" in ours
    assert (theirs, score) == ("-", "-")


def test_dynesty_solves_the_reduced_problem() -> None:
    pytest.importorskip("dynesty")
    import second_opinion

    posterior = Posterior(Prior.load(second_opinion.PRIOR), Likelihood.load(second_opinion.LIKELIHOOD))
    found = second_opinion.dynesty_run(posterior, second_opinion.Effort(live=40, slices=1), seed=1)
    assert -40 < found[second_opinion.EVIDENCE, "mean"] < -10
    assert 0 <= found["positive_h_22", "mean"] <= 1


def test_scores_are_standard_normal_for_equal_samplers() -> None:
    import second_opinion

    rng = np.random.default_rng(3)
    ours, theirs = (
        [{("x", str(k)): float(v) for k, v in enumerate(rng.normal(2.0, scale, 4000))} for _ in range(count)]
        for scale, count in ((1.0, 16), (2.0, 8))
    )
    z = np.array(list(second_opinion.scores(second_opinion.opinion("a", ours, 0), second_opinion.opinion("b", theirs, 0)).values()))
    # Welch's degrees of freedom are an approximation: the mean of z^2 is 1.01 with the script's repetitions, 1.13 with 8 and 4.
    assert abs(np.mean(z)) < 4 / np.sqrt(len(z))
    assert abs(np.mean(z**2) - 1.01) < 4 * np.sqrt(2 / len(z))
    shifted = [{key: value + 3 for key, value in numbers.items()} for numbers in theirs]
    z = np.array(list(second_opinion.scores(second_opinion.opinion("a", ours, 0), second_opinion.opinion("b", shifted, 0)).values()))
    assert np.mean(z**2) > 2


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (-18.2342, 0.0291, "-18.234 ± 0.029"),
        (0.5, 0.0123, "0.500 ± 0.012"),
        (2.193e-9, 3.2e-11, "(2.193 ± 0.032)e-9"),
        (0.0, 0.2, "0.00 ± 0.20"),
        (1.0, 0.0, "1"),
    ],
)
def test_two_digits_of_the_error(value: float, error: float, text: str) -> None:
    import second_opinion

    assert second_opinion._with_error(value, error) == text


@pytest.mark.parametrize("prior", [None, "s1-uniform"])
def test_another_model_with_a_table_of_its_own(prior: str | None) -> None:
    import second_opinion
    from measured_table import README

    name, posterior = second_opinion.problem("singlet", prior)
    assert (posterior.dimension, posterior.prior.settings.name) == (8, prior or "s1")
    assert {"R_D", "delta_a_mu"} <= {quantity.name for quantity in second_opinion.compared(posterior)}
    assert f"<!-- {name}: begin -->" in README.read_text(encoding="utf-8")
