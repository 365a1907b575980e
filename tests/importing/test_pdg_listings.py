"""Numbers of the PDG, and measurement files beside them."""

from __future__ import annotations

import importlib.util
import re
import sqlite3
from pathlib import Path

import pytest

from lqbayes.importing.comparison import compare
from lqbayes.importing.measurement_file import measurement_file
from lqbayes.importing.pdg_listings import PdgListings
from lqbayes.input.errors import InputError
from lqbayes.likelihood.file import load_likelihood_set, model_of, parse_likelihood_set
from lqbayes.model import Model, Observable

pytestmark = pytest.mark.skipif(importlib.util.find_spec("pdg") is None, reason="pdg is not installed")


@pytest.fixture(scope="module")
def listings() -> PdgListings:
    return PdgListings.load()


def raw(listings: PdgListings, pdgid: str) -> tuple[float, float, float]:
    """Value and errors as they stand in the database."""
    with sqlite3.connect(listings.origin.file) as database:
        query = "select value, error_positive, error_negative from pdgdata where pdgid = ? order by in_summary_table desc"
        return database.execute(query, (pdgid,)).fetchone()  # type: ignore[no-any-return]


def test_forms(listings: PdgListings) -> None:
    limit, difference, ratio, tau = (entry.table for entry in listings.select(["S004R3", "S042D", "S126.5", "s035t"], {"S004R3": "mine"}))
    value, _, _ = raw(listings, "S004R3")
    assert (limit["observable"], limit["form"], limit["limit"], limit["cl"]) == ("mine", "upper-limit", pytest.approx(value), 0.9)
    value, error, _ = raw(listings, "S042D")
    assert (difference["form"], difference["unit"]) == ("gaussian", "ps^-1")
    assert (difference["value"], difference["error"]) == pytest.approx((value * 1e-12, error * 1e-12))
    value, plus, minus = raw(listings, "S126.5")
    assert (ratio["form"], ratio["observable"]) == ("split-normal", "S126p5")
    assert (ratio["value"], ratio["plus"], ratio["minus"]) == pytest.approx((value, plus, minus))
    assert (tau["unit"], tau["pdg"]) == ("s", "S035T")


def test_file(listings: PdgListings, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = measurement_file(listings.select(["S004R3", "S042D"]), listings.origin, "title", str(path))
    assert listings.origin.text in text.split("\n")[0] and "Particle Data Group" in text.split("\n")[1]
    path.write_text(text, encoding="utf-8")
    model = Model("own", "", (), (Observable("S004R3"), Observable("S042D", "GeV")), predict=lambda points: points)
    found = load_likelihood_set(path, model)
    assert found.measurements[1].sides[0][0] == pytest.approx(0.5068 * 6.582119569e-13, rel=1e-2)  # GeV
    assert found.measurements[0].pdg == "S004R3" and "G(mu- --> e- gamma)" in found.measurements[0].source
    again = parse_likelihood_set(found.to_dict(), path, model)
    assert again == found


def test_what_cannot_be_imported(listings: PdgListings) -> None:
    """An unknown identifier, an interval, several values, a particle, a name that is not used: all said at once."""
    with pytest.raises(InputError) as caught:
        listings.select(["nonsense", "S035MM", "S067DM1", "S004", "S004R3"], {"other": "mine"})
    texts = [str(problem) for problem in caught.value.problems]
    words = (
        "no identifier 'nonsense'",
        "no upper limit",
        "inverted ordering; .* normal ordering",
        "no single best value",
        "'other' is not",
    )
    assert len(texts) == len(words)
    for text, word in zip(texts, words, strict=True):
        assert re.search(word, text), text


def test_every_identifier_of_the_shipped_sets_is_a_listed_number(listings: PdgListings) -> None:
    """Those of 2026 are as listed in 2026; of the paper's limits two are superseded."""
    counts = {}
    for name in ("paper", "2026", "full-2026"):
        model = model_of(name, Model.load())
        found = compare(load_likelihood_set(name, model), model, listings)
        assert not [one for one in found if "cannot" in one.verdict]
        counts[name] = [len(found), sum(one.superseded for one in found)]
        assert all(one.listed for one in found)
        if listings.edition == "PDG 2026" and name != "paper":
            assert {one.verdict for one in found} == {"as in PDG 2026"}
    assert counts["full-2026"][0] > 40
    assert counts["paper"] == [3, 2]


def test_verdicts(listings: PdgListings) -> None:
    model = Model("own", "", (), tuple(Observable(name) for name in "abcdefgh") + (Observable("m", "GeV"),), predict=lambda points: points)
    value, error, _ = raw(listings, "S044R19")
    entries = [
        ("a", "S004R3", {"form": "upper-limit", "limit": 4.2e-13, "cl": 0.9}, "SUPERSEDED"),
        ("b", "S004R3", {"form": "upper-limit", "limit": 1e-14, "cl": 0.9}, "more precise"),
        # the same half normal distribution as 1.5e-13 at 90 %
        ("c", "S004R3", {"form": "upper-limit", "limit": 1.5e-13 * 1.959963984540054 / 1.6448536269514722, "cl": 0.95}, "as in"),
        ("d", "S044R19", {"form": "gaussian", "value": round(value, 3), "error": round(error, 4)}, "as in"),
        ("e", "S044R19", {"form": "gaussian", "value": value + error, "error": error}, "SUPERSEDED"),
        ("f", "S044R19", {"form": "gaussian", "value": value, "error": error / 2}, "more precise"),
        ("g", "S044R19", {"form": "upper-limit", "limit": 3.0, "cl": 0.9}, "SUPERSEDED"),
        ("h", "nonsense", {"form": "gaussian", "value": 1.0, "error": 1.0}, "cannot be compared: PDG"),
        (
            "m",
            "S004R3",
            {"form": "upper-limit", "limit": 1.0, "cl": 0.9, "unit": "GeV"},
            "cannot be compared: '1' is a unit of pure number",
        ),
    ]
    tables = [{"name": n, "observable": n, "pdg": i, "source": "s", "data": [n], **form} for n, i, form, _ in entries]
    measured = parse_likelihood_set({"title": "t", "data": {n: n for n, *_ in entries}, "measurement": tables}, "f", model)
    found = compare(measured, model, listings)
    for one, (name, *_, verdict) in zip(found, entries, strict=True):
        assert one.verdict.startswith(verdict), (name, one)
        assert one.superseded == (verdict == "SUPERSEDED")
