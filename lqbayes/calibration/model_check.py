"""What can be wrong with a model before anything is sampled: predictions over the prior, and what they depend on."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import InputError
from lqbayes.model.predictors import FilePredictor
from lqbayes.prior.prior import Prior
from lqbayes.sampling.symmetries import symmetries_of

Array = NDArray[np.float64]

_SAME = 1e-12  # relative difference that rounding may make
_COMPILED = 1e-9  # the same between machine code and plain Python, whose powers and sums may differ
_CORNERS = 64
_END = 1e-9  # of the distribution function: a normal distribution has no ends
_SECONDS_OF_MEASURING = 0.3
_PLAIN = 100  # draws that are predicted in plain Python as well


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    text: str
    wrong: bool = False


def check_model(prior: Prior, draws: int = 2000, seed: int = 1) -> list[Finding]:
    """Look at a model's predictions over its prior, and at what moves them."""
    return list(_ModelCheck(prior, draws, np.random.default_rng(seed)).findings())


class _ModelCheck:
    def __init__(self, prior: Prior, draws: int, rng: np.random.Generator) -> None:
        self.prior, self.model, self.rng = prior, prior.model, rng
        self.file = self.model.predict if isinstance(self.model.predict, FilePredictor) else None
        self.points = prior.points(prior.sample(draws, rng))

    def findings(self) -> Iterator[Finding]:
        yield from self.way()
        if not self.prior.dimension:
            yield Finding("prior", "leaves no parameter free", wrong=True)
            return
        yield from self.moves()
        values, failed = self.predicted(self.points)
        yield self.soundness("prior draws", self.points, values, failed)
        ends = self.ends()
        yield self.soundness("ends of ranges", ends, *self.predicted(ends))
        good = ~failed & np.isfinite(values).all(axis=1)
        if not good.any():
            yield Finding("predictions", "there is no prior draw with a prediction for every observable", wrong=True)
            return
        points, values = self.points[good], values[good]
        yield self.repeatable(points, values)
        yield from self.plainly(points[:_PLAIN], values[:_PLAIN])
        still = [o.name for k, o in enumerate(self.model.observables) if np.ptp(values[:, k]) == 0] if len(values) > 1 else []
        yield Finding("observables that nothing moves", ", ".join(still) or "none", wrong=bool(still))
        idle = self.idle(points, values)
        yield Finding("parameters that move nothing", ", ".join(idle) or "none", wrong=bool(idle))
        yield Finding("exact sign symmetries", self.symmetries())

    def way(self) -> Iterator[Finding]:
        """How predictions are made, and how long one takes."""
        if self.file is None:
            yield Finding("predictions", f"of the {self.model.source.kind} model {self.model.name}")
        else:
            try:
                self.file.way(self.points[0])
            except InputError:  # shown with the point below
                pass
            yield Finding("predictions", self.file.reason() or "compiled")
        few = self.points[:64]
        try:
            self.model.predict(few)
            began, count = time.perf_counter(), 0
            while time.perf_counter() - began < _SECONDS_OF_MEASURING:
                self.model.predict(few)
                count += len(few)
            yield Finding("time", f"{1e6 * (time.perf_counter() - began) / count:.3g} us a point")
        except InputError:
            pass

    def moves(self) -> Iterator[Finding]:
        """Moves that the model brings, each asked once for proposals."""
        if self.model.moves is None:
            return
        z = self.prior.sample(_PLAIN, self.rng)
        try:
            found = self.model.moves(self.prior)
            for move, _ in found:
                move.get_proposal(z[::2], z[1::2], 1)
        except InputError as error:
            yield Finding("moves", str(error), wrong=True)
        else:
            yield Finding("moves", f"{len(found)} of the model's own")

    def raw(self, points: Array) -> Array:
        """Predictions with NaN, and with exceptions of arithmetic where there is plain Python."""
        if self.file is None:
            return self.model.predict(points)
        return self.file.plain(points, strict=True) if self.file.way() == "plain Python" else self.file.raw(points)

    def predicted(self, points: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Predictions, and whether there was an exception."""
        failed = np.zeros(len(points), dtype=bool)
        try:
            return self.raw(points), failed
        except InputError:
            values = np.full((len(points), len(self.model.observables)), np.inf)
            for k in range(len(points)):
                try:
                    values[k] = self.raw(points[k : k + 1])[0]
                except InputError:
                    failed[k] = True
            return values, failed

    def soundness(self, where: str, points: Array, values: Array, failed: NDArray[np.bool_]) -> Finding:
        """Exceptions, NaN and infinities, each with the first point that has them."""
        total = f"of {len(points)} points"
        if failed.any():
            try:
                self.raw(points[failed][:1])
                reason = "fails now and then"
            except InputError as error:
                reason = str(error)
            return Finding(where, f"{failed.sum()} {total} raise an exception: {reason}", wrong=True)
        for what, found, wrong in (("NaN", np.isnan(values), True), ("an infinite prediction", np.isinf(values), False)):
            rows = found.any(axis=1)
            if rows.any():
                first = int(rows.argmax())
                names = [o.name for o, is_so in zip(self.model.observables, found[first], strict=True) if is_so]
                at = ", ".join(f"{p.name} = {x:.6g}" for p, x in zip(self.model.parameters, points[first].tolist(), strict=True))
                return Finding(where, f"{rows.sum()} {total} have {what}: {', '.join(names)} at {at}", wrong)
        return Finding(where, f"finite at all {len(points)} points")

    def ends(self) -> Array:
        """Points with one parameter at an end of its range, and corners of the ranges of all."""
        d = self.prior.dimension
        u = np.full((2 * d + _CORNERS, d), 0.5)
        for k in range(d):
            u[2 * k, k], u[2 * k + 1, k] = _END, 1 - _END
        u[2 * d :] = np.where(self.rng.random((_CORNERS, d)) < 0.5, _END, 1 - _END)
        # The middle of a range of either sign may be 0 alone.
        u[: 2 * d][u[: 2 * d] == 0.5] = self.rng.random(int(np.sum(u[: 2 * d] == 0.5)))
        return self.prior.points(self.prior.transform(u))

    def repeatable(self, points: Array, values: Array) -> Finding:
        """Whether the same points have the same predictions in a second call, in another order."""
        again = self.raw(points[::-1].copy())[::-1]
        differing = [o.name for k, o in enumerate(self.model.observables) if not np.array_equal(again[:, k], values[:, k])]
        text = f"differ in {', '.join(differing)}: the function must depend on its arguments alone" if differing else "agree"
        return Finding("two calls", text, wrong=bool(differing))

    def plainly(self, points: Array, values: Array) -> Iterator[Finding]:
        """Whether machine code and plain Python agree."""
        if self.file is None or not self.file.has_plain or self.file.way() == "plain Python":
            return
        other = self.file.plain(points)
        scale = np.maximum(np.abs(values), np.abs(values).max(axis=0) * _SAME)
        off = [o.name for k, o in enumerate(self.model.observables) if np.any(np.abs(other - values)[:, k] > _COMPILED * scale[:, k])]
        what = {"compiled": "machine code and plain Python", "NumPy": "predict_many and predict"}[self.file.way()]
        yield Finding(what, f"differ in {', '.join(off)}" if off else "agree", wrong=bool(off))

    def idle(self, points: Array, values: Array) -> list[str]:
        """Free parameters that no observable depends on."""
        few = points[:64]
        found = []
        for name in self.prior.coordinate_names:
            column = self.model.parameter_index[name]
            varied = few.copy()
            varied[:, column] = self.points[-len(few) :, column]
            other, failed = self.predicted(varied)
            if not failed.any() and np.array_equal(other, values[:64]):
                found.append(name)
        return found

    def symmetries(self) -> str:
        """Smallest sets of parameters whose signs can be changed together without a change of any observable or of the prior."""
        every = tuple((column, False) for column in range(len(self.model.observables)))
        try:
            found = symmetries_of(self.prior, self.model, every)
        except InputError:  # found above
            return "not looked for where predictions fail"
        return "; ".join(" ".join(self.prior.coordinate_names[k] for k in group) for group in found) or "none"
