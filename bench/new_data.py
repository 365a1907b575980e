"""What annealing a run's draws to another likelihood costs and finds, beside a fresh run.

python bench/new_data.py [--source chains/paper-paper-1] [--likelihood 2026] [--max-steps 5] [--workers 2] [--write]

Without --source, a run of --from is sampled first. Both runs end at --max-steps, or before if they have converged. Evaluations of the
posterior do not depend on what else the machine does. Of a run that has not converged, the stop rule estimates by what factor it had to
grow, so that runs of unlike quality can be compared.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from measured_table import MeasuredTable

from lqbayes import Likelihood, Posterior, Prior, Run, anneal_from, sample
from lqbayes.results.agreement import agreement
from lqbayes.results.evidence_ratios import annealed_ratio
from lqbayes.results.summary import Summary
from lqbayes.running.audit_of_run import evaluations_of
from lqbayes.running.status_of_run import needed_growth


def timed(work: Callable[[], Run]) -> tuple[Run, float, float]:
    """Make a run; return it with its seconds on the clock and on the cores."""
    clock, cores = time.perf_counter(), _core_seconds()
    run = work()
    return run, time.perf_counter() - clock, _core_seconds() - cores


def _core_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def measured(annealed: tuple[Run, float, float], fresh: tuple[Run, float, float], command: str) -> MeasuredTable:
    """Make the table."""
    (new, *its), (other, *others) = annealed, fresh
    first, second = Summary.of(new), Summary.of(other)
    found = agreement(first, second)
    evaluations = [evaluations_of(run) for run in (new, other)]
    growths = [needed_growth(summary.convergence) for summary in (first, second)]
    until = [count * growth for count, growth in zip(evaluations, growths, strict=True)]
    medians = replace(found, comparisons=tuple(c for c in found.comparisons if c.statistic == "median"))
    (many, expected), of = medians.beyond(2.0), len(medians.comparisons)
    rows = [
        ("million evaluations", *(f"{count / 1e6:.1f}" for count in evaluations), f"{evaluations[0] / evaluations[1]:.2f}"),
        ("the same times the growth to converge", *(f"{count / 1e6:.0f}" for count in until), f"{until[0] / until[1]:.2f}"),
        *(
            (f"seconds {where}", f"{a:.0f}", f"{b:.0f}", f"{a / b:.2f}")
            for where, a, b in zip(("on the clock", "on the cores"), its, others, strict=True)
        ),
        ("rungs of the first population", *(str(len(run.ladders[0])) for run in (new, other)), ""),
        ("worst nested R-hat", *(f"{summary.convergence.worst.rhat:.3f}" for summary in (first, second)), ""),
        ("converged", *("yes" if summary.converged else "no" for summary in (first, second)), ""),
        ("ln Z", *(f"{s.evidence.log:.2f} ± {s.evidence.error:.2f}" for s in (first, second)), f"{found.evidence.deviation:+.1f} sigma"),
        (f"medians beyond 2 sigma, of {of}", "", "", f"{many}, {expected:.1f} expected"),
        ("largest difference of a median", "", "", f"{abs(medians.worst.deviation):.1f} sigma ({medians.worst.quantity})"),
        ("largest difference of a printed number", "", "", f"{abs(found.worst.deviation):.1f} sigma, chance up to {found.bound:.1f}"),
    ]
    notes = [
        f"Annealed {first.size}, fresh {second.size}. ln of the ratio of evidences: {annealed_ratio(new).text}. Largest difference: "
        f"{found.worst.statistic} of {found.worst.quantity}. The runs {'agree' if found.agree else 'DISAGREE'}.",
    ]
    return MeasuredTable("new-data", command, ("what", "annealed", "fresh", "ratio or difference"), rows, notes)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", metavar="RUN", type=Path, help="a run directory; else one is sampled")
    parser.add_argument("--from", dest="old", default="paper", help="likelihood of the run that is sampled (paper)")
    parser.add_argument("--likelihood", default="2026", help="likelihood to change to (2026)")
    parser.add_argument("--prior", default="paper", help="prior of the run that is sampled (paper)")
    parser.add_argument("--walkers", type=int, help="of the run that is sampled")
    parser.add_argument("--ensembles", type=int, default=8, help="of the run that is sampled")
    parser.add_argument("--max-steps", type=int, help="stored steps at which both runs end; those of the source unless given")
    parser.add_argument("--workers", type=int, help="processes")
    parser.add_argument("--folder", type=Path, help="where the runs are kept; else they are temporary")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        common = {"workers": options.workers, "audit": 0.0}
        if options.source is None:
            old = Posterior(Prior.load(options.prior), Likelihood.load(options.old))
            sizes = {"walkers": options.walkers, "ensembles": options.ensembles}
            source = sample(old, folder / "source", max_steps=5, **sizes, **common)
        else:
            source = Run.open(options.source)
        asked = source.configuration
        likelihood = Likelihood.load(options.likelihood, asked.model)
        most = options.max_steps or source.steps
        annealed = timed(lambda: anneal_from(source, likelihood, folder / "annealed", max_steps=most, **common))
        settings = {
            name: getattr(asked.sampling, name) for name in ("ensembles", "walkers", "sweeps_per_rung", "thin", "steps_per_population")
        }
        new = Posterior(source.posterior_target.prior, likelihood)
        fresh = timed(lambda: sample(new, folder / "fresh", seed=asked.seed + 1, max_steps=most, **settings, **common))
        own = (
            ""
            if options.source
            else "".join(f" --{name} {value}" for name, value in (("walkers", options.walkers), ("ensembles", options.ensembles)) if value)
        )
        origin = f" --source chains/{source.name}" if options.source else own
        command = f"python bench/new_data.py{origin} --likelihood {options.likelihood} --max-steps {most}"
        table = measured(annealed, fresh, command)
        table.show()
        if options.write:
            table.write()


if __name__ == "__main__":
    main()
