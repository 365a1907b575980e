"""Unit conversion."""

from __future__ import annotations

import math

import pytest

from lqbayes.input.errors import LqbayesError, UnitError
from lqbayes.input.units import HBAR, UNITS, conversion_factor


@pytest.mark.parametrize(
    ("from_unit", "to_unit", "factor"),
    [
        ("eV", "GeV", 1e-9),
        ("keV", "GeV", 1e-6),
        ("MeV", "GeV", 1e-3),
        ("TeV", "GeV", 1e3),
        ("GeV", "eV", 1e9),
        ("deg", "rad", math.pi / 180),
    ],
)
def test_known_factors(from_unit: str, to_unit: str, factor: float) -> None:
    assert conversion_factor(from_unit, to_unit) == factor


def test_inverse_picosecond_is_the_published_energy() -> None:
    assert pytest.approx(6.582119569e-25, rel=1e-9) == HBAR
    # The measured mass differences of the Bs and the K0 in both units.
    assert 17.757 * conversion_factor("ps^-1", "GeV") == pytest.approx(1.1688e-11, rel=1e-4)
    assert 0.005293 * conversion_factor("ps^-1", "GeV") == pytest.approx(3.484e-15, rel=1e-4)


@pytest.mark.parametrize(("usual", "other", "factor"), [("ps^-1", "1/ps", 1.0), ("1", "%", 0.01)])
def test_other_ways_of_writing_a_unit(usual: str, other: str, factor: float) -> None:
    assert conversion_factor(other, usual) == factor


@pytest.mark.parametrize(
    ("unit", "named"), [("ps^\u22121", "'\u2212', U\\+2212 MINUS SIGN"), ("G\u00a0eV", "it has U\\+00A0 NO-BREAK SPACE")]
)
def test_a_character_of_no_keyboard_is_named(unit: str, named: str) -> None:
    with pytest.raises(UnitError, match=named):
        conversion_factor(unit, "GeV")


@pytest.mark.parametrize("unit", UNITS)
def test_same_unit_changes_nothing(unit: str) -> None:
    assert conversion_factor(unit, unit) == 1.0


def test_unknown_unit_is_named_with_advice() -> None:
    with pytest.raises(UnitError, match=r"unknown unit 'Gev'; did you mean 'GeV'\?"):
        conversion_factor("Gev", "GeV")
    with pytest.raises(UnitError, match=r"unknown unit 'ps-1'; did you mean 'ps\^-1'\?"):
        conversion_factor("GeV", "ps-1")


def test_other_kind_of_unit_is_refused_with_the_fitting_ones() -> None:
    with pytest.raises(LqbayesError, match=r"'deg' is a unit of angle.*energy.*; choose from: eV, keV, MeV, GeV, TeV, ps\^-1"):
        conversion_factor("deg", "GeV")
    with pytest.raises(UnitError, match="squared energy"):
        conversion_factor("eV", "eV^2")
