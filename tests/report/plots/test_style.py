"""Plots look the same wherever they are made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

from lqbayes.report.plots.style import new_figure, styled

DRAWING = """
import sys
from lqbayes.report.plots import corner_plot, diagnostic_plots, explanation_plots, rank_histogram
from lqbayes.report.plots.style import new_figure, styled
with styled():
    figure = new_figure(3, 2)
    axes = figure.subplots()
    axes.contour([[0, 1], [1, 2]])
    axes.set_title("$x_1$ of 50 %")
    figure.savefig(sys.argv[1], metadata={"Software": None})
from matplotlib import pyplot  # which corner imports
assert pyplot.get_fignums() == []
"""


def draw(path: Path, **environment: str) -> bytes:
    path.mkdir(exist_ok=True)
    command = [sys.executable, "-c", DRAWING, "plot.png"]
    clean = {name: value for name, value in os.environ.items() if name not in {"MPLBACKEND", "MATPLOTLIBRC"}}
    done = subprocess.run(command, cwd=path, env=clean | environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return (path / "plot.png").read_bytes()


def test_neither_backend_nor_settings_of_the_surroundings_matter(tmp_path: Path) -> None:
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "matplotlibrc").write_text("text.usetex: True\nfont.size: 30\nsavefig.dpi: 20\naxes.facecolor: red\n", encoding="utf-8")
    assert draw(strange, MPLBACKEND="module://does.not.exist") == draw(tmp_path / "plain")


@pytest.mark.parametrize("settings", [None, b"text.usetex: \xff", b"nonsense\ntext.usetex: True\nfont.size: 30"])
def test_the_command_line_ignores_what_nobody_can_read(tmp_path: Path, settings: bytes | None) -> None:
    program = "import sys; from lqbayes.cli import main; sys.argv = ['lqbayes', '--version']\n"
    program += "try: main()\nexcept SystemExit: import matplotlib; print(matplotlib.get_backend(), matplotlib.rcParams['font.size'])"
    (tmp_path / "of-the-user").write_bytes(settings or b"")
    if settings is not None:
        (tmp_path / "matplotlibrc").write_bytes(settings)
    environment = os.environ | {"MPLBACKEND": "nonsense", "MATPLOTLIBRC": str(tmp_path / "of-the-user")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.splitlines()[-1].lower() == "agg 10.0", done.stderr
    assert not done.stderr


def test_settings_of_others_are_theirs_again() -> None:
    with mpl.rc_context({"font.size": 31, "pdf.fonttype": 3}):
        with pytest.raises(ZeroDivisionError), styled():
            assert mpl.rcParams["font.size"] == 10
            assert mpl.rcParams["pdf.fonttype"] == 42
            assert new_figure(2, 1).get_facecolor() == (1, 1, 1, 1)
            _ = 1 / 0
        assert mpl.rcParams["font.size"] == 31
        assert mpl.rcParams["pdf.fonttype"] == 3
