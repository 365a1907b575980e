"""The mathematics of a user's function: its calls of the standard library and of NumPy, and its powers, for all lanes of the processor.

A call cannot stand in a loop over points that is compiled for several at once. So what is called with one or two numbers becomes a function
of `vector_math`, within a few units in the last place; what is called with arrays stays what it is.
"""

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
from numba.core.ir_utils import get_definition, guard, mk_unique_var
from numba.core.typed_passes import NopythonTypeInference
from typing_extensions import override

from lqbayes import vector_math as v
from lqbayes.compilation import AS_PART, PartCompiler, inlined


@inlined
def _modulus(z: complex) -> float:
    return v.hypot(z.real, z.imag)


@inlined
def _phase(z: complex) -> float:
    return v.atan2(z.imag, z.real)


@inlined
def _exp_of_complex(z: complex) -> complex:
    modulus = v.exp(z.real)
    sine, cosine = v.sincos(z.imag)
    return complex(modulus * cosine, modulus * sine)


def _fixed_power(exponent: float) -> Any:
    """Power of x that is a multiple of 1/2: products and a root."""
    n, inverse = int(abs(exponent)), exponent < 0
    root = 2 * n != 2 * abs(exponent)

    def fixed_power(x: float) -> float:
        found = x**n
        if root:
            found *= math.sqrt(x + 0.0)  # -0 has the power of 0
        return 1.0 / found if inverse else found

    return inlined(fixed_power)


_REAL: dict[Any, Any] = {
    getattr(module, name): getattr(v, name)
    for module in (math, np)
    for name in ("exp", "expm1", "log", "log1p", "log10", "sin", "cos", "tan", "hypot")
}
_REAL |= {math.atan: v.atan, np.arctan: v.atan, math.atan2: v.atan2, np.arctan2: v.atan2}
_REAL |= dict.fromkeys((operator.pow, math.pow, np.power, pow), v.power)
_COMPLEX = {abs: _modulus, np.abs: _modulus, cmath.phase: _phase, np.angle: _phase, cmath.exp: _exp_of_complex, np.exp: _exp_of_complex}
_FIXED_POWERS = {k / 2: _fixed_power(k / 2) for k in range(-16, 17)}


@register_pass(mutates_CFG=False, analysis_only=False)
class _ForAllLanes(FunctionPass):  # type: ignore[misc]
    _name = "lqbayes_for_all_lanes"

    @override
    def __init__(self) -> None:
        super().__init__()

    @override
    def run_pass(self, state: Any) -> bool:
        for block in state.func_ir.blocks.values():
            body = []
            for statement in block.body:
                if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Expr):
                    body += _replaced(state, statement, block.scope)
                body.append(statement)
            block.body = body
        return True


def _replaced(state: Any, statement: Any, scope: Any) -> list[Any]:
    """Call another function in a statement, where there is one; what comes before it."""
    instead, arguments = _instead(state, statement.value)
    if instead is None:
        return []
    kinds = tuple(types.complex128 if state.typemap[x.name] == types.complex128 else types.float64 for x in arguments)
    kind = state.typingctx.resolve_value_type(instead)
    signature = kind.get_call_type(state.typingctx, kinds, {})
    if signature.return_type != state.typemap[statement.target.name]:
        return []
    function = ir.Var(scope, mk_unique_var("$instead"), statement.loc)
    state.typemap[function.name] = kind
    statement.value = ir.Expr.call(function, arguments, (), statement.loc)
    state.calltypes[statement.value] = signature
    return [ir.Assign(ir.Global(function.name, instead, statement.loc), function, statement.loc)]


def _instead(state: Any, expression: Any) -> tuple[Any, list[Any]]:
    """What to call in place of a call or of a power, and with what."""
    if expression.op in {"binop", "inplace_binop"} and expression.fn in {operator.pow, operator.ipow}:
        called, arguments = operator.pow, [expression.lhs, expression.rhs]
    elif expression.op == "call" and not expression.kws and expression.vararg is None:
        called, arguments = _value(state, expression.func), list(expression.args)
    else:
        return None, []
    kinds = [state.typemap[x.name] for x in arguments]
    if kinds == [types.complex128]:
        return _found(_COMPLEX, called), arguments
    if not all(isinstance(kind, types.Integer | types.Boolean) or kind == types.float64 for kind in kinds):
        return None, []
    instead = _found(_REAL, called)
    if instead is v.power:
        exponent = _value(state, arguments[1])
        if len(arguments) == 2 and kinds[0] == types.float64 and isinstance(exponent, int | float) and exponent in _FIXED_POWERS:
            return _FIXED_POWERS[exponent], arguments[:1]
        if kinds[1] != types.float64:  # products, as numba makes them
            return None, []
    return (instead if instead is not None and len(arguments) == _arguments_of(instead) else None), arguments


def _arguments_of(function: Any) -> int:
    return int(function.py_func.__code__.co_argcount)


def _found(table: dict[Any, Any], called: Any) -> Any:
    return table.get(called) if callable(called) else None


def _value(state: Any, variable: Any) -> Any:
    """What a name stands for, where it always stands for the same."""
    definition = guard(get_definition, state.func_ir, variable)
    if isinstance(definition, ir.Const | ir.Global | ir.FreeVar):
        return definition.value
    if isinstance(definition, ir.Expr) and definition.op == "getattr":
        module = _value(state, definition.value)
        return getattr(module, definition.attr, None) if isinstance(module, ModuleType) else None
    return None


class _UserCompiler(PartCompiler):
    @override
    def add_passes(self, passes: Any) -> None:
        passes.add_pass_after(_ForAllLanes, NopythonTypeInference)


def users_part(function: Callable[..., Any]) -> Any:
    """Compile a function of a user's file as `inlined` does, with its mathematics for all lanes."""
    return numba.njit(**AS_PART | {"pipeline_class": _UserCompiler})(function)
