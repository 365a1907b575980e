from __future__ import annotations

import numpy as np
import pytest

from lqbayes.export.selection import select
from lqbayes.storage.run import Run


@pytest.mark.parametrize(("draws", "every"), [(0, 1), (10_000, 1), (600, 1), (599, 2), (60, 10), (1, 200)])
def test_as_many_draws_as_asked_at_the_most(run: Run, draws: int, every: int) -> None:
    selection = select(run, draws)
    _, steps, walkers = run.draws().shape
    assert (steps, walkers, selection.every) == (3, 200, every)
    assert selection.draws == 3 * -(-200 // every)
    assert draws in {0, 1} or selection.draws <= draws
    density = run.log_density()
    np.testing.assert_array_equal(selection.flat(density), density[:, :, ::every].reshape(2, -1))
