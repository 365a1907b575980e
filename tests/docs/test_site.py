"""What docs/ makes beside the pages that are written by hand: all of them as one file, and the reference."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import lqbayes
from lqbayes import Model
from lqbayes.input.shipped import shipped_names
from lqbayes.likelihood.file import load_likelihood_set, model_of
from lqbayes.report.table import markdown_text

ROOT = Path(__file__).parents[2]
BAR = r"\|"  # in a cell of a table
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
    found = dict(re.findall(r"^\| \[`(\w+)`\]\([\w.-]+\) \|.*\| (.*) \|$", reference_pages._observables(variant), re.MULTILINE))
    assert list(found) == list(variant.observable_names)
    assert found.pop("y_max", "") == ""
    for cell in found.values():
        link = re.fullmatch(r"\[[\w. ]+\]\((.*)\)", cell)
        assert link and link[1] in anchors


@pytest.mark.parametrize("name", ["three-leptoquarks", "singlet"])
def test_every_observable_prior_and_set_has_a_page_with_its_sources(reference_pages: Any, name: str) -> None:
    pages = reference_pages._model_pages(name)
    expected = {f"{name}-observables-{observable}" for variant in Model.variants(name) for observable in variant.observable_names}
    expected |= {f"{name}-{kind}-{entry}" for kind in ("likelihoods", "priors") for entry in shipped_names(kind, name)}  # type: ignore[arg-type]
    assert set(pages) == {f"model-{name}", *expected}
    text, _, menu = pages[f"model-{name}"].partition("```{toctree}")
    assert all(f"]({page}.md)" in text or page in menu.split() for page in expected)
    for entry in shipped_names("likelihoods", name):
        measured = load_likelihood_set(entry, model_of(entry, Model.installed(name)))
        for m in measured.measurements:
            for observable, text in zip(m.observables, m.texts(), strict=True):
                page = pages[f"{name}-observables-{observable}"]
                begin = f"| [`{entry}`]({name}-likelihoods-{entry}.md) | `{text.replace('|', BAR)}` |"
                assert {line for line in page.splitlines() if line.startswith(begin) and markdown_text(m.source).replace("|", BAR) in line}


def test_what_files_say_is_no_markup(reference_pages: Any) -> None:
    """A star in K*0 is one, and a reference leads to its paper."""
    page = reference_pages._model_pages("three-leptoquarks")["model-three-leptoquarks"]
    assert r"B0 -> K\*0 mu mu to B0 -> K\*0 e e" in page
    hostile = "a_b _c_ *d* `e` [f](g) <b> $h$ | arXiv:2104.03248"
    assert markdown_text(hostile) == (r"a_b \_c\_ \*d\* \`e\` \[f\](g) \<b> \$h\$ | [arXiv:2104.03248](https://arxiv.org/abs/2104.03248)")


def test_links_of_the_one_file_lead_to_its_headings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(DOCS)
    one_file = pytest.importorskip("one_file")
    (tmp_path / "a.md").write_text(
        "# First\n\n[b](b.md), [`c`](b.md#same) `[d](b.md)`\n\n## Same\n\n[own](#same) [x](y.toml)", encoding="utf-8"
    )
    (tmp_path / "b.md").write_text(
        "# Second, _x_\n\n## Same\n\n$f[x](y)$ [up](a.md#same)\n\n```sh\n# no heading\n[e](a.md)\n```", encoding="utf-8"
    )
    text = one_file.whole([tmp_path / "a.md", tmp_path / "b.md"])
    assert "[b](#second-_x_), [`c`](#same-1) `[d](b.md)`" in text
    assert "[own](#same) x" in text
    assert "$f[x](y)$ [up](#same)" in text
    assert "[e](a.md)" in text
    whole = one_file.whole(sorted([*DOCS.glob("*.md"), *DOCS.glob("*.ipynb")]))
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", whole, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    slugs: Counter[str] = Counter(map(one_file.slug_of, headings))
    assert not re.findall(r"\]\([\w./-]+\.(?:md|ipynb|html)[#)]", re.sub(r"`[^`\n]+`", "", whole))
    assert {*re.findall(r"\]\(#([^)]*)\)", whole)} <= {f"{slug}-{k}" if k else slug for slug, count in slugs.items() for k in range(count)}


def test_links_that_lead_nowhere_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(DOCS)
    (tmp_path / "in").mkdir()
    (tmp_path / "picture.png").touch()
    links = ["in/b.html", "in/b.html#here", "in/b.html#there", "c.html", "#own", "#other", "https://x.org/#y", "mailto:a@b.c", "in"]
    body = "".join(f'<a href="{link}">x</a>' for link in links) + '<img src="picture.png"><img src="in/picture.png"><p id="own">'
    (tmp_path / "a.html").write_text(body, encoding="utf-8")
    (tmp_path / "in" / "b.html").write_text('<a id="here" href="../a.html#own">x</a><script src="../../x.js"></script>', encoding="utf-8")
    assert pytest.importorskip("broken_links").broken(tmp_path) == [
        "a.html: #other",
        "a.html: c.html",
        "a.html: in",
        "a.html: in/b.html#there",
        "a.html: in/picture.png",
        "in/b.html: ../../x.js",
    ]


def test_each_plot_of_the_gallery_has_its_command() -> None:
    paragraphs = re.split(r"\n\n+", (DOCS / "gallery.md").read_text(encoding="utf-8"))
    plots = [k for k, text in enumerate(paragraphs) if "\nImage(" in text or text.startswith("![")]
    assert len(plots) > 14
    for k in plots:
        assert re.search("`(lqbayes|python) [a-z]", paragraphs[k - 1]), paragraphs[k - 1]


def test_formulas_have_their_sources(reference_pages: Any) -> None:
    formulas = "\n".join(reference_pages._formulas(Model.installed("singlet")))
    assert "branching_bc_taunu\n\nBR(Bc -> tau nu) = 0.0236" in formulas
    assert "arXiv:1901.06315" in formulas
