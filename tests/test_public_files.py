"""What a public project needs beside its code says the same as the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("name", ["CODE_OF_CONDUCT.md", "SECURITY.md"])
def test_the_contact_is_in_one_place(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "CONTRIBUTING.md#contact" in text and not re.search(r"\S+@\S+\.\w+", text)
    assert "\n## Contact\n" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
