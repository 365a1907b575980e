from __future__ import annotations

import pytest


def test_runs_agree_by_their_errors_and_not_by_more() -> None:
    from first_version import Finished, agreement, measured

    numbers = {("a", "median"): (1.0, 0.1), ("b", "median"): (2.0, 0.0)}
    first = Finished("0.1.0", "", 1, 100.0, 10**9, 90.0, True, (-3.0, -3.1, -2.9), numbers)
    near = Finished("now", "", 1, 40.0, 10**9, 30.0, True, (-3.0, -3.1, -2.95), {("a", "median"): (1.2, 0.1), ("b", "median"): (2.0, 0.0)})
    far = Finished("now", "", 2, 40.0, 10**9, 30.0, True, (-3.0, -3.1, -2.95), {("a", "median"): (9.0, 0.1)})
    assert agreement(first, near).agree
    assert [c.quantity for c in agreement(first, near).comparisons] == ["a", "ln Z"]  # what is fixed is no number
    assert not agreement(first, far).agree
    other = Finished("now", "2026-2026", 1, 150.0, 10**9, 140.0, False, (-9.0, -9.1), {})
    table = measured([first, near, far, other], "python bench/first_version.py")
    assert [row[4] for row in table.rows] == ["1.00", "0.40", "0.40", "1.50"]
    assert table.rows[3][:2] == ("2026-2026", "NO")
    assert len(table.notes) == 4  # one a pair, and what the last row is over
    assert "DISAGREE" in table.notes[1]
    assert first.evidence[0] == pytest.approx(-3.0, abs=0.01)


def test_what_to_type_again() -> None:
    from first_version import shown_words

    assert shown_words(["--seeds", "1", "--keep", "somewhere", "--questions", "--write"]) == ["--seeds", "1", "--questions"]
