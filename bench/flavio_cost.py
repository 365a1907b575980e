"""What one evaluation of observables costs in flavio and wilson, and in lqbayes, and whether they agree.

python bench/flavio_cost.py [--points 20] [--write]

Both start from the Wilson coefficients of b -> s l l, drawn from a box around the measured ones. flavio is asked for what it can give from
coefficients of the weak effective theory: R_K and BR(Bs -> mu mu) from those of b -> s l l, the radiative decays, the muon's g - 2 and the
mixing of B mesons from coefficients of the size that the model gives. lqbayes computes all of its observables, from a parameter point.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from measured_table import MeasuredTable
from numpy.typing import NDArray

from lqbayes import Likelihood, Posterior, Prior
from lqbayes.compilation import for_python
from lqbayes.models.three_leptoquarks import wilson

r_k, branching_bs_mumu = for_python(wilson.r_k), for_python(wilson.branching_bs_mumu)
SCALE = 4.8  # GeV, at which coefficients of b -> s l l are quoted
BATCH = 1024
BOXES = (1.5, 0.5)
COLUMNS = ("C9_mu", "C10_mu", "C9p_mu", "C10p_mu", "C9_e", "C10_e")
_FLAVIO_NAMES = ("C9_bsmumu", "C10_bsmumu", "C9p_bsmumu", "C10p_bsmumu", "C9_bsee", "C10_bsee")
# flavio's names of what lqbayes predicts as well, with one coefficient each of a size that the model gives.
_OTHERS = {
    "BR(mu->egamma)": ("Cgamma_mue", 1e-10),
    "BR(tau->mugamma)": ("Cgamma_taumu", 1e-8),
    "BR(tau->egamma)": ("Cgamma_taue", 1e-8),
    "a_mu": ("C7_mumu", 1e-8),
    "DeltaM_s": ("CVLL_bsbs", 1e-12),
    "DeltaM_d": ("CVLL_bdbd", 1e-13),
}
_RK, _BS = "<Rmue>(B+->Kll)", "BR(Bs->mumu)"


def coefficients(count: int, half_width: float, seed: int = 1) -> NDArray[np.float64]:
    """Draw real coefficients in the order of `COLUMNS`, from a box around the Standard Model."""
    return np.random.default_rng(seed).uniform(-half_width, half_width, (count, len(COLUMNS)))


def agreement(c: NDArray[np.float64]) -> NDArray[np.float64]:
    """R_K and BR(Bs -> mu mu) of lqbayes for rows of coefficients."""
    rows = []
    for c9, c10, c9p, c10p, c9_e, c10_e in c:
        rows.append((r_k(complex(c9 + c9p), complex(c10 + c10p), complex(c9_e), complex(c10_e)), branching_bs_mumu(complex(c10 - c10p))))
    return np.array(rows)


def _flavio_prediction(flavio: Any, names: Sequence[str], values: Sequence[float], observables: Sequence[str]) -> list[float]:
    """Evaluate as a likelihood has to: with new coefficients, so that nothing is in a cache."""
    wilson = flavio.WilsonCoefficients()
    wilson.set_initial(dict(zip(names, map(float, values), strict=True)), scale=SCALE)
    return [float(flavio.np_prediction(name, wilson, *((1.1, 6.0) if name == _RK else ()))) for name in observables]


def largest_difference(flavio: Any, c: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the largest relative differences of R_K and BR(Bs -> mu mu) over rows of coefficients."""
    theirs = np.array([_flavio_prediction(flavio, _FLAVIO_NAMES, row, (_RK, _BS)) for row in c])
    return np.asarray(np.max(np.abs(theirs / agreement(c) - 1), axis=0))


def _median_time(function: Callable[[int], object], repetitions: int) -> float:
    function(0)
    times = []
    for k in range(repetitions):
        start = time.perf_counter()
        function(k)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def measured(flavio: Any, count: int) -> MeasuredTable:
    """Make the table."""
    c = coefficients(count, BOXES[0])
    differences = [largest_difference(flavio, coefficients(count, box)) for box in BOXES]
    posterior = Posterior(Prior.load("paper"), Likelihood.load("paper"))
    points = posterior.points(posterior.prior.sample(BATCH, np.random.default_rng(1)))
    all_of_ours = _median_time(lambda _: posterior.observables(points), 21) / BATCH
    none = ["-"] * len(BOXES)
    rows = [("lqbayes, all 27 observables", f"{all_of_ours * 1e6:.2f}", "1", *none)]
    alone = {_RK: "R_K, 1.1 to 6 GeV^2", _BS: "BR(Bs -> mu mu)"}
    total = 0.0
    for column, (name, title) in enumerate(alone.items()):
        cost = _median_time(lambda k, name=name: _flavio_prediction(flavio, _FLAVIO_NAMES, c[k % count], (name,)), min(count, 10))
        total += cost
        rows.append((f"flavio, {title}", f"{cost * 1e6:.0f}", f"{cost / all_of_ours:.2g}", *(f"{d[column]:.1e}" for d in differences)))
    for name, (coefficient, value) in _OTHERS.items():
        cost = _median_time(lambda k, x=(coefficient, value), n=name: _flavio_prediction(flavio, x[:1], [x[1] * (1 + k)], (n,)), 5)
        total += cost
        rows.append((f"flavio, {name}", f"{cost * 1e6:.0f}", f"{cost / all_of_ours:.2g}", *none))
    rows.append(("flavio, all of these", f"{total * 1e6:.0f}", f"{total / all_of_ours:.2g}", *none))
    notes = [
        f"flavio {version('flavio')}, wilson {version('wilson')}. Differences are relative, the largest of {count} draws of "
        f"{', '.join(COLUMNS)} between minus and plus the size of the box.",
        "The form of lqbayes was made with flavio 2.7.1. R_K and BR(Bs -> mu mu) are quadratic in the coefficients, so that what differs "
        "is the rounding of the form's printed numbers, which weighs most where C10 + C10' is large or the electrons' rate small; with "
        "another version, flavio's parameters as well.",
        "The other observables are timed only: lqbayes takes the paper's formulas at leading order, flavio runs coefficients.",
    ]
    header = ("what", "us", "ratio", *(f"difference, box of {box:g}" for box in BOXES))
    return MeasuredTable("flavio", "python bench/flavio_cost.py", header, rows, notes)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=20, help="draws of the coefficients")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    try:
        import flavio
    except ImportError as error:
        raise SystemExit(f"flavio cannot be imported ({error}); pip install 'lqbayes[physics]'") from None
    table = measured(flavio, options.points)
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
