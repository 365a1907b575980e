from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from lqbayes import predict
from lqbayes.cli.app import app
from lqbayes.cli.options import duration, run_path
from lqbayes.cli.status import progress_display, progress_line, time_text
from lqbayes.model import Model
from lqbayes.models.singlet.model import SINGLET
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_NAMES
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_NAMES
from lqbayes.quantities import quantities
from lqbayes.running.status import EnsembleStatus, RunStatus
from lqbayes.storage.run import Run
from lqbayes.version import __version__

COMMANDS = (
    "sample",
    "resume",
    "status",
    "diagnose",
    "audit",
    "table",
    "corner",
    "report",
    "export",
    "publish",
    "verify",
    "figures",
    "explain",
    "reweight",
    "compare",
    "best-fit",
    "predict",
    "list",
    "show",
)


def invoke(*arguments: str, text: str | None = None) -> Any:
    return CliRunner().invoke(app, list(arguments), input=text)


def python_m(*arguments: str, text: str | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lqbayes", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False, cwd=cwd)


def test_help_is_fast_and_names_every_command() -> None:
    times = []
    for _ in range(3):
        started = time.perf_counter()
        done = python_m("--help")
        times.append(time.perf_counter() - started)
        assert done.returncode == 0
        assert all(command in done.stdout for command in COMMANDS)
    assert min(times) < 2.0


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom lqbayes.cli.app import app\n"
        "try:\n    app(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "heavy = ('numba', 'numpy', 'pandas', 'scipy', 'h5py', 'matplotlib', 'arviz_base', 'emcee')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    for arguments in (["--help"], ["sample", "--help"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=True)
        assert "Usage: " in done.stdout
        assert done.stdout.splitlines()[-1] == "[]"


def test_predict_loads_what_it_needs(tmp_path: Path) -> None:
    point = tmp_path / "point.json"
    point.write_text(json.dumps(dict(zip(SINGLET.parameter_names, [2000.0, *[0.1] * 7], strict=True))))
    code = (
        "import sys\nfrom lqbayes.cli.app import app\n"
        "try:\n    app(sys.argv[1:])\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = ('pandas', 'scipy.stats', 'scipy.optimize', 'h5py', 'matplotlib', 'arviz_base', 'emcee')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    for form, needed in (("json", []), ("table", ["pandas"])):
        arguments = ["predict", str(point), "--model", "singlet", "--format", form]
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120, check=True)
        assert "R_Dst" in done.stdout
        assert done.stdout.splitlines()[-1] == repr(needed)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example(command: str) -> None:
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert "Example: " in result.output
    assert f"lqbayes {command}" in result.output


def test_sample_help_shows_defaults() -> None:
    text = re.sub(r"\s+", " ", re.sub(r"[│╭╮╰╯─]", "", invoke("sample", "--help").output))
    by_model, by_dimension = "[default: (paper, or the model's own", "[default: (by the number of free parameters)]"
    for default in (
        by_model,
        by_dimension,
        "[default: (three-leptoquarks)]",
        "[default: 1]",
        "[default: 1.01]",
        "[default: 400.0]",
        "[default: 40]",
    ):
        assert default in text, default


def test_version() -> None:
    assert invoke("--version").stdout.strip() == f"lqbayes {__version__}"


def test_predict_prints_exactly_a_list_of_observables(references: list[dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "points.json"
    path.write_text(json.dumps([entry["point"] for entry in references]), encoding="utf-8")
    done = python_m("predict", str(path), "--formulas", "paper", "--format", "json")
    assert done.returncode == 0
    other = invoke("predict", str(path), "--formulas", "corrected", "--format", "json")
    assert other.exit_code == 0
    for formulas, stdout in (("paper", done.stdout), ("corrected", other.stdout)):
        printed = json.loads(stdout)
        assert [tuple(record) for record in printed] == [OBSERVABLE_NAMES] * len(references)
        assert printed == [predict(entry["point"], formulas) for entry in references]


def test_predict_from_standard_input(point: dict[str, float]) -> None:
    result = invoke("predict", "-", "--format", "json", text=json.dumps(point))
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)) == 1
    toml = "".join(f"{name} = {value!r}\n" for name, value in point.items())
    assert invoke("predict", "-", "--format", "json", text=toml).stdout == result.stdout


def test_predict_table_has_pulls(point: dict[str, float]) -> None:
    result = invoke("predict", "-", text=json.dumps(point))
    assert result.exit_code == 0
    assert all(name in result.stdout for name in OBSERVABLE_NAMES)
    assert "(2.51 +- 0.59)e-09" in result.stdout
    assert "ln L = " in result.stdout


def test_predict_of_a_singular_point_warns(point: dict[str, float]) -> None:
    singular = point | {f"f_{i}{j}": 0.0 for i in (1, 2, 3) for j in (1, 2, 3)}
    result = invoke("predict", "-", "--format", "json", text=json.dumps(singular))
    assert result.exit_code == 0
    assert '"g_max": null' in result.stdout

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    (record,) = json.loads(result.stdout, parse_constant=refuse)
    assert any(value is None for value in record.values()) and any(isinstance(value, float) for value in record.values())
    assert "warning: point 1" in result.stderr
    assert "warning" not in result.stdout


def test_predict_shows_every_problem(point: dict[str, float]) -> None:
    del point["h_32"]
    point |= {"M_LG": 1.0, "f_11": True, "s12sq": 2}  # type: ignore[dict-item]
    result = invoke("predict", "-", "--format", "json", text=json.dumps(point))
    assert result.exit_code == 2
    assert result.stdout == ""
    for expected in ("4 errors", "h_32: the parameter is missing", "did you mean 'M_LQ'", "must be a number, not true", "0 to 1"):
        assert expected in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "nothing.json"),
        ("predict", "-", "--formulas", "papr"),
        ("predict", "-", "--format", "yaml"),
        ("predict", "-", "--likelihood", "papr"),
        ("show", "papr"),
        ("list", "everything"),
        ("corner", "tiny", "--output", "plot.xyz"),
        ("sample", "--walkers", "many"),
        ("sampel",),
    ],
)
def test_wrong_input_is_status_2_without_traceback(folder: Path, arguments: tuple[str, ...]) -> None:
    result = invoke(*arguments, text="{}")
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("command", ["diagnose", "table", "corner"])
def test_a_run_that_is_not_there_is_status_1(folder: Path, command: str) -> None:
    result = invoke(command, "nothing")
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert "chains/nothing" in result.stderr


def test_sample_shows_every_problem_and_writes_nothing(folder: Path) -> None:
    wrong = folder / "wrong.toml"
    wrong.write_text('title = "x"\n[[measurement]]\nname = "a"\nobservable = "dm_Bss"\nform = "gaussian"\nvalue = 1\nerror = -1\n')
    options = (
        "--prior papr --formulas papr --ensembles 0 --walkers 1 --sweeps 0 --rhat 1 --ess-parameters -1 --max-time 3x --scheduler tcp://x:1"
    )
    result = invoke(
        "sample", "--likelihood", "wrong.toml", *options.split(), *"--max-steps 0 --workers 0 --seed -1 --output new/run".split()
    )
    assert result.exit_code == 2
    expected = ("dm_Bss", "did you mean 'dm_Bs'", "error", "papr", "--formulas", "--ensembles", "--walkers", "--sweeps", "--rhat")
    for text in (*expected, "--ess-parameters", "--max-time", "--max-steps", "--workers", "--seed", "--scheduler"):
        assert text in result.stderr, text
    assert [path.name for path in folder.iterdir()] == ["wrong.toml"]


def test_too_few_walkers_for_the_prior(folder: Path) -> None:
    result = invoke("sample", "--walkers", "100")
    assert result.exit_code == 2
    assert "--walkers: must be at least 180" in result.stderr
    assert list(folder.iterdir()) == []


def test_a_prior_without_a_free_parameter(folder: Path) -> None:
    lines = [
        f'{p.name} = {{ distribution = "fixed", value = {min(max(0.5, p.lower), p.upper)}, unit = "{p.unit}", source = "here" }}'
        for p in PAPER.parameters
    ]
    (folder / "fixed.toml").write_text("\n".join(['title = "Nothing free"', "[parameters]", *lines]), encoding="utf-8")
    result = invoke("sample", "--prior", "fixed.toml")
    assert result.exit_code == 2, result.output
    assert "--prior: leaves no parameter free" in result.stderr
    assert "lqbayes predict evaluates a point" in result.stderr
    assert [path.name for path in folder.iterdir()] == ["fixed.toml"]


def test_sample_reports_and_leaves_every_file(tiny_run: Path) -> None:
    run = tiny_run / "chains" / "tiny"
    names = {path.name for path in run.iterdir()}
    assert {"run.toml", "status.json", "mode-audit.json", "ensemble-1", "ensemble-2", "results"} == {
        name for name in names if name != "run.lock"
    } - {"session.json"}
    names = {path.name for path in (run / "results").iterdir()}
    assert {"convergence.csv", "interval-errors.csv", "diagnostics.png", "annealing.png"} <= names
    assert {f"credible-intervals.{suffix}" for suffix in ("csv", "md", "tex")} <= names
    assert {f"corner-{group}.png" for group in Model.load().corner_groups} <= names
    printed = (tiny_run / "stdout.txt").read_text(encoding="utf-8")
    everything = [q.name for q in quantities(Run.open(run).posterior_target)]
    for expected in ("NOT CONVERGED: ", *everything, "worst R-hat", "ln Z = ", "credible-intervals.csv"):
        assert expected in printed


def test_sample_refuses_a_directory_that_holds_a_run(tiny_run: Path) -> None:
    run = tiny_run / "chains" / "tiny"
    before = {path.name: path.stat().st_mtime_ns for path in run.iterdir() if path.suffix != ".lock"}
    result = invoke("sample", "--output", str(run), "--walkers", "200")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert {path.name: path.stat().st_mtime_ns for path in run.iterdir() if path.suffix != ".lock"} == before


def test_a_plot_that_fails_costs_neither_verdict_nor_tables(tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("no font at all")

    monkeypatch.chdir(tiny_run)
    for module in ("corner_plot", "diagnostic_plots", "style"):  # the last one, since those that are imported meanwhile would keep it
        monkeypatch.setattr(f"lqbayes.report.plots.{module}.new_figure", fail)
    with pytest.warns(
        RuntimeWarning,
        match=r"could not be drawn: diagnostics.png, annealing.png, corner-headline.png, .* \(RuntimeError: no font at all\)",
    ):
        diagnosed = invoke("diagnose", "tiny", "--top", "5", "--write")
    assert diagnosed.exit_code == 3
    assert "wrote chains/tiny/results/credible-intervals.csv" in diagnosed.stdout
    assert ".png" not in diagnosed.stdout
    assert "NOT CONVERGED" in diagnosed.stdout
    with pytest.warns(RuntimeWarning, match="could not be drawn: both.pdf"):
        compared = invoke("compare", "tiny", "tiny", "--output", "both.pdf")
    assert compared.exit_code == 0
    assert "NOT CONVERGED" in compared.stderr


def test_warnings_are_single_lines() -> None:
    program = "import warnings; from lqbayes.cli.app import app; from lqbayes.model import Model; load = Model.load\n"
    program += "def warned(*a, **k): warnings.warn('the disk is\\x1b full', RuntimeWarning); return load(*a, **k)\n"
    program += "Model.load = warned; app(['list', 'priors'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr == "warning: the disk is\\x1b full\n"


def test_commands_on_a_run(tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_run)
    diagnosed = invoke("diagnose", "tiny", "--top", "5")
    assert diagnosed.exit_code == 3
    assert "NOT CONVERGED" in diagnosed.stdout
    assert "and " in diagnosed.stdout

    table = invoke("table", "tiny", "--format", "csv")
    assert table.exit_code == 0
    assert "NOT CONVERGED" in table.stderr
    assert table.stdout == Path("chains/tiny/results/credible-intervals.csv").read_text(encoding="utf-8")
    names = {row["quantity"] for row in csv.DictReader(io.StringIO(table.stdout))}
    assert {"log10_M_LQ", "positive_h_32", "im_C9_mu", "delta_m_B1"} <= names
    for form, marker in (("md", "| quantity |"), ("latex", r"\begin{longtable}"), ("terminal", "log10_abs_h_32")):
        result = invoke("table", "chains/tiny", "--format", form)
        assert result.exit_code == 0
        assert marker in result.stdout
        assert "NOT CONVERGED" in (result.stderr if form == "terminal" else result.stdout)

    assert invoke("corner", "tiny", "--group", "hedline").exit_code == 2
    drawn = invoke("corner", "tiny", "--group", "mixing", "--output", "mixing.pdf")
    assert drawn.exit_code == 0
    assert drawn.stdout.strip() == "mixing.pdf"
    assert Path("mixing.pdf").read_bytes().startswith(b"%PDF")


def test_lists() -> None:
    for what, names in (
        ("parameters", PARAMETER_NAMES),
        ("observables", OBSERVABLE_NAMES),
        ("likelihoods", ("paper", "paper-global")),
        ("priors", ("paper",)),
    ):
        result = invoke("list", what)
        assert result.exit_code == 0
        shown = {line.split()[0] for line in result.stdout.splitlines() if line.strip()}
        assert set(names) <= shown


def test_show_tells_kinds_apart(folder: Path) -> None:
    both = invoke("show", "paper").stdout
    assert "correlation 0.157" in both
    assert "1000 .. 5000" in both
    prior = invoke("show", "paper", "--kind", "prior").stdout
    assert "correlation 0.157" not in prior
    assert "log-uniform" in prior
    assert invoke("show", "paper-global").exit_code == 0
    Path("neither.toml").write_text("a = 1\n")
    neither = invoke("show", "neither.toml")
    assert neither.exit_code == 2
    assert "neither a likelihood" in neither.stderr


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("1.5h", 5400), ("2h30m", 9000), ("1d", 86400), (" 5 M ", 300)],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "x", "3x", "-5", "0", "0s", "h", "1e3", "10 20", "inf", "nan", "5m3"])
def test_what_is_no_duration(text: str) -> None:
    assert duration(text) is None


def test_run_paths(folder: Path) -> None:
    assert run_path("a") == Path("chains/a")
    assert [run_path(text) for text in ("./a", "x/a", "a/", "..", ".")] == [Path("a"), Path("x/a"), Path("a"), Path(".."), Path()]
    assert run_path(str(folder / "a")) == folder / "a"
    (folder / "b").mkdir()
    assert run_path("b") == Path("chains/b")
    (folder / "b" / "run.toml").touch()
    assert run_path("b") == Path("b")
    (folder / "chains" / "b").mkdir(parents=True)
    assert run_path("b") == Path("chains/b")


def status(elapsed: float, stage: str, **more: Any) -> RunStatus:
    return RunStatus(
        "r",
        0.0,
        elapsed,
        elapsed,
        100.0,
        "running",
        (EnsembleStatus(0, stage, 2, 0.5, 0.1, 0, 3, 150, 0.25, -1.5),),
        message="sampling",
        **more,
    )


def test_plain_progress_writes_a_line_when_a_stage_ends_and_one_a_minute() -> None:
    stream = io.StringIO()
    with progress_display(Console(file=stream, width=200)) as report:
        for elapsed in range(5):
            report(status(float(elapsed), "bounds"))
        report(status(5.0, "likelihood"))
        report(status(6.0, "sampling", worst_quantity="C9_mu", worst_rhat=1.234, missing=3, total=101))
        report(status(65.0, "sampling", worst_quantity="C9_mu", worst_rhat=1.234, missing=3, total=101))
        report(status(66.0, "sampling", worst_quantity="C9_mu", worst_rhat=1.234, missing=3, total=101))
        report(status(300.0, "sampling", worst_quantity="C9_mu", worst_rhat=1.1, missing=3, total=101))
    assert stream.getvalue().splitlines() == [
        "[0:00:00] population 1: hard bounds, 0 % done, 0:01:40 left",
        "[0:00:05] population 1: likelihood, 5 % done, 0:01:40 left",
        "[0:00:06] population 1: sampling, 6 % done, 0:01:40 left, R-hat 1.234",
        "[0:01:06] population 1: sampling, 40 % done, 0:01:40 left, R-hat 1.234",
        "[0:05:00] population 1: sampling, 75 % done, 0:01:40 left, R-hat 1.100",
    ]


def test_a_line_is_about_the_ensemble_furthest_behind() -> None:
    ensembles = tuple(EnsembleStatus(k, stage, population=p) for k, (stage, p) in enumerate([("bounds", 2), ("done", 1), ("sampling", 1)]))
    assert progress_line(replace(status(5.0, "bounds"), ensembles=ensembles)).startswith("[0:00:05] population 2: sampling, ")


@pytest.mark.parametrize("message", ["sampling", "waiting: the cluster has no workers; start some, and their tasks begin", "x" * 500])
def test_lines_are_short(message: str) -> None:
    found = replace(status(359_999.0, "bounds", worst_rhat=123.456), message=message, time_left=359_999.0)
    found = replace(found, ensembles=tuple(replace(e, population=999) for e in found.ensembles))
    line = progress_line(found)
    assert len(line) <= 80
    assert line.startswith("[99:59:59] ")
    assert message != "sampling" or line.endswith("R-hat 123.456")


def test_live_progress_shows_each_ensemble() -> None:
    stream = io.StringIO()
    with progress_display(Console(file=stream, width=120, force_terminal=True)) as report:
        report(status(5.0, "likelihood", worst_quantity="C9_mu", worst_rhat=1.234))
    shown = stream.getvalue()
    for expected in ("annealing: likelihood", "power 0.1", "3/150", "0.250", "worst R-hat 1.234", "1 min 40 s"):
        assert expected in shown


def test_times() -> None:
    assert [time_text(x) for x in (None, 5.4, 200, 3900)] == ["?", "5 s", "3 min 20 s", "1 h 05 min"]
