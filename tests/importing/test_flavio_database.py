"""Measurements of flavio's database, and what the loader makes of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.importing.distributions import TOLERANCE
from lqbayes.importing.flavio_database import FlavioDatabase, Observable
from lqbayes.importing.measurement_file import Imported, measurement_file
from lqbayes.input.errors import InputError
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model
from lqbayes.model import Observable as Predicted


def loaded(imported: list[Imported], database: FlavioDatabase, path: Path) -> Likelihood:
    """What a user of the file gets."""
    path.write_text(measurement_file(imported, database.origin, "title", str(path)), encoding="utf-8")
    units = {name: entry.unit for entry in imported for name in entry.observables}
    model = Model("own", "", (), tuple(Predicted(*pair) for pair in units.items()), predict=lambda points: points)
    return Likelihood(load_likelihood_set(path, model), model)


def test_names() -> None:
    for there, here in (
        ("BR(Bs->mumu)", "BR_Bs_mumu"),
        ("<dBR/dq2>(B0->K*mumu)", "dBR_dq2_B0_Kstmumu"),
        (("<Rmue>(B+->Kll)", 1.1, 6), "Rmue_Bp_Kll_1p1_6"),
        ("CR(mu->e, Au)", "CR_mu_e_Au"),
        ("tau_B+/tau_Bd", "tau_Bp_tau_Bd"),
    ):
        assert Observable.of(there).identifier == here


def test_units() -> None:
    units = {"DeltaM_s": "GeV", "DeltaM_d/DeltaM_s": "1", "<dBR/dq2>(B0->Kmumu)": "GeV^-2", "tau_B+/tau_Bd": "1", "tau_mumu": "GeV^-1"}
    assert {name: Observable(name, ()).unit for name in units} == units


def test_file(small: FlavioDatabase, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    selection = small.select(["MEG 2016", "fit"], renamed={"BR(mu->egamma)": "mine", "R_Dst": "RDst"})
    found = loaded(selection.imported, small, path)
    limit, fit = found.settings.measurements
    assert (limit.observables, limit.texts()) == (("mine",), ("< 4.2e-13 (90 % CL)",))
    assert list(fit.observables) == ["R_D", "RDst"] and fit.correlations[0][1] == 0.5
    assert limit.source == "'MEG 2016' of flavio 0.0: LHCb, INSPIRE Key:2021abc"
    text = path.read_text(encoding="utf-8")
    digest = hashlib.sha256(b"numbers").hexdigest()
    assert f" on {date.today()} from flavio 0.0, measurements.yml, sha256 {digest}." in text.split("\n")[0]
    assert "#   mine: BR(mu->egamma) [1]\n" in text and "# remark\n" in text
    assert digest in found.settings.description


def test_one_observable_of_a_fit(small: FlavioDatabase) -> None:
    (entry,) = small.select(["fit"], only=["R(D*)"]).imported
    assert (entry.table["observable"], entry.table["value"], entry.table["error"]) == ("R_Dst", 3.0, 0.2)


def test_overlapping_bins_count_once(small: FlavioDatabase) -> None:
    with pytest.raises(InputError) as caught:
        small.select(["bins", "nonsense"])
    found = [str(problem) for problem in caught.value.problems]
    assert len(found) == 3 and sum("overlap" in text for text in found) == 2 and "no measurement 'nonsense'" in found[2]
    assert len(small.select(["bins"], only=["dBR_dq2_B0_Kmumu_0p1_2", "<dBR/dq2>(B0->Kmumu)(2, 4)"]).imported) == 2


def test_what_is_left_out_says_why(small: FlavioDatabase) -> None:
    selection = small.select(["ranges"])
    assert len(selection.imported) == 1 and "UniformDistribution" in selection.left_out[0]
    with pytest.raises(InputError, match="different units"):
        small.select(["pole"])
    with pytest.raises(InputError, match="--only.*'z'.*\n.*--as.*'w'"):
        small.select(["ranges"], only=["z"], renamed={"w": "v"})


def test_a_model_is_asked_for_its_observables(small: FlavioDatabase) -> None:
    imported = small.select(["MEG 2016"]).imported
    with pytest.raises(InputError, match="there is no observable 'BR_mu_egamma'"):
        measurement_file(imported, small.origin, "title", "place", Model("other", "", (), (Predicted("x"),), predict=lambda points: points))


def _theirs(distribution: Any, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-density of flavio over that of the best."""
    if hasattr(distribution, "xi"):
        best = distribution.logpdf_interp.values.max()
    else:
        best = np.max(distribution.logpdf(getattr(distribution, "x", distribution.central_value)))
    return np.asarray(distribution.logpdf(points) - best)


def _points(distribution: Any, entry: Imported, rng: np.random.Generator) -> tuple[NDArray[np.float64], float]:
    """Points of a distribution that lie in the range of its form, and to what the two must agree: the second where a table is a line."""
    count = len(entry.observables)
    if "grid" in entry.table and count == 2:
        return np.column_stack([rng.uniform(axis[0], axis[-1], 50) for axis in entry.table["grid"]]), 1e-10
    if count > 1:
        return distribution.central_value + distribution.err * rng.standard_normal((50, count)), 1e-10
    if "grid" in entry.table:
        x = np.array(entry.table["grid"][0])
        return x[:, None], 1e-10
    # In flavio, limits and counts are of what is never negative: the density is 0 below.
    low, high = distribution.support
    return np.linspace(max(low, 0) if entry.table["form"] in ("upper-limit", "gamma") else low, high, 40)[:, None], 1e-10


def test_whole_database(database: FlavioDatabase, tmp_path: Path) -> None:
    """Nearly all entries load, and their log-likelihoods are those of flavio: to 1e-10, but for the lines between the points of a table."""
    rng = np.random.default_rng(1)
    forms: Counter[str] = Counter()
    left_out = []
    for name, found in database.measurements.items():
        for distribution, observables in found._constraints:
            try:
                (entry,) = database.select([name], only=[str(Observable.of(o)) for o in observables]).imported
            except InputError as error:
                left_out.append(str(error))
                continue
            forms[entry.table["form"]] += 1
            likelihood = loaded([entry], database, tmp_path / "one.toml")
            points, tolerance = _points(distribution, entry, rng)
            theirs = _theirs(distribution, points if len(observables) > 1 else points[:, 0])
            ours = likelihood.log_terms(points)[:, 0]
            assert np.all(np.abs(ours - theirs) <= tolerance * np.maximum(1, np.abs(theirs))), (name, observables)
            if "grid" in entry.table and len(observables) == 1:
                between = (points[1:] + points[:-1]) / 2
                theirs = _theirs(distribution, between[:, 0])
                assert np.all(np.abs(likelihood.log_terms(between)[:, 0] - theirs) <= 1.05 * TOLERANCE * (1 + np.abs(theirs))), (
                    name,
                    observables,
                )
    print(dict(forms), left_out)  # with -s: what the entries became
    assert sum(forms.values()) >= 0.95 * (sum(forms.values()) + len(left_out)) and sum(forms.values()) > 1500
    assert all("different units" in reason or "would count twice" in reason for reason in left_out)


def test_names_differ_in_the_whole_database(database: FlavioDatabase) -> None:
    observables = {str(o): o for m in database.measurements.values() for _, found in m._constraints for o in map(Observable.of, found)}
    assert len({o.identifier for o in observables.values()}) == len(observables) > 900


def test_the_largest_measurements_fit_into_a_file(database: FlavioDatabase, tmp_path: Path) -> None:
    for name in ("CMS pp->ee 2021", "CMS pp->enu 2022", "LHCb Bs->mumu 2021"):
        selection = database.select([name])
        assert not selection.left_out
        assert len(loaded(selection.imported, database, tmp_path / "large.toml").term_names) == len(
            database.measurements[name]._constraints
        )
    assert "LHCb B0->Kmumu BR 2014 | LHCb | Aaij:2014pli | <dBR/dq2>(B0->Kmumu)" in database.lines()
