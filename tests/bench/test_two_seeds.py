from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from lqbayes.results.agreement import Agreement, Comparison, Spread
from lqbayes.sampling.evidence import Evidence


def fake(name: str, log_evidence: float) -> Any:
    return SimpleNamespace(
        name=name,
        evidence=Evidence(log_evidence, 0.05, 7),
        size="8 ensembles x 2 populations x 4000 walkers",
    )


def test_table_says_what_was_found_and_what_chance_gives() -> None:
    from two_seeds import measured

    comparisons = tuple(Comparison(f"x_{k}", "median", 0.0, k / 10, 0.1, 1e9) for k in range(3))
    found = Agreement(
        (*comparisons, Comparison("ln Z", "value", -20.0, -19.95, 0.07, 14.0)), Spread(1.25, np.array([1.25, 0.5, 2.0, 0.25]))
    )
    table = measured(fake("one", -20.0), fake("two", -19.95), found)
    cells = {row[0]: row[1:] for row in table.rows}
    assert cells["numbers that are compared"] == ("4", "")
    assert cells["of which differ by more than 1 sigma"] == ("1", "1.3 on average")  # x_2; x_1 is at 1 sigma, not beyond
    assert cells["largest difference, median of x_2"] == ("2.00 sigma", f"up to {found.bound:.2f}")
    assert cells["mean square of the differences"] == ("1.25", "p = 0.5")
    assert cells["ln Z of one"][0] == "-20.000 ± 0.050"
    assert cells["their difference"][0].startswith("+0.050, 0.7")
    assert table.notes[0].startswith("The runs agree.")
    assert "8 ensembles x 2 populations x 4000 walkers" in table.notes[2]
    assert table.command == "python bench/two_seeds.py chains/one chains/two"
