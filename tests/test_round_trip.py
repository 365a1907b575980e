"""What a run directory writes out is read in again: equal, and through the same checks as any file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lqbayes.input.shipped import shipped_names
from lqbayes.likelihood.file import load_likelihood_set, model_of, parse_likelihood_set
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.prior.file import load_prior_set, parse_prior_set


def inline(value: Any) -> str:
    """TOML of a value, tables written inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {inline(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value)


def write(path: Path, data: dict[str, Any]) -> None:
    path.write_text("".join(f"{json.dumps(key)} = {inline(value)}\n" for key, value in data.items()), encoding="utf-8")


@pytest.mark.parametrize("name", shipped_names("priors", PAPER.name))
def test_priors(name: str, tmp_path: Path) -> None:
    priors = load_prior_set(name, PAPER)
    write(tmp_path / "copy.toml", priors.to_dict())
    again = load_prior_set(tmp_path / "copy.toml", PAPER)
    assert again == priors
    assert again.name == name
    assert again.to_dict() == priors.to_dict()


@pytest.mark.parametrize("name", shipped_names("likelihoods", PAPER.name))
@pytest.mark.parametrize("hard", [False, True])
def test_measurements(name: str, hard: bool, tmp_path: Path) -> None:
    model = model_of(name, PAPER)
    likelihood = load_likelihood_set(name, model)
    if hard:
        likelihood = likelihood.with_hard_limits()
    write(tmp_path / "copy.toml", likelihood.to_dict())
    again = load_likelihood_set(tmp_path / "copy.toml", model)
    assert again == likelihood
    assert again.to_dict() == likelihood.to_dict()


def test_converted_numbers_are_converted_once() -> None:
    data = {
        "title": "x",
        "data": {"a": "x", "b": "y", "c": "z"},
        "measurement": [
            {
                "name": "one",
                "observable": "dm_Bs",
                "form": "split-normal",
                "value": 17.7,
                "plus": {"s": 0.1, "t": 0.3},
                "minus": 0.7,
                "unit": "ps^-1",
                "cut": 3,
                "source": "x",
                "data": ["a"],
            },
            {
                "name": "two",
                "observables": ["dm_K", "dm_D"],
                "form": "correlated-gaussian",
                "values": [0.1, 0.7],
                "errors": [0.3, {"s": 0.1}],
                "correlation": [[1, 0.1], [0.1, 1]],
                "unit": "ps^-1",
                "source": "x",
                "data": ["b"],
                "includes": ["dm_Bd"],
            },
            {
                "name": "three",
                "observable": "dm_D",
                "form": "hard-bound",
                "lower": -0.3,
                "upper": 0.7,
                "modulus": True,
                "unit": "eV",
                "source": "x",
                "data": ["c"],
            },
        ],
    }
    likelihood = parse_likelihood_set(data, "mine.toml", PAPER)
    assert parse_likelihood_set(likelihood.to_dict(), "run.toml", PAPER) == likelihood


def test_priors_in_other_units_and_forms() -> None:
    data = load_prior_set("paper", PAPER).to_dict()
    data["parameters"]["M_LQ"] = {"distribution": "uniform", "range": [1.1, 5.3], "unit": "TeV", "source": "x"}
    data["parameters"]["f_11"] = {"distribution": "uniform", "range": [0, 0.3], "sign": "negative", "source": "x"}
    data["parameters"]["alpha_1"] = {"distribution": "normal", "value": 1.1, "error": 0.7, "unit": "deg", "source": "x"}
    data["parameters"]["delta_CP"] = {"distribution": "fixed", "value": 197.3, "unit": "deg", "source": "x"}
    priors = parse_prior_set(data, "mine.toml", PAPER)
    assert parse_prior_set(priors.to_dict(), "run.toml", PAPER) == priors
