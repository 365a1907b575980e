"""A user's model in one file: what it may hold, how it is run, and what is said of what is wrong with it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

import lqbayes
from lqbayes.calibration.model_check import check_model
from lqbayes.model import file
from lqbayes.model.predictors import FilePredictor
from lqbayes.models.singlet.model import SINGLET
from lqbayes.prior.file import parse_prior_set

EXAMPLES = Path(__file__).parents[2] / "examples"
HEAD = """
import math
from lqbayes import Observable, Parameter
PARAMETERS = [Parameter("a"), Parameter("b")]
OBSERVABLES = [Observable("total"), Observable("ratio")]
"""
GOOD = HEAD + "def predict(a, b):\n    return a + b, a / b\n"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)

    def write(text: str, name: str = "own.py") -> str:
        (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
        return name

    return write


def _way(model: lqbayes.Model, point: list[float] | None = None) -> str:
    assert isinstance(model.predict, FilePredictor)
    return model.predict.way(None if point is None else np.array(point))


def _problems(path: str) -> list[str]:
    with pytest.raises(lqbayes.InputError) as caught:
        lqbayes.Model.load(path)
    return [str(problem) for problem in caught.value.problems]


def _problem_of_predicting(path: str, point: list[float]) -> str:
    with pytest.raises(lqbayes.InputError) as caught:
        lqbayes.Model.load(path).predict(np.array([[1.0, 1.0], point]))
    return str(caught.value)


# ----- the three ways to predict


def test_the_least_form(write) -> None:  # type: ignore[no-untyped-def]
    model = lqbayes.Model.load(write(GOOD))
    assert (model.name, model.variant, model.parameter_names, model.observable_names) == ("own", "", ("a", "b"), ("total", "ratio"))
    points = np.array([[1.0, 2.0], [3.0, 0.0], [0.0, 0.0]])
    np.testing.assert_array_equal(model.predict(points), [[3, 0.5], [3, np.inf], [0, np.inf]])  # 0/0 does not exist either
    assert _way(model) == "compiled" and model.uncompiled is not None and model.uncompiled() == ""
    assert model.predict(np.empty((0, 2))).shape == (0, 2)


def test_everything_that_a_file_may_hold(write) -> None:  # type: ignore[no-untyped-def]
    more = """
    NAME = "my-model"
    GROUPS = {"both": ("a", "ratio")}
    REFERENCE = {"a": 0, "b": 1}
    LOGARITHMIC = ["ratio"]
    def MOVES(prior):
        return []
    """
    model = lqbayes.Model.load(write('"""My model.\n\nIn words."""\n' + GOOD + textwrap.dedent(more)))
    assert (model.name, model.title, model.groups) == ("my-model", "My model", {"both": ("a", "ratio")})
    assert model.reference is not None and model.reference().tolist() == [1.0, 0.0]
    assert [o.logarithmic for o in model.observables] == [False, True]
    assert model.moves is not None
    given = lqbayes.Model.load(write(GOOD + 'REFERENCE = {"ratio": 3.0, "total": 2}\n', "given.py"))
    assert given.reference is not None and given.reference().tolist() == [2.0, 3.0]


def test_helpers_are_compiled_with_it(write) -> None:  # type: ignore[no-untyped-def]
    text = """
    from numba import njit
    SCALE = {0}
    def outer(x):
        return inner(x, 2.0) + decorated(x)
    def inner(x, power, shift=0.5):
        return abs(x) ** power + shift
    @njit
    def decorated(x):
        return SCALE * x
    def predict(b, a):
        values = [outer(x) for x in (a, b)]
        return values[0], values[1]
    """
    for scale in (1.0, 3.0):  # constants are part of what is compiled, and of what a cache is named by
        model = lqbayes.Model.load(write(HEAD + textwrap.dedent(text).replace("{0}", str(scale))))
        assert model.predict(np.array([[2.0, -3.0]])).tolist() == [[4.5 + scale * 2, 9.5 - scale * 3]]  # arguments by their names
        assert _way(model) == "compiled"


def test_numpy_where_numba_cannot(write) -> None:  # type: ignore[no-untyped-def]
    text = """
    from scipy.special import erf
    def predict(a, b):
        return float(erf(a)), b
    def predict_many(points):
        return np.column_stack([erf(points[:, 0]), points[:, 1]])
    """
    model = lqbayes.Model.load(write("import numpy as np" + HEAD + textwrap.dedent(text)))
    assert model.predict(np.array([[0.3, 2.0]]))[0] == pytest.approx([0.3286267594591274, 2.0], rel=1e-15)
    assert _way(model) == "NumPy"
    assert model.uncompiled is not None and "own.py: line 9" in model.uncompiled()


def test_plain_python_otherwise_with_the_reason(write) -> None:  # type: ignore[no-untyped-def]
    model = lqbayes.Model.load(write(HEAD + "TABLE = {1: 2.0}\ndef predict(a, b):\n    c = TABLE[1]\n    return a + c, math.sqrt(b) / a\n"))
    found = model.predict(np.array([[1.0, 4.0], [0.0, 4.0], [1.0, -1.0]]))
    np.testing.assert_array_equal(found, [[3, 2], [np.inf, np.inf], [np.inf, np.inf]])  # as machine code: no exception
    assert _way(model) == "plain Python"
    assert model.uncompiled is not None
    reason = model.uncompiled()
    assert reason.startswith("predictions are plain Python: own.py: line ") and "\n" not in reason and len(reason) < 300


def test_one_observable_may_be_a_number(write) -> None:  # type: ignore[no-untyped-def]
    for returned in ("a * b", "(a * b,)", "[a * b]"):
        text = HEAD.replace(', Observable("ratio")', "") + f"def predict(a, b):\n    return {returned}\n"
        model = lqbayes.Model.load(write(text))
        assert model.predict(np.array([[2.0, 3.0]])).tolist() == [[6.0]] and _way(model) == "compiled"


# ----- S1: the same bits, the same speed


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    prior = lqbayes.Prior.load(EXAMPLES / "singlet" / "s1-prior.toml", SINGLET)
    return prior.points(prior.sample(4000, np.random.default_rng(5)))


def test_the_same_bits_as_built_in(points: np.ndarray) -> None:
    model = lqbayes.Model.load(EXAMPLES / "singlet" / "s1.py")
    np.testing.assert_array_equal(model.predict(points), SINGLET.predict(points))
    assert isinstance(model.predict, FilePredictor) and _way(model) == "compiled"


def test_no_slower_than_built_in(points: np.ndarray) -> None:
    model = lqbayes.Model.load(EXAMPLES / "singlet" / "s1.py")
    times: dict[str, list[float]] = {"own": [], "built in": []}
    for _ in range(15):
        for name, predict in (("own", model.predict), ("built in", SINGLET.predict)):
            began = time.process_time()
            predict(points)
            times[name].append(time.process_time() - began)
    assert min(times["own"]) < 1.3 * min(times["built in"])


def test_the_next_process_reads_machine_code(tmp_path: Path) -> None:
    """Its own time of the processor, the least of three: other work on the machine only adds to it."""
    script = (
        "import lqbayes, numpy, time\n"
        f"model = lqbayes.Model.load({str(EXAMPLES / 'singlet' / 's1.py')!r})\n"
        "import numba; began = time.process_time()\n"
        "model.predict(numpy.array([[2000.0, 0, 0, 0, 0, 0, 0, 0]]))\n"
        "print(time.process_time() - began, model.uncompiled() == '')\n"
    )

    def seconds(cache: Path) -> float:
        environment = os.environ | {"LQBAYES_CACHE_DIR": str(cache)}
        found = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True).stdout.split()
        assert found[1] == "True"
        return float(found[0])

    first = seconds(tmp_path / "0")
    next_one = seconds(tmp_path / "0")
    for number in (1, 2):
        if first >= 5:
            first = seconds(tmp_path / str(number))
    assert first < 5 and next_one < min(1.5, 0.4 * first), (first, next_one)
    assert len(list(tmp_path.glob("0/*/over_points-*.nbc"))) == 1
    assert not list((EXAMPLES / "singlet").glob("__pycache__/s1.*"))  # nothing is left beside the user's file


READ = "from pathlib import Path\nTEXT = Path('factor').read_text()\nFACTOR = float(TEXT)\n"
MADE = "def make(factor):\n    def predict(a, b):\n        return factor * a, b\n    return predict\npredict = make(FACTOR)\n"


@pytest.mark.parametrize(
    "body",
    [
        "def predict(a, b):\n    return FACTOR * a, b\n",
        "def predict(a, b):\n    return (a if TEXT == '1.0' else 3 * a), b\n",
        "def predict(a, b, factor=FACTOR):\n    return factor * a, b\n",
        MADE,
    ],
    ids=["number", "text", "default", "closure"],
)
def test_machine_code_of_other_constants_is_not_read(write, tmp_path: Path, body: str) -> None:  # type: ignore[no-untyped-def]
    """Compiled code holds the values of constants, and a file may read them from elsewhere."""
    found = []
    for factor in (1.0, 3.0):
        (tmp_path / "factor").write_text(str(factor))
        file._loaded.clear()  # as in the next process
        model = lqbayes.Model.load(write(HEAD + READ + body))
        found.append(model.predict(np.full((1, len(model.parameters)), 0.5))[0, 0])
        assert model.uncompiled() == ""
    assert found[1] == 3 * found[0]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("def predict(a, b):\n    return np.sqrt(a) + sin(b), SCALES[1] * numpy.linalg.norm(SCALES[0])\n", True),
        ("@njit\ndef inner(a):\n    return a * math.pi\ndef predict(a, b):\n    return inner(a), b\n", True),
        ("import json\ndef predict(a, b):\n    return json.FACTOR * a, b\n", False),
        ("from json import loads\nFOREIGN = njit(loads)\ndef predict(a, b):\n    return FOREIGN(a), b\n", False),
        ("class Constants:\n    FACTOR = 3\ndef predict(a, b):\n    return Constants.FACTOR * a, b\n", False),
    ],
    ids=["NumPy", "decorated helper", "module", "function of another module", "class"],
)
def test_machine_code_is_kept_where_all_that_decides_is_known(write, text: str, kept: bool) -> None:  # type: ignore[no-untyped-def]
    imports = "import numpy\nimport numpy as np\nfrom math import sin\nfrom numba import njit\nSCALES = (np.ones(2), 2)\n"
    model = lqbayes.Model.load(write(HEAD + imports + text))
    assert isinstance(model.predict, FilePredictor)
    assert (model.predict._name(tuple) is not None) is kept


@pytest.mark.parametrize("returned", ["1 / (a - b)", "[1 / (a - b)]", "np.array([1 / (a - b)])"])
def test_no_prediction_at_the_first_point_is_no_obstacle(write, returned: str) -> None:  # type: ignore[no-untyped-def]
    """Before a run it is asked how the model predicts, with no point at hand: at equal parameters there is none here."""
    text = "import numpy as np" + HEAD.replace(', Observable("ratio")', "") + f"def predict(a, b):\n    return {returned}\n"
    model = lqbayes.Model.load(write(text))
    assert model.uncompiled is not None and model.uncompiled() == ""
    np.testing.assert_array_equal(model.predict(np.array([[2.0, 1.0], [1.0, 1.0]])), [[1.0], [np.inf]])


def test_numbers_of_numpy(write) -> None:  # type: ignore[no-untyped-def]
    text = (
        "import numpy as np"
        + HEAD.replace(', Observable("ratio")', "")
        + "TABLE = {1: 2}\ndef predict(a, b):\n    return KIND(TABLE[1] * a)\n"
    )
    for kind in ("np.float32", "np.int64", "np.float64"):
        assert lqbayes.Model.load(write(text.replace("KIND", kind))).predict(np.array([[2.0, 1.0]])).tolist() == [[4.0]]


# ----- one file, one model


def test_the_same_file_is_the_same_model_and_another_text_another(write) -> None:  # type: ignore[no-untyped-def]
    first = lqbayes.Model.load(write(GOOD))
    assert lqbayes.Model.load(Path("own.py")) is first
    assert pickle.loads(pickle.dumps(first)) is first
    bytes_of_first = pickle.dumps(first)
    second = lqbayes.Model.load(write(GOOD.replace("a + b", "a - b")))
    assert second is not first and second.source.sha256 != first.source.sha256
    assert second.predict(np.array([[3.0, 1.0]])).tolist() == [[2.0, 3.0]]
    assert pickle.loads(bytes_of_first) is first  # loaded before, of this very text


def test_another_process_gets_the_file_by_its_hash(write) -> None:  # type: ignore[no-untyped-def]
    path = os.path.abspath(write(GOOD))
    with pytest.raises(lqbayes.InputError, match=r"own.py: is not the file that the run was started with"):
        lqbayes.Model.of_file(path, "0" * 64)


# ----- what is wrong, with its line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "def predict(a, b:\n    return a\n", "own.py: line 6: the file cannot be run: a syntax error: '(' was never closed"),
        (HEAD + "print(undefined)\n", "own.py: line 6: the file cannot be run: NameError: name 'undefined' is not defined"),
        ("import sys\nsys.exit(3)\n", "own.py: line 2: the file cannot be run: SystemExit: 3"),
        ("import lqbayes\nlqbayes.Parameter('a', units='GeV')\n", "own.py: line 2: the file cannot be run: TypeError: "),
        (GOOD.replace("PARAMETERS", "PARAMETER"), "own.py: there is no table PARAMETERS"),
        (GOOD.replace('[Parameter("a"), Parameter("b")]', "3"), "own.py: line 4: PARAMETERS is 3, not a list of Parameter entries"),
        (GOOD.replace('Parameter("b")', '"b"'), "own.py: line 4: an entry of PARAMETERS is 'b'"),
        (GOOD.replace('Parameter("b")', 'Parameter("a")'), "own.py: line 4: PARAMETERS has a twice"),
        (GOOD.replace('Observable("ratio")', 'Observable("a")'), "own.py: line 5: a is a parameter, too"),
        (GOOD.replace('Observable("ratio")', 'Observable("a/b")'), "own.py: line 5: 'a/b' is no name"),
        (GOOD.replace("def predict", "def predicts"), "own.py: there is no function predict"),
        (HEAD + "predict = 3\n", "own.py: line 6: predict is 3, not a plain function"),
        (
            GOOD.replace("predict(a, b)", "predict(a)"),
            "own.py: line 6: the arguments of predict are not the parameters: b in PARAMETERS but",
        ),
        (
            GOOD.replace("predict(a, b)", "predict(a, b, c)"),
            "own.py: line 6: the arguments of predict are not the parameters: c an argument",
        ),
        (GOOD + "GROUPS = {'x': ('a', 'ratioo')}\n", "own.py: line 8: the group x has 'ratioo', which is unknown; did you mean 'ratio'?"),
        (GOOD + "LOGARITHMIC = ['totl']\n", "own.py: line 8: there is no observable 'totl'; did you mean 'total'?"),
        ("import numpy as np" + GOOD + "LOGARITHMIC = np.array(['total'])\n", "own.py: line 8: LOGARITHMIC is not a list of observables"),
        (GOOD + "LOGARITHMIC = 0\n", "own.py: line 8: LOGARITHMIC is not a list of observables"),
        (GOOD.replace('"ratio"', '"weight"'), "own.py: line 5: weight is a column of every table of draws; name it otherwise"),
        (
            GOOD.replace('"b"', '"lambda"'),
            "own.py: line 4: lambda is a word of Python's own, which no argument can be called; call it lambda_",
        ),
        (
            GOOD.replace('Parameter("b")', 'Parameter("b", lower=0.5)') + "REFERENCE = {'a': 1, 'b': 0}\n",
            "own.py: line 8: b = 0 is not from 0.5 to inf; correct one of these",
        ),
        (GOOD.replace('Parameter("b")', 'Parameter("b", default="x")') + "REFERENCE = {'a': 1}\n", "own.py: line 4: b: default is 'x'"),
        (GOOD + "REFERENCE = {'a': 1}\n", "own.py: line 8: REFERENCE is not a point: it lacks b"),
        (GOOD + "NAME = '../x'\n", "own.py: line 8: NAME is '../x'"),
        (GOOD + "MOVES = 3\n", "own.py: line 8: MOVES is 3, not a function"),
        (GOOD + "REFERENCE = {'a': 1, 'b': float('nan')}\n", "own.py: line 8: REFERENCE is not a table of numbers"),
        (GOOD.replace('Parameter("b")', 'Parameter("b", lower="0")'), "own.py: line 4: b: lower is '0'; give it a number"),
        (GOOD.replace('Parameter("b")', 'Parameter("b", lower=2, upper=1)'), "own.py: line 4: b: lower is 2, not below upper"),
        (GOOD.replace('Parameter("b")', 'Parameter("b", default="1")'), "own.py: line 4: b: default is '1'; give it a number"),
        (GOOD.replace('Parameter("b")', 'Parameter("b", former_names=3)'), "own.py: line 4: b: former_names is 3; give it a list of names"),
        (GOOD.replace('"ratio")', '"ratio", support=(1, 0))'), "own.py: line 5: ratio: support is (1, 0); give it two numbers, in order"),
        (GOOD.replace('"ratio")', '"ratio", usual_power=1.5)'), "own.py: line 5: ratio: usual_power is 1.5; give it a whole number"),
        (GOOD.replace('"ratio")', '"ratio", logarithmic="yes")'), "own.py: line 5: ratio: logarithmic is 'yes'; give it True or False"),
    ],
)
def test_a_wrong_file(write, text: str, expected: str) -> None:  # type: ignore[no-untyped-def]
    assert any(problem.startswith(expected) for problem in _problems(write(text))), _problems("own.py")


MOVE = """
from lqbayes.sampling.moves.base import ArrayMove
class Own(ArrayMove):
    def get_proposal(self, sample, complement, seed):
        return {0}
def MOVES(prior):
    return [(Own(), 1.0)]
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def MOVES(prior):\n    return prior.nothing\n", "own.py: line 9: MOVES failed: AttributeError: "),
        ("def MOVES():\n    return []\n", "own.py: line 8: MOVES failed: TypeError: "),
        ("def MOVES(prior):\n    pass\n", "own.py: line 8: MOVES returns None, not a list of moves"),
        ("def MOVES(prior):\n    return []\n", "own.py: line 9: MOVES returns [], not a list of moves"),
        ("def MOVES(prior):\n    return [('walk', 1.0)]\n", "own.py: line 9: MOVES returns ('walk', 1.0) among its moves"),
        (
            MOVE.format("sample, 0.0").replace("1.0", "-1.0"),
            "own.py: line 14: MOVES returns -1.0 as the odds of Own, not a pos",
        ),
        (MOVE.format("self.nothing"), "own.py: line 12: the move Own failed: AttributeError: "),
        (MOVE.format("None"), "own.py: line 10: the move Own failed: TypeError: "),
        (MOVE.format("sample, 0.0"), "own.py: line 10: the move Own returns arrays of shapes (5, 2) and () for walkers of shape (5, 2)"),
        (MOVE.format("sample[:, :1], sample[:, 0]"), "own.py: line 10: the move Own returns arrays of shapes (5, 1) and (5,) for walkers"),
    ],
)
def test_wrong_moves(write, text: str, expected: str) -> None:  # type: ignore[no-untyped-def]
    model = lqbayes.Model.load(write(GOOD + text))
    entry = {"distribution": "normal", "value": 0.0, "error": 1.0, "unit": "1", "source": "choice"}
    prior = lqbayes.Prior(parse_prior_set({"title": "p", "parameters": {"a": entry, "b": entry}}, "p.toml", model), model)
    assert model.moves is not None
    with pytest.raises(lqbayes.InputError) as caught:
        model.moves(prior)[0][0].get_proposal(np.ones((5, 2)), np.ones((5, 2)), 1)
    assert str(caught.value).startswith(expected)
    assert [finding for finding in check_model(prior, draws=100) if finding.wrong][0].subject == "moves"


def test_all_problems_at_once(write) -> None:  # type: ignore[no-untyped-def]
    text = GOOD.replace("predict(a, b)", "predict(a)").replace('Observable("ratio")', 'Observable("total")') + "NAME = 3\n"
    assert len(_problems(write(text))) == 3


def test_no_such_file(write) -> None:  # type: ignore[no-untyped-def]
    assert _problems("missing.py") == ["missing.py: cannot be read: No such file or directory; check its path and its permissions"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return a, b, a", "own.py: line 7: predict returns 3 values, but OBSERVABLES has 2 entries"),
        ("return (a,)", "own.py: line 7: predict returns 1 values, but OBSERVABLES has 2 entries"),
        ("return a", "own.py: line 7: predict returns 1.0, not 2 numbers"),
        ("return None, a", "own.py: line 7: predict returns None for total at a = 1, b = 1, which is no real number"),
        ("return a * 1j, b", "own.py: line 7: predict returns 1j for total at a = 1, b = 1, which is no real number"),
        ("return helper(a), b\ndef helper(x):\n    return x.missing", "own.py: line 9: predict failed at a = 1, b = 1: AttributeError: "),
        ("raise SystemExit(3)", "own.py: line 7: predict failed at a = 1, b = 1: SystemExit: 3"),
        # In machine code, at the second point only.
        (
            "if b < 0:\n        raise ValueError('negative')\n    return a, b",
            "own.py: line 8: predict failed at a = 2, b = -1: ValueError: negat",
        ),
    ],
)
def test_a_wrong_function(write, body: str, expected: str) -> None:  # type: ignore[no-untyped-def]
    found = _problem_of_predicting(write(HEAD + f"def predict(a, b):\n    {body}\n"), [2.0, -1.0])
    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "return points.T[:, :1]",
            "own.py: line 7: predict_many returns an array of shape (2, 1) and type float64 for points of shape (2, 2)",
        ),
        ("return points + 1j", "own.py: line 7: predict_many returns an array of shape (2, 2) and type complex128"),
        ("return points[:, 5:6] + points[7]", "own.py: line 7: predict_many failed: IndexError: "),
    ],
)
def test_a_wrong_function_of_many(write, body: str, expected: str) -> None:  # type: ignore[no-untyped-def]
    found = _problem_of_predicting(write(HEAD + f"def predict_many(points):\n    {body}\n"), [2.0, -1.0])
    assert found.startswith(expected)
