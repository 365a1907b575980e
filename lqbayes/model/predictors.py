"""Predictions of a user's model file: compiled where possible, else by its NumPy function, else point by point in plain Python.

In compiled code division by zero and the logarithm of a negative number are infinite or NaN, and raise nothing; in plain Python a point
where arithmetic fails has no prediction. Either way the engine sees what does not exist as infinite.
"""

import hashlib
import os
import re
import warnings
from collections.abc import Sequence
from types import FunctionType
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import InputError
from lqbayes.input.problems import shown
from lqbayes.model.user_code import UserCode

Way = Literal["compiled", "NumPy", "plain Python"]
Array = NDArray[np.float64]

ONE, MANY = "predict", "predict_many"
_DOMAIN = "math domain error"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PLACE = re.compile(r'File "(.+?)", line (\d+)')
# What numba writes round the sentence that says what is wrong.
_FRAME = re.compile(r"Failed in \w+ mode pipeline|During|File |- Resolution|There are \d+ candidate|This error|Overload|\s*$")


class FilePredictor:
    """The function between parameters and observables that a user's file defines: points (n, p) to observables (n, m)."""

    def __init__(self, code: UserCode, parameters: Sequence[str], observables: Sequence[str]) -> None:
        self._code = code
        self._parameters, self._observables = tuple(parameters), tuple(observables)
        self._functions = code.functions(ONE)
        self._one: Any = self._functions.get(ONE)
        arguments = () if self._one is None else self._one.__code__.co_varnames[: self._one.__code__.co_argcount]
        self._columns = [self._parameters.index(name) for name in arguments if name in self._parameters]
        self._loop: Any = None
        self._way: Way | None = None
        self._reason = ""

    def __call__(self, points: Array) -> Array:
        """Predict; what does not exist is infinite."""
        return self.raw(points, np.inf)

    def raw(self, points: Array, undefined: float = np.nan) -> Array:
        """Predict, with NaN where the file's function has it, or what takes its place."""
        if not len(points):
            return np.empty((0, len(self._observables)))
        way = self.way(points[0])
        if way == "compiled":
            out = np.empty((len(self._observables), len(points)))
            try:
                self._loop(np.ascontiguousarray(points.T[self._columns]), out, undefined)
            except Exception as error:
                self.plain(points)  # says at which point and line
                raise self._code.error(error, "predict failed in compiled code") from None
            return out.T
        values = self._many(points) if way == "NumPy" else self.plain(points)
        values[np.isnan(values)] = undefined
        return values

    def way(self, point: Array | None = None) -> Way:
        """How predictions are made; compiles at the first call, for which a point helps."""
        if self._way is None:
            if self._one is not None:
                self._loop = self._compiled(self._returned(point))
            has_many = self._code.get(MANY) is not None
            self._way = "compiled" if self._loop is not None else "NumPy" if has_many else "plain Python"
        return self._way

    def reason(self) -> str:
        """Why predictions are not compiled; empty where they are."""
        way = self.way()
        if way == "compiled":
            return ""
        cause = f": {self._reason}" if self._reason else ""
        return f"predictions are made by {MANY}, in NumPy{cause}" if way == "NumPy" else f"predictions are plain Python{cause}"

    @property
    def has_plain(self) -> bool:
        """Whether there is a function of one point."""
        return self._one is not None

    def plain(self, points: Array, *, strict: bool = False) -> Array:
        """Predict point by point in plain Python; where it is strict, arithmetic that fails is an error, too."""
        if self._one is None:
            return self._many(points)
        out = np.empty((len(points), len(self._observables)))
        with np.errstate(all="ignore"):
            for k, row in enumerate(points[:, self._columns].tolist()):
                try:
                    values = self._one(*row)
                except (Exception, SystemExit) as error:
                    if not strict and (isinstance(error, ArithmeticError) or str(error) == _DOMAIN):
                        out[k] = np.inf
                        continue
                    raise self._code.error(error, f"predict failed at {self.point_text(points[k])}", ONE) from None
                out[k] = self._row(values, points[k])
        return out

    def point_text(self, point: Array) -> str:
        """A point as a message shows it."""
        return ", ".join(f"{name} = {value:.6g}" for name, value in zip(self._parameters, point.tolist(), strict=True))

    def _row(self, values: Any, point: Array) -> Any:
        """Check what one call has returned."""
        count = len(self._observables)
        if isinstance(values, int | float) and count == 1:
            return values
        if not isinstance(values, tuple | list | np.ndarray):
            raise self._wrong(f"predict returns {shown(values)}, not {count} numbers")
        if len(values) != count:
            raise self._wrong(f"predict returns {len(values)} numbers, but OBSERVABLES has {count} entries")
        for name, value in zip(self._observables, values, strict=True):
            if not isinstance(value, int | float | np.integer | np.floating):
                raise self._wrong(f"predict returns {shown(value)} for {name} at {self.point_text(point)}, which is no real number")
        return values

    def _wrong(self, message: str) -> InputError:
        return InputError(
            [self._code.problem(self._code.last_return(ONE), message, "return one number for each observable, in the order of OBSERVABLES")]
        )

    def _returned(self, point: Array | None) -> type:
        """What the function returns: a call also shows what it returns wrongly."""
        row = np.ones(len(self._parameters)) if point is None else np.asarray(point)
        if point is not None:
            self.plain(row[None, :])
        try:
            return type(self._one(*row[self._columns].tolist()))
        except Exception:  # this point has no prediction: whatever is wrong shows at others
            return tuple

    def _many(self, points: Array) -> Array:
        expected = (len(points), len(self._observables))
        with np.errstate(all="ignore"), self._code.located(f"{MANY} failed", MANY):
            found = np.asarray(self._code.get(MANY)(points.copy()))
        if found.shape != expected or found.dtype.kind not in "iuf":
            message = f"{MANY} returns an array of shape {found.shape} and type {found.dtype} for points of shape {points.shape}"
            remedy = f"return real numbers of shape {expected}: a row for each point, a column for each observable"
            raise InputError([self._code.problem(self._code.last_return(MANY), message, remedy)])
        return np.array(found, dtype=float)

    def _compiled(self, returned: type) -> Any:
        """A compiled loop over points; None where numba cannot, with the reason kept."""
        from numba.core.dispatcher import Dispatcher  # noqa: PLC0415 - takes time to load
        from numba.core.errors import NumbaError, NumbaWarning, UnsupportedBytecodeError  # noqa: PLC0415
        from numba.np.unsafe.ndarray import to_fixed_tuple  # noqa: PLC0415

        from lqbayes.compilation import inlined  # noqa: PLC0415
        from lqbayes.model.point_loop import LOOP, loop_over_points  # noqa: PLC0415
        from lqbayes.model.user_math import users_part  # noqa: PLC0415

        namespace: dict[str, Any] = dict(vars(self._code.module))
        for name, function in self._functions.items():
            copy = FunctionType(function.__code__, namespace, function.__name__, function.__defaults__, function.__closure__)
            namespace[name] = users_part(copy)
        predict, count, numbers = namespace[ONE], len(self._observables), cast("Any", to_fixed_tuple)

        def entries(x: Any) -> Any:
            values = np.asarray(predict(*x))
            if len(values) != count:
                raise ValueError("another number of observables")
            return numbers(values, count)

        plain = (lambda x: predict(*x)) if issubclass(returned, tuple) else (lambda x: (predict(*x),))
        one = inlined(entries if issubclass(returned, list | np.ndarray) else plain)
        # What another module has compiled may change there, unseen from here.
        foreign = any(isinstance(x, Dispatcher) for x in vars(self._code.module).values())
        dispatcher = loop_over_points(one, len(self._columns), count, None if foreign else self._name(returned))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NumbaWarning)  # of speed, and of what is new in numba
            try:
                dispatcher.compile(LOOP)
            except (NumbaError, UnsupportedBytecodeError) as error:
                self._reason = self._reason_of(str(error))
            except Exception as error:
                self._reason = f"numba failed with {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            else:
                return dispatcher
        return None

    def _name(self, returned: type) -> str:
        """Name of the loop's machine code, which says what decides."""
        from numba.core.serialize import dumps  # noqa: PLC0415

        # Machine code holds the values of constants, which a file may have read or computed.
        kinds = (float, int, complex, tuple, np.generic, np.ndarray)
        constants = [(name, x) for name, x in sorted(vars(self._code.module).items()) if isinstance(x, kinds)]
        decisive = dumps((self._code.sha256, self._columns, len(self._observables), returned.__name__, constants))
        return f"{hashlib.sha256(decisive).hexdigest()[:32]}.over_points"

    def _reason_of(self, message: str) -> str:
        """What numba says, in one sentence, with the line of the user's file that it means."""
        lines = _COLOURS.sub("", message).splitlines()
        first = next((k for k, line in enumerate(lines) if not _FRAME.match(line)), 0)
        reason = lines[first].strip() if lines else "numba cannot compile it"
        if reason.endswith(":"):
            reason += " " + next((line.strip(" >") for line in lines[first + 1 :] if line.strip(" >")), "")
        name = os.path.basename(self._code.path)
        places = [int(line) for file, line in _PLACE.findall("\n".join(lines[first:])) if os.path.basename(file) == name]
        return f"{self._code.shown}: {f'line {places[0]}: ' if places else ''}{reason.rstrip('.')}"
