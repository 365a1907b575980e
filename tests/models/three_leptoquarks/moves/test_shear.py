"""The shear keeps the couplings of the down quark, and its factor is the Jacobian."""

from __future__ import annotations

import math

import numpy as np
import pytest
from invariance import couplings, posterior
from jacobian import log_determinant

from lqbayes.models.three_leptoquarks.moves.shear import ShearMove
from lqbayes.prior.prior import Prior


def test_keeps_the_couplings_of_the_down_quark() -> None:
    z = posterior().prior.sample(6000, np.random.default_rng(1))
    proposal, factor = ShearMove(posterior().prior.table).get_proposal(z[:3000], z[3000:], 1)
    done = np.isfinite(factor)
    assert np.sum(done) > 500
    old, terms = couplings(posterior().points(z[:3000][done]).astype(np.longdouble))
    new, terms_new = couplings(posterior().points(proposal[done]).astype(np.longdouble))
    deviation = np.abs(new[:, 0] - old[:, 0]) / np.maximum(terms, terms_new)[:, 0]
    # A small entry that follows from large ones loses digits, at the worst as many as the range has powers of ten.
    assert np.median(deviation) < 1e-13
    assert np.max(deviation) < 1e-7
    others = np.abs(new[:, 1:] - old[:, 1:]) / np.maximum(terms, terms_new)[:, 1:]
    assert np.median(np.max(others, axis=(1, 2))) > 1e-6
    moved = np.array(posterior().coordinate_names)[np.any(z[:3000][done] != proposal[done], axis=0)]
    assert sorted(moved) == [f"f_{i}{j}" for i in (1, 2, 3) for j in (1, 2, 3)]


def test_factor_is_the_jacobian() -> None:
    move = ShearMove(posterior().prior.table)
    z = posterior().prior.sample(400, np.random.default_rng(2))
    columns = [k for k, name in enumerate(posterior().coordinate_names) if name.startswith("f_")]
    compared = tried = 0
    for seed, row in enumerate(z):
        factor = move.get_proposal(row[None], z, seed)[1]
        if not math.isfinite(factor[0]):
            continue
        tried += 1
        found = log_determinant(lambda y, seed=seed: move.get_proposal(y[None], z, seed)[0][0], row, columns, [])
        if found is not None:
            compared += 1
            assert found == pytest.approx(factor[0], abs=1e-4)
    assert compared > 60
    assert compared > 0.8 * tried


def test_applies_only_to_both_signs() -> None:
    assert ShearMove.applies(posterior().prior.table)
    assert not ShearMove.applies(Prior.load("paper-positive").table)
