"""What a public project needs beside its code says the same as the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from lqbayes.version import __version__

ROOT = Path(__file__).parents[1]


def test_the_lock_has_every_requirement_with_hashes_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links", text)
    blocks = re.split(r"\n(?=[a-z0-9])", text.partition("make lock\n")[2])
    assert all(re.match(r"[a-z0-9.-]+==\S+ .*\n    --hash=sha256:[0-9a-f]{64}", block) for block in blocks)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in project["dependencies"]}
    wanted |= {re.split(r"[^\w.-]", line)[0].lower() for line in project["optional-dependencies"]["test"]}
    assert wanted <= {block.partition("==")[0] for block in blocks}


def test_the_citation_is_of_this_version() -> None:
    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_the_paper_cites_what_its_bibliography_has() -> None:
    paper, bibliography = ((ROOT / "paper" / name).read_text(encoding="utf-8") for name in ("paper.md", "paper.bib"))
    assert set(re.findall(r"@([A-Z][\w:-]+)", paper)) == set(re.findall(r"@article\{([^,]+),", bibliography))


def test_the_paper_has_the_shape_that_joss_asks_for() -> None:
    """Sections and length of joss.readthedocs.io/en/latest/paper.html."""
    _, head, body = (ROOT / "paper" / "paper.md").read_text(encoding="utf-8").split("---\n", 2)
    asked = ["Summary", "Statement of need", "State of the field", "Software design", "Research impact statement", "AI usage disclosure"]
    assert re.findall(r"^# (.*)$", body, re.MULTILINE) == [*asked, "Acknowledgements", "References"]
    assert 750 <= len(body.split()) <= 1750
    metadata = yaml.safe_load(head)
    assert {"title", "tags", "authors", "affiliations", "bibliography"} <= set(metadata)
    assert metadata["title"].startswith("lqbayes: ") and (ROOT / "paper" / metadata["bibliography"]).is_file()


def test_the_citation_has_what_its_format_asks_for() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "license", "version"} <= set(citation)
    assert all({"type", "title", "authors"} <= set(reference) for reference in citation["references"])


def test_the_hooks_are_the_checks_of_make_lint() -> None:
    hooks = [
        hook for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"] for hook in repo["hooks"]
    ]
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    for hook in hooks:
        assert {"id", "name", "entry", "language"} <= set(hook) and hook["language"] == "system"  # nothing is downloaded
        assert f"$(BIN)/{hook['entry']}" in lint
    assert len(hooks) == lint.count("$(BIN)/")
    folders = set(re.findall(r"ruff check (.*)", lint)[0].split())
    assert all(
        hook["files"] == f"^({'|'.join(sorted(folders, key=hook['files'].index))})/" for hook in hooks if hook["entry"].startswith("ruff")
    )


def test_issue_forms_are_forms() -> None:
    forms = [path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"]
    assert len(forms) == 3
    for path in forms:
        form = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert {"name", "description", "body"} <= set(form)
        assert all(part["type"] in {"textarea", "input"} and part["id"] and part["attributes"]["label"] for part in form["body"])


def test_the_container_copies_what_is_there_and_says_that_it_is_untried() -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert "Untried so far" in text
    copied = [name for line in re.findall(r"^COPY (.*)$", text, re.MULTILINE) for name in line.split()[:-1]]
    assert copied and all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {project["project"]["readme"], *project["project"]["license-files"], "pyproject.toml"}
    needed |= {"lqbayes", *project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]}
    assert needed <= {*copied}


@pytest.mark.parametrize("name", ["CODE_OF_CONDUCT.md", "SECURITY.md"])
def test_the_contact_is_in_one_place(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "CONTRIBUTING.md#contact" in text and not re.search(r"\S+@\S+\.\w+", text)
    assert "\n## Contact\n" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
