"""Commands that write nothing work on a machine without any temporary folder that can be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lqbayes import compilation
from lqbayes.models.singlet.model import SINGLET

# As Python's own does where no folder can be written; root can write everywhere.
COMMAND = """
import tempfile
def none():
    raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp', '/var/tmp', '/usr/tmp', '/']")
tempfile._get_default_tempdir = none
from lqbayes.cli import main
main()
"""


@pytest.mark.parametrize(
    ("words", "shown"),
    [("list likelihoods", "paper-global"), ("show paper", "delta_a_mu"), ("predict point.json --model singlet --format json", "R_Dst")],
)
def test_it_needs_none(tmp_path: Path, words: str, shown: str) -> None:
    (tmp_path / "point.json").write_text(json.dumps(dict(zip(SINGLET.parameter_names, [2000.0, *[0.1] * 7], strict=True))))
    (tmp_path / "cache").mkdir()
    # The user's cache, in which machine code is already, beside the one in the temporary folder that there is none of.
    (tmp_path / "cache" / "lqbayes").symlink_to(compilation.cache_folders()[0].parent)
    environment = {k: v for k, v in os.environ.items() if k != "LQBAYES_CACHE_DIR"} | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-c", COMMAND, *words.split()]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown in done.stdout
