"""What docs/ makes beside the pages that are written by hand: all of them as one file, and the reference."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import lqbayes
from lqbayes import Model

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture
def reference_pages(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(DOCS)
    return pytest.importorskip("reference_pages")


def test_one_markdown_file_has_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DOCS)
    pages = sorted([*DOCS.glob("*.md"), *DOCS.glob("*.ipynb")])
    text = pytest.importorskip("one_file").whole(pages)
    assert not re.search(r"```\{|autoclass|autosummary|currentmodule|mystnb", text)
    assert (ROOT / "chains" / "README.md").read_text(encoding="utf-8").strip() in text
    for name in set(lqbayes.__all__) - {"__version__"}:
        assert f"\n## lqbayes.{name}\n\n```text\n{name}" in text
        assert str(inspect.getdoc(getattr(lqbayes, name))) in text
    assert "Posterior.log_prob(" in text
    assert "Prior.transform(" in text
    plots = (DOCS / "gallery.md").read_text(encoding="utf-8").count("\nImage(")
    assert text.count("*The plot is on the site.*") == plots > 0


@pytest.mark.parametrize("variant", [*Model.variants("three-leptoquarks"), *Model.variants("singlet")], ids=lambda model: model.variant)
def test_every_observable_has_its_formula(reference_pages: Any, variant: Model) -> None:
    """A link to a heading of the physics page, or of the page itself; but for what its meaning already says."""
    headings = re.findall(r"^##+ (.*)$", (DOCS / "physics.md").read_text(encoding="utf-8"), re.MULTILINE)
    slugs = [re.sub(r"[^\w\s-]", "", heading.lower()).replace(" ", "-") for heading in headings]  # as GitHub makes them
    anchors = {f"../physics.md#{slug}" for slug in slugs}
    anchors |= {f"#{part.removeprefix('### ')}" for part in reference_pages._formulas(variant) if part.startswith("### ")}
    found = dict(re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", reference_pages._observables(variant), re.MULTILINE))
    assert list(found) == list(variant.observable_names)
    assert found.pop("y_max", "") == ""
    for cell in found.values():
        link = re.fullmatch(r"\[[\w. ]+\]\((.*)\)", cell)
        assert link and link[1] in anchors


def test_formulas_have_their_sources(reference_pages: Any) -> None:
    formulas = "\n".join(reference_pages._formulas(Model.installed("singlet")))
    assert "branching_bc_taunu\n\nBR(Bc -> tau nu) = 0.0236" in formulas
    assert "arXiv:1901.06315" in formulas
