"""A second opinion: a problem that nested samplers can solve, too, which share nothing with lqbayes but the posterior.

python bench/second_opinion.py [--model singlet [--prior s1-uniform]] [--write]

The problem is the reduced one of the three leptoquarks, or a whole one of another model: its own measurements and a prior of it.

Each sampler solves the problem several times from different seeds. Evidence, mean and 16, 50 and 84 % quantiles of every free parameter
and of the observables are compared; errors are those of the mean over the repetitions, from their scatter, and differences are judged
by Welch's t-test. ln Z: for lqbayes the logarithm of the mean of the ensembles' estimates of Z, which have no bias that can be
seen here (bench/evidence.py) and are what a run averages; for nested samplers the mean of ln Z, which is what they estimate.

Where lqbayes and a nested sampler differ, ``chains`` shows what long chains at the posterior say, with the same moves. They begin at a
quick annealing and forget it as far as these moves connect the modes; they have no evidence. ``prior`` weights draws of the prior, and is
exact for problems in which enough of them are near the posterior, as those of S1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from measured_table import MeasuredTable
from numpy.typing import NDArray
from scipy.stats import norm
from scipy.stats import t as student

import lqbayes
from lqbayes import Likelihood, Model, Posterior, Prior
from lqbayes.quantities import Quantity, quantities
from lqbayes.sampling.moves.chart import CIRCLE, chart_of

PRIOR = Path(__file__).parent / "reduced" / "prior.toml"
LIKELIHOOD = "paper"
_OBSERVABLES = (
    *("C9_mu", "C10_mu", "R_K", "BR_Bs_mumu", "g_max", "BR_mu_egamma", "BR_tau_mugamma", "BR_tau_egamma", "delta_a_mu"),
    *("dm_K", "dm_Bd", "dm_Bs", "dm_D"),
)
EVIDENCE = "ln Z"
# What is compared of a real quantity; of a sign its probability, of a phase the means of sine and cosine.
STATISTICS = ("mean", "16 %", "50 %", "84 %")
_QUANTILES = (0.16, 0.5, 0.84)
_BATCH, _NEGLIGIBLE = 100_000, 1e-30  # draws of the prior at a time, and the likelihood below which one counts for nothing
MAX_TIME = 900.0  # seconds that nautilus has for one solution

Numbers = dict[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard each sampler tries.

    Attributes
    ----------
    ensembles, walkers, sweeps, steps
        Of lqbayes: populations, their walkers, steps on each rung, stored steps at the posterior.
    repetitions
        Seeds of each nested sampler.
    live
        Live points of each nested sampler.
    slices
        Slice steps of dynesty from one live point to the next: too few of them make an evidence that is wrong with confidence.
    prior_draws
        Draws of the prior of each repetition of ``prior``, which takes so many where the posterior fills little of it.
    sweeps_of_chains
        Steps of all walkers of the long chains, of which a third, the first one, is left out.
    """

    ensembles: int = 16
    walkers: int = 2000
    sweeps: int = 55
    steps: int = 20
    repetitions: int = 8
    live: int = 500
    slices: int = 25
    prior_draws: int = 4_000_000
    sweeps_of_chains: int = 6000


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one sampler says: each number with the standard error of its mean over independent repetitions.

    Attributes
    ----------
    sampler
        Its name.
    repetitions
        How often it solved the problem.
    values
        (quantity, statistic) to (mean, standard error).
    seconds
        Time of all repetitions.
    """

    sampler: str
    repetitions: int
    values: dict[tuple[str, str], tuple[float, float]]
    seconds: float


def problem(model: str | None, prior: str | None) -> tuple[str, Posterior]:
    """The posterior that is sampled, with the name of its table: the reduced problem, or that of a model's own measurements."""
    if model is None:
        return "second-opinion", Posterior(Prior.load(prior or PRIOR), Likelihood.load(LIKELIHOOD))
    known = Model.load(model)
    prior = prior or known.shipped_set
    return f"second-opinion-{prior}", Posterior(Prior.load(prior, known), Likelihood.load(known.shipped_set, known))


def compared(posterior: Posterior) -> list[Quantity]:
    """Give the quantities that are compared."""
    named = _OBSERVABLES if posterior.model is Model.load() else posterior.model.headline
    return [q for q in quantities(posterior) if q.origin == "parameter" or q.name in named]


def numbers(posterior: Posterior, z: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> Numbers:
    """Summarise weighted draws."""
    weights = np.full(len(z), 1 / len(z)) if weights is None else weights / weights.sum()
    points = posterior.points(z)
    observables = posterior.observables(points)
    result: Numbers = {}
    for quantity in compared(posterior):
        x = quantity.of(points, observables)
        if quantity.kind == "phase":
            result[quantity.name, "sine"], result[quantity.name, "cosine"] = float(weights @ np.sin(x)), float(weights @ np.cos(x))
            continue
        result[quantity.name, "mean"] = float(weights @ x)
        if quantity.kind == "real":
            found = np.quantile(x, _QUANTILES, weights=weights, method="inverted_cdf")
            result.update({(quantity.name, name): float(value) for name, value in zip(STATISTICS[1:], found, strict=True)})
    return result


def opinion(sampler: str, repetitions: Sequence[Numbers], seconds: float) -> Opinion:
    """Average over repetitions."""
    values = {}
    for key in repetitions[0]:
        x = np.array([numbers[key] for numbers in repetitions])
        values[key] = float(np.mean(x)), float(np.std(x, ddof=1) / np.sqrt(len(x)))
    return Opinion(sampler, len(repetitions), values, seconds)


def lqbayes_opinion(posterior: Posterior, effort: Effort) -> Opinion:
    """Sample as the command line does; every ensemble is a repetition, since each is annealed on its own."""
    start = time.perf_counter()
    found, evidence = _sampled(posterior, effort, seed=1, thin=10)
    result = opinion("lqbayes", found, time.perf_counter() - start)
    result.values[EVIDENCE, "mean"] = evidence
    return result


def chains_opinion(posterior: Posterior, effort: Effort) -> Opinion:
    """Sample at the posterior for long, from a quick annealing of each ensemble, without its beginning."""
    if effort.ensembles < 4 or effort.sweeps_of_chains < effort.steps or effort.steps < 3:
        raise SystemExit("chains: at least 4 ensembles, 3 steps and as many sweeps of chains as steps are needed")
    start = time.perf_counter()
    quick = replace(effort, ensembles=effort.ensembles // 2, sweeps=effort.sweeps // 2)
    found, _ = _sampled(posterior, quick, seed=2, thin=effort.sweeps_of_chains // effort.steps, left_out=1 / 3)
    return opinion("chains", [{key: x for key, x in n.items() if key[0] != EVIDENCE} for n in found], time.perf_counter() - start)


def _sampled(
    posterior: Posterior, effort: Effort, *, seed: int, thin: int, left_out: float = 0.0
) -> tuple[list[Numbers], tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        run = lqbayes.sample(
            posterior, Path(folder) / "reduced", seed=seed, ensembles=effort.ensembles, walkers=effort.walkers,
            sweeps_per_rung=effort.sweeps, thin=thin, steps_per_population=effort.steps, max_steps=effort.steps, workers=1,
        )  # fmt: skip
        draws = run.coordinates()
        draws = draws[:, round(left_out * draws.shape[1]) :]
        evidences, evidence = run.log_evidences, (run.log_evidence, run.log_evidence_error)
    dimension = draws.shape[-1]
    found = [
        {(EVIDENCE, "mean"): float(log_z), **numbers(posterior, z.reshape(-1, dimension))}
        for z, log_z in zip(draws, evidences, strict=True)
    ]
    return found, evidence


def _circles(posterior: Posterior) -> list[int]:
    """Columns of coordinates that close, 0 and 1 being the same angle."""
    return np.flatnonzero(chart_of(posterior.prior.table).kind == CIRCLE).tolist()


def dynesty_run(posterior: Posterior, effort: Effort, seed: int) -> Numbers:
    import dynesty

    sampler = dynesty.NestedSampler(
        lambda z: float(posterior.log_likelihood(z)[0]), lambda u: posterior.prior.transform(u)[0],
        posterior.dimension,
        nlive=effort.live, sample="rslice", slices=effort.slices, periodic=_circles(posterior) or None, rstate=np.random.default_rng(seed),
    )  # fmt: skip
    sampler.run_nested(dlogz=0.01, print_progress=False)
    results = sampler.results
    weights = np.exp(results.logwt - results.logz[-1])
    return {(EVIDENCE, "mean"): float(results.logz[-1]), **numbers(posterior, results.samples, weights)}


def nautilus_run(posterior: Posterior, effort: Effort, seed: int) -> Numbers:
    from nautilus import Sampler

    sampler = Sampler(
        posterior.prior.transform, posterior.log_likelihood, n_dim=posterior.dimension, n_live=3 * effort.live,
        periodic=np.array(_circles(posterior)), vectorized=True, pass_dict=False, seed=seed,
    )  # fmt: skip
    # The points of the exploration phase shaped its bounds; without them the estimate has no bias (its documentation).
    if not sampler.run(discard_exploration=True, n_eff=10 * effort.live, timeout=MAX_TIME):
        raise TimeoutError(f"not finished after {MAX_TIME:.0f} s")
    z, log_weights, _ = sampler.posterior()
    return {(EVIDENCE, "mean"): float(sampler.log_z), **numbers(posterior, z, np.exp(log_weights))}


def prior_run(posterior: Posterior, effort: Effort, seed: int) -> Numbers:
    """Draws of the prior, weighted by the likelihood: exact, where there are enough of them."""
    rng, kept, weights = np.random.default_rng(seed), [], []
    for _ in range(effort.prior_draws // _BATCH):
        z = posterior.prior.sample(_BATCH, rng)
        likelihood = np.exp(posterior.log_likelihood(z))
        notable = likelihood > _NEGLIGIBLE
        kept.append(z[notable])
        weights.append(likelihood[notable])
    z, w = np.concatenate(kept), np.concatenate(weights)
    return {(EVIDENCE, "mean"): float(np.log(w.sum() / (_BATCH * len(kept)))), **numbers(posterior, z, w)}


PEERS: dict[str, Callable[[Posterior, Effort, int], Numbers]] = {"dynesty": dynesty_run, "nautilus": nautilus_run, "prior": prior_run}


def peer_opinion(name: str, posterior: Posterior, effort: Effort) -> Opinion:
    """Let another sampler solve the problem from several seeds."""
    start = time.perf_counter()
    found = []
    for seed in range(1, effort.repetitions + 1):
        found.append(PEERS[name](posterior, effort, seed))
        print(f"{name}, seed {seed}: ln Z = {found[-1][EVIDENCE, 'mean']:.3f}, {time.perf_counter() - start:.0f} s", flush=True)
    return opinion(name, found, time.perf_counter() - start)


def scores(ours: Opinion, theirs: Opinion) -> dict[tuple[str, str], float]:
    """Differences in standard deviations: Welch's t, as the standard normal deviate of the same probability.

    An approximation: among 16 and 8 repetitions the mean of z^2 is 1.01, among 8 and 4 it is 1.13 for equal samplers.
    """
    result = {}
    for key in (key for key in ours.values if key in theirs.values):
        (mean, error), (other, other_error) = ours.values[key], theirs.values[key]
        variance = error**2 + other_error**2
        if variance == 0:  # a sign that never flips, in both
            result[key] = 0.0 if mean == other else np.inf
            continue
        freedom = variance**2 / (error**4 / (ours.repetitions - 1) + other_error**4 / (theirs.repetitions - 1))
        t = (mean - other) / np.sqrt(variance)
        result[key] = float(np.sign(t) * norm.isf(student.sf(abs(t), freedom)))
    return result


def verdict(theirs: Opinion, z: dict[tuple[str, str], float]) -> str:
    """Say how large the differences are, and how large they may be."""
    values = np.array(list(z.values()))
    bound = norm.isf(0.005 / len(values))
    worst = max(z, key=lambda key: abs(z[key]))
    agree = "agrees" if np.max(np.abs(values)) < bound else "DISAGREES"
    return (
        f"{theirs.sampler} {agree}: {len(values)} numbers, mean of z^2 {np.mean(values**2):.2f} (1 is expected), "
        f"{np.mean(np.abs(values) > 2):.1%} beyond 2 (4.6% are expected), largest |z| {abs(z[worst]):.2f} ({' '.join(worst)}; "
        f"one in a hundred comparisons exceeds {bound:.2f} if all numbers were independent, fewer since they are not)."
    )


def measured(opinions: Sequence[Opinion], effort: Effort, arguments: Sequence[str] = (), name: str = "second-opinion") -> MeasuredTable:
    """Make the table: medians (or probabilities), and the largest difference of all statistics of a quantity."""
    ours, *others = opinions
    z = {theirs.sampler: scores(ours, theirs) for theirs in others}
    shown = {EVIDENCE: "mean"} | {q: "50 %" if (q, "50 %") in ours.values else s for q, s in reversed(ours.values)}
    rows = []
    for quantity in dict.fromkeys(q for q, _ in ours.values):
        statistic = shown[quantity]
        title = quantity if quantity == EVIDENCE else f"{quantity}, {'median' if statistic == '50 %' else statistic}"
        cells = [_with_error(*o.values[quantity, statistic]) if (quantity, statistic) in o.values else "-" for o in opinions]
        every = [[abs(s) for (q, _), s in z[o.sampler].items() if q == quantity] for o in others]
        largest = [f"{max(found):.1f}" if found else "-" for found in every]
        rows.append((title, *cells, *largest))
    notes = [verdict(theirs, z[theirs.sampler]) for theirs in others]
    notes.append("ln Z: of lqbayes the logarithm of the mean of its estimates of Z, as in every run; of nested samplers the mean of ln Z.")
    times = ", ".join(f"{o.sampler} {o.repetitions} x {o.seconds / o.repetitions:.0f} s" for o in opinions)
    notes.append(
        f"One process. Time of each repetition: {times}. lqbayes: {effort.walkers} walkers; nested samplers: {effort.live} live points "
        f"(nautilus {3 * effort.live}), dynesty with {effort.slices} slices."
    )
    if any(o.sampler == "prior" for o in opinions):
        notes.append(f"prior: {effort.prior_draws} draws of the prior in each repetition, weighted by the likelihood.")
    if any(o.sampler == "chains" for o in opinions):
        sweeps = effort.sweeps_of_chains // effort.steps * effort.steps
        notes.append(
            f"chains: {sweeps} steps of {effort.walkers} walkers at the posterior, with the moves of lqbayes, after a quick annealing; "
            f"the first third left out, in each of {effort.ensembles // 2} ensembles."
        )
    if name == "second-opinion":
        notes.append("The full problem, which nested samplers do not solve in such a time, is that of the table of bench/peers.py.")
    header = ("quantity", *(o.sampler for o in opinions), *(f"largest |z|, {o.sampler}" for o in others))
    command = " ".join(["python bench/second_opinion.py", *(a for a in arguments if a != "--write")])
    return MeasuredTable(name, command, header, rows, notes)


def _with_error(value: float, error: float) -> str:
    """Write both with two digits of the error."""
    if error == 0 or not np.isfinite(error):
        return f"{value:.4g}"
    exponent = int(np.floor(np.log10(abs(value)))) if value else 0
    shift = exponent if not -3 <= exponent <= 3 else 0
    digits = max(0, 1 - int(np.floor(np.log10(error))) + shift)
    text = f"{value / 10.0**shift:.{digits}f} ± {error / 10.0**shift:.{digits}f}"
    return f"({text})e{shift}" if shift else text


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="name of a model, or its file, in place of the reduced problem")
    parser.add_argument("--prior", help="its prior (default: the model's own)")
    parser.add_argument("--samplers", nargs="+", choices=[*PEERS, "chains"], default=["dynesty", "nautilus", "chains"])
    for name, value in ((name, getattr(Effort(), name)) for name in Effort.__dataclass_fields__):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    effort = Effort(**{name: getattr(options, name) for name in Effort.__dataclass_fields__})
    name, posterior = problem(options.model, options.prior)
    opinions = [lqbayes_opinion(posterior, effort)]
    print(f"lqbayes: ln Z = {_with_error(*opinions[0].values[EVIDENCE, 'mean'])}, {opinions[0].seconds:.0f} s", flush=True)
    for sampler in options.samplers:
        try:
            opinions.append(chains_opinion(posterior, effort) if sampler == "chains" else peer_opinion(sampler, posterior, effort))
        except ImportError as error:
            print(f"{sampler} is left out ({error}); pip install 'lqbayes[peers]'", flush=True)
        except TimeoutError as error:
            print(f"{sampler} is left out: {error}", flush=True)
    if len(opinions) == 1:
        raise SystemExit("there is no second opinion: none of the other samplers came to an end")
    table = measured(opinions, effort, sys.argv[1:] if arguments is None else arguments, name)
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
