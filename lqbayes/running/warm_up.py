"""Compile everything that a run needs before anything is sampled: here, or side by side in the processes that are to work on the run."""

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import repeat
from pathlib import Path

import numpy as np
from typing_extensions import override

from lqbayes.posterior import Evaluation, Posterior
from lqbayes.running.population_task import read_run
from lqbayes.running.side_by_side import processes, side_by_side
from lqbayes.running.signals import task
from lqbayes.sampling.annealing import log_density
from lqbayes.sampling.emcee_parts import State
from lqbayes.sampling.mixture import moves_of
from lqbayes.sampling.moves.base import Array, ArrayMove, Proposal
from lqbayes.sampling.population import PRIOR
from lqbayes.sampling.sampler import ArraySampler

_WALKERS = 16


def warm_up(posterior: Posterior) -> None:
    """Call every compiled function of a run on a few prior draws; from the second run on, the machine code is read from the cache."""
    for part in _parts(posterior):
        # A compiler loses Ctrl-C in its callbacks, or breaks on it: between its functions it is heard.
        with task(), _uncollected():
            part()


def compile_first(posterior: Posterior, workers: int | None) -> None:
    """Compile the same in forks of this process, for the first time; what goes wrong there goes wrong again where it is needed.

    Not for a user's file, which may hold what no fork stands.
    """
    if processes(workers) < 2 or posterior.model.source.file is not None:
        return

    def lasting(part: Callable[[], None]) -> None:
        part()
        gc.freeze()  # a collector need not look through what a compiler leaves behind

    with closing(side_by_side({str(k): partial(lasting, part) for k, part in enumerate(_parts(posterior))}, workers)) as compiled:
        for _, result in compiled:
            with suppress(Exception):
                result()


def warm_up_side_by_side(pool: Executor, folder: Path, posterior: Posterior) -> None:
    """Do the same in the processes of a pool: who is free takes the next part, and leaves its machine code to the others."""
    list(pool.map(_warm_up_part, repeat(str(folder)), repeat(posterior.model.source.file), range(len(_parts(posterior)))))


def _warm_up_part(folder: str, model_file: tuple[str, str] | None, number: int) -> None:
    _, posterior, _ = read_run(Path(folder), model_file)
    with _uncollected():
        _parts(posterior)[number]()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave garbage for later: a compiler makes so many objects that looking for it takes a tenth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _parts(posterior: Posterior) -> list[Callable[[], None]]:
    """Calls that have little compiled code in common, those first that take longest: a model's own moves come last in its mixture."""
    moves = [move for move, _ in reversed(moves_of(posterior))]
    kinds = ([move for move in moves if type(move) is kind] for kind in dict.fromkeys(map(type, moves)))
    return [partial(_evaluate, posterior), *(partial(_propose, posterior, some) for some in kinds), partial(_accept, posterior)]


def _draws(posterior: Posterior) -> Array:
    return posterior.prior.sample(_WALKERS, np.random.default_rng(0))


def _evaluate(posterior: Posterior) -> None:
    posterior.evaluate(_draws(posterior))
    posterior.observables(posterior.points(_draws(posterior)))


def _propose(posterior: Posterior, moves: list[ArrayMove]) -> None:
    first, second = np.split(_draws(posterior), 2)
    for move in moves:
        move.get_proposal(first, second, 0)


def _accept(posterior: Posterior) -> None:
    width, combine = Evaluation.width(len(posterior.term_names)), log_density(PRIOR, posterior.likelihood.signals)
    dimension, random = posterior.dimension, np.random.RandomState(0)
    sampler = ArraySampler(_WALKERS, dimension, lambda z: np.zeros((len(z), width)), combine, [(_Stay(), 1.0)], random)
    for _ in sampler.sample(State(_draws(posterior)), iterations=1, store=False, skip_initial_state_check=True):
        pass


class _Stay(ArrayMove):
    """No move."""

    @override
    def get_proposal(self, sample: Array, complement: Array, seed: int) -> Proposal:
        return sample.copy(), np.zeros(len(sample))
