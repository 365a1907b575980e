"""The moves that a user's file makes: checked, and with the file's line where one of them fails."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from lqbayes.input.errors import InputError
from lqbayes.input.problems import shown
from lqbayes.model.user_code import UserCode

if TYPE_CHECKING:
    from lqbayes.prior.prior import Prior

NAME = "MOVES"
REMEDY = "define MOVES(prior), which returns pairs of a move and its odds"


def user_moves(code: UserCode) -> Callable[[Prior], list[tuple[Any, float]]]:
    """The file's function `MOVES`, with what it returns checked."""

    def moves(prior: Prior) -> list[tuple[Any, float]]:
        with code.located(f"{NAME} failed", NAME):
            found = code.get(NAME)(prior)
        if not isinstance(found, list | tuple) or not found:
            raise _wrong(code, f"{NAME} returns {shown(found)}, not a list of moves")
        for pair in found:
            if not (isinstance(pair, tuple | list) and len(pair) == 2 and callable(getattr(pair[0], "get_proposal", None))):
                raise _wrong(code, f"{NAME} returns {shown(pair)} among its moves")
            if not (isinstance(pair[1], Real) and 0 < float(pair[1]) < math.inf):
                raise _wrong(code, f"{NAME} returns {shown(pair[1])} as the odds of {type(pair[0]).__name__}, not a positive number")
        return [(_guarded(code, move), odds) for move, odds in found]

    return moves


def _wrong(code: UserCode, message: str) -> InputError:
    return InputError([code.problem(code.last_return(NAME), message, REMEDY)])


def _guarded(code: UserCode, move: Any) -> Any:
    """A move of a class of the file, whose proposals are checked; any other as it is."""
    kind = type(move)
    if kind.__module__ != code.module.__name__:
        return move

    def get_proposal(sample: Any, complement: Any, seed: int) -> tuple[Any, Any]:
        with code.located(f"the move {kind.__name__} failed", kind.__name__):
            proposal, factor = (np.asarray(x, dtype=float) for x in kind.get_proposal(move, sample, complement, seed))
        shapes = (proposal.shape, factor.shape)
        if shapes != (sample.shape, (len(sample),)):
            message = f"the move {kind.__name__} returns arrays of shapes {shapes[0]} and {shapes[1]} for walkers of shape {sample.shape}"
            remedy = "return new positions of that shape and the logarithm of a factor for each"
            raise InputError([code.problem(code.line_of(kind.__name__), message, remedy)])
        return proposal, factor

    move.get_proposal = get_proposal
    return move
