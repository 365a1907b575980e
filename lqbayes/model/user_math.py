"""The mathematics of a user's function: its calls of the standard library, of NumPy and its powers, for all lanes of the processor.

A call cannot stand in a loop over points that is compiled for several at once. So what is called with real numbers becomes a function of
`vector_math`, within 2 units in the last place of it; what is called with arrays or complex numbers stays what it is.
"""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core import ir
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.ir_utils import build_definitions, get_definition, guard, mk_unique_var
from numba.core.untyped_passes import InlineClosureLikes
from numba.extending import overload
from typing_extensions import override

from lqbayes import vector_math
from lqbayes.compilation import AS_PART, PartCompiler, inlined

_REAL = (types.Float, types.Integer, types.Boolean)


def _is_double(x: Any) -> bool:
    return x == types.float64 or isinstance(x, types.Integer | types.Boolean)


def _of_one(standard: Any, real: Any = None, of_complex: Any = None) -> Any:
    """A function of one number that is `real` of a real and `of_complex` of a complex one, where there are such, and `standard` of anything."""

    def either(x: Any) -> Any:
        return standard(x)

    @overload(either, jit_options=AS_PART, strict=False)
    def typed(x: Any) -> Any:
        if real is not None and _is_double(x):
            return lambda x: real(float(x))
        if of_complex is not None and x == types.complex128:
            return lambda x: of_complex(x)
        return lambda x: standard(x)

    return either


def _of_two(standard: Any, real: Any) -> Any:
    """The same of two numbers, of which one may be whole."""

    def either(x: Any, y: Any) -> Any:
        return standard(x, y)

    @overload(either, jit_options=AS_PART, strict=False, prefer_literal=True)
    def typed(x: Any, y: Any) -> Any:
        if _is_double(x) and _is_double(y):
            return lambda x, y: real(float(x), float(y))
        return lambda x, y: standard(x, y)

    return either


def _power(standard: Any) -> Any:
    """Powers: whole ones are products, as numba makes them."""

    def either(x: Any, y: Any) -> Any:
        return standard(x, y)

    @overload(either, jit_options=AS_PART, strict=False, prefer_literal=True)
    def typed(x: Any, y: Any) -> Any:
        if _is_double(x) and y == types.float64:
            return lambda x, y: vector_math.power(float(x), y)
        if x == types.float64 and isinstance(y, types.Integer):
            return lambda x, y: x**y
        return lambda x, y: standard(x, y)

    return either


def _fixed_power(exponent: float) -> Any:
    """x to a power that is a multiple of 1/2: products and a root."""
    whole, half = divmod(abs(exponent), 1.0)
    n, inverse = int(whole), exponent < 0

    if half:
        positive = inlined(lambda x: x**n * math.sqrt(x)) if n else inlined(lambda x: math.sqrt(x))
    else:
        positive = inlined(lambda x: x**n)
    real = inlined(lambda x: 1.0 / positive(x)) if inverse else positive
    return _of_one(lambda x: x**exponent, real)


@inlined
def _modulus(z: complex) -> float:
    return vector_math.hypot(z.real, z.imag)


@inlined
def _phase(z: complex) -> float:
    return vector_math.atan2(z.imag, z.real)


@inlined
def _exp_of_complex(z: complex) -> complex:
    modulus = vector_math.exp(z.real)
    sine, cosine = vector_math.sincos(z.imag)
    return complex(modulus * cosine, modulus * sine)


def _table() -> dict[Any, tuple[int, Any]]:
    """Functions of Python and NumPy with their numbers of arguments and what takes their place."""
    v = vector_math
    names = ("exp", "expm1", "log", "log1p", "log10", "sin", "cos", "tan")
    one: dict[Any, Any] = {getattr(module, name): (getattr(v, name),) for module in (math, np) for name in names}
    one |= {math.atan: (v.atan,), np.arctan: (v.atan,), np.exp: (v.exp, _exp_of_complex), cmath.exp: (None, _exp_of_complex)}
    one |= {f: (None, _modulus) for f in (abs, np.abs)} | {f: (None, _phase) for f in (cmath.phase, np.angle)}
    two = {math.atan2: v.atan2, np.arctan2: v.atan2, math.hypot: v.hypot, np.hypot: v.hypot}
    found = {f: (1, _of_one(f, *ours)) for f, ours in one.items()} | {f: (2, _of_two(f, ours)) for f, ours in two.items()}
    return found | {f: (2, _power(f)) for f in (operator.pow, math.pow, np.power, pow)}


_INSTEAD = _table()
_FIXED_POWERS = {k / 2: _fixed_power(k / 2) for k in range(-8, 9)}


@register_pass(mutates_CFG=False, analysis_only=False)
class _ForAllLanes(FunctionPass):  # type: ignore[misc]
    _name = "lqbayes_for_all_lanes"

    @override
    def __init__(self) -> None:
        super().__init__()

    @override
    def run_pass(self, state: Any) -> bool:
        function = state.func_ir
        for block in function.blocks.values():
            body = []
            for statement in block.body:
                found = _instead(function, statement)
                if found is not None:
                    instead, arguments = found
                    place = ir.Var(block.scope, mk_unique_var("$instead"), statement.loc)
                    body.append(ir.Assign(ir.Global(instead.__name__, instead, statement.loc), place, statement.loc))
                    statement.value = ir.Expr.call(place, arguments, (), statement.loc)
                body.append(statement)
            block.body = body
        function._definitions = build_definitions(function.blocks)
        return True


def _instead(function: Any, statement: Any) -> tuple[Any, list[Any]] | None:
    """What to call in place of a call or a power, and with what."""
    expression = getattr(statement, "value", None)
    if not isinstance(statement, ir.Assign) or not isinstance(expression, ir.Expr):
        return None
    if expression.op in {"binop", "inplace_binop"} and expression.fn in {operator.pow, operator.ipow}:
        called, arguments = operator.pow, [expression.lhs, expression.rhs]
        exponent = _value(function, expression.rhs)
        if isinstance(exponent, int):
            return None
        if isinstance(exponent, float) and exponent in _FIXED_POWERS:
            return _FIXED_POWERS[exponent], arguments[:1]
    elif expression.op == "call" and not expression.kws and expression.vararg is None:
        called, arguments = _value(function, expression.func), list(expression.args)
    else:
        return None
    count, instead = _INSTEAD.get(called, (0, None)) if callable(called) else (0, None)
    return (instead, arguments) if instead is not None and len(arguments) == count else None


def _value(function: Any, variable: Any) -> Any:
    """What a name stands for, where it always stands for the same."""
    definition = guard(get_definition, function, variable)
    if isinstance(definition, ir.Const | ir.Global | ir.FreeVar):
        return definition.value
    if isinstance(definition, ir.Expr) and definition.op == "getattr":
        module = _value(function, definition.value)
        return getattr(module, definition.attr, None) if isinstance(module, ModuleType) else None
    return None


class _UserCompiler(PartCompiler):
    @override
    def add_passes(self, passes: Any) -> None:
        passes.add_pass_after(_ForAllLanes, InlineClosureLikes)


def users_part(function: Callable[..., Any]) -> Any:
    """Compile a function of a user's file as `inlined` does, with its mathematics for all lanes."""
    return numba.njit(**AS_PART | {"pipeline_class": _UserCompiler})(function)
