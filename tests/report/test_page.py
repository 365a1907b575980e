from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.quantities import quantities
from lqbayes.report.page import write_page
from lqbayes.report.plots.style import DATA, DATA_LIMIT, INK, POSTERIOR
from lqbayes.report.reproduce import reproduction
from lqbayes.report.strips import headline_strips
from lqbayes.report.table import linked
from lqbayes.results.measured import pulls
from lqbayes.results.summary import Summary


class Outline(HTMLParser):
    """Tags with their attributes, in order, and the text of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(unconverged: Any) -> str:
    return write_page(unconverged, groups=["mixing"]).read_text(encoding="utf-8")


def test_page_is_well_formed_and_holds_everything_itself(page: str) -> None:
    outline = Outline(page)
    assert outline.open == []
    assert [attributes.get("type") for attributes in outline.all("script")] == ["application/json", None]
    assert all(not str(a.get("href")).startswith("http") for a in outline.all("link"))
    assert "http" not in page.split("<script>")[1]  # the script fetches nothing
    images = outline.all("img")
    assert len(images) == 4
    for image in images:
        assert image["alt"]
        prefix, data = str(image["src"]).split(",")
        assert prefix == "data:image/png;base64"
        png = base64.b64decode(data)
        assert png.startswith(b"\x89PNG")
        assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (int(str(image["width"])), int(str(image["height"])))
    ids = [str(attributes["id"]) for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in outline.all("a"):
        target = str(link["href"])
        assert target.startswith("https://arxiv.org/abs/") or target.removeprefix("#") in ids
    assert re.search(r"url\(|@import|src=\"(?!data:)", page) is None


def test_a_browser_runs_the_one_script_that_the_page_names(page: str) -> None:
    script = page.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'\"" in page


def test_embedded_draws_are_draws_of_the_run(page: str, unconverged: Any) -> None:
    (embedded,) = json.loads(page.partition('id="draws">')[2].partition("</script>")[0])
    draws, model, count = unconverged.draws(), unconverged.posterior_target.model, embedded["count"]
    assert count == 900  # all of them
    points = np.frombuffer(base64.b64decode(embedded["points"]), "<f8").reshape(-1, count)
    predictions = np.frombuffer(base64.b64decode(embedded["predictions"]), "<f4").reshape(-1, count)
    for name, values in zip(embedded["parameters"], points, strict=True):
        np.testing.assert_array_equal(values, draws.points[..., model.parameter_index[name]].ravel())
    np.testing.assert_allclose(predictions.T, draws.observables.reshape(count, -1), rtol=1e-6)
    assert set(embedded["parameters"]) | set(embedded["fixed"]) == set(model.parameter_names)
    for quantity in (q for q in quantities(unconverged.posterior_target, logarithms=True) if q.kind != "sign"):
        source, column, transform = embedded["quantities"][quantity.name]
        assert transform == quantity.transform
        names = embedded["parameters"] if source == "points" else model.observable_names
        assert names[column] == quantity.source


def test_headline_intervals_are_drawn_with_what_was_measured(unconverged: Any) -> None:
    summary = Summary.of(unconverged)
    strips = {strip.row.quantity.source: strip for strip in headline_strips(summary)}
    assert list(strips) == list(summary.configuration.model.headline)
    measured = strips["delta_a_mu"]
    assert measured.measured == ("(2.51 +- 0.59)e-09",)
    for x, place in zip((measured.row.median, *(measured.row.value(end) for end in ("low68", "high68"))), measured.posterior, strict=False):
        assert measured.low + place / 100 * (measured.high - measured.low) == pytest.approx(x, abs=1e-4 * (measured.high - measured.low))
    assert strips["BR_mu_egamma"].limits[0][1] == -1
    assert strips["M_LQ"].value is None


@pytest.mark.parametrize(("variable", "drawn"), [("posterior", POSTERIOR), ("data", DATA), ("limit", DATA_LIMIT), ("ink", INK)])
def test_colours_beside_the_plots_are_theirs_by_day_and_by_night(page: str, variable: str, drawn: str) -> None:
    """At night a filter makes other plots of those that are there (W3C Filter Effects: invert, hue-rotate, brightness; then screen)."""
    light, dark = re.findall(rf"--{variable}: light-dark\((#\w+), (#\w+)\)", page)[0]
    ground = re.findall(r"--ground: light-dark\(#\w+, (#\w+)\)", page)[0]
    (more,) = set(re.findall(r"filter: invert\(1\) hue-rotate\(180deg\) brightness\(([\d.]+)\); mix-blend-mode: screen", page))
    grey = np.array([0.213, 0.715, 0.072])
    turned = np.clip((2 * grey - np.eye(3)) @ (1 - rgb(drawn)), 0, 1)
    shown = 1 - (1 - np.clip(float(more) * turned, 0, 1)) * (1 - rgb(ground))
    if variable != "ink":  # which is a little darker on the page
        np.testing.assert_allclose(rgb(light), rgb(drawn), atol=1e-6)
    np.testing.assert_allclose(rgb(dark), shown, atol=0.012)


def rgb(colour: str) -> Any:
    digits = colour.lstrip("#")
    digits = "".join(digit * (2 if len(digits) == 3 else 1) for digit in digits)
    return np.array([int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)])


def test_sections_stand_in_order(page: str) -> None:
    order = ["state", "asked", "measurements", "diagnostics", "evidence", "intervals", "corners", "pulls", "reproduce"]
    assert [str(section["id"]) for section in Outline(page).all("section")] == order


def test_page_shows_settings_measurements_and_every_quantity(page: str, unconverged: Any) -> None:
    text = "".join(Outline(page).text)
    for needed in (
        unconverged.configuration.identity,
        "numpy 2.4.0",
        "2021-04-07T12:00:00+00:00",
        "0.846 +0.044 -0.0408",
        "(2.51 ± 0.59)e-09",
    ):
        assert needed in text, needed
    for q in unconverged.convergence().quantities:
        assert text.count(q.name) >= 2, q.name
    for measurement in unconverged.configuration.likelihood.measurements:
        assert measurement.source in text
    assert 'href="https://arxiv.org/abs/2104.03281"' in page


def test_only_an_unconverged_run_has_the_banner(page: str, converged: Any) -> None:
    assert page.count('role="alert"') == 1
    assert "<title>NOT CONVERGED: unconverged</title>" in page
    assert page.index('role="alert"') < page.index('id="asked"')
    other = write_page(converged, groups=["mixing"]).read_text(encoding="utf-8")
    assert 'role="alert"' not in other
    assert "NOT CONVERGED" not in other


def test_text_from_files_is_escaped(make_run: Callable[..., Any]) -> None:
    run = make_run("<b>bold & run", ensembles=2, steps=2)
    run.path = run.path.parent  # the name is only shown here
    evil = "<script>alert('1')</script>\"><img src=x onerror=alert(2)> arXiv:2104.03248"
    first, *rest = run.configuration.likelihood.measurements
    renamed = first.model_copy(update={"source": evil, "data": [evil]})
    asked = run.configuration
    parameters = tuple(dataclasses.replace(p, source=evil) for p in asked.prior.parameters)
    run.configuration = dataclasses.replace(
        asked,
        likelihood=dataclasses.replace(asked.likelihood, title=evil, description=evil, data={evil: evil}, measurements=(renamed, *rest)),
        prior=dataclasses.replace(asked.prior, title=evil, description=evil, parameters=parameters),
        versions={evil: evil},
    )
    page = write_page(run, groups=["mixing"]).read_text(encoding="utf-8")
    outline = Outline(page)
    assert [attributes.get("type") for attributes in outline.all("script")] == ["application/json", None]
    assert not outline.all("b")
    assert len(outline.all("img")) == 4
    assert page.count("<script") == 2
    assert evil in "".join(outline.text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("LHCb arXiv:2103.11769, so", "2103.11769"),
        ("FNAL (2104.03281) and", "2104.03281"),
        ("fit arXiv:2103.13370v1.", "2103.13370v1"),
        ("hep-ph/0406120", "hep-ph/0406120"),
        ("of arXiv:0908.2381, 90 % CL", "0908.2381"),
    ],
)
def test_references_become_links(text: str, number: str) -> None:
    found = re.findall(r'<a href="https://arxiv.org/abs/([^"]*)">', linked(text))
    assert found == [number]
    assert re.sub(r"<[^>]*>", "", linked(text)) == text


@pytest.mark.parametrize("text", ["1234.5678 GeV", "0.846", "2.1040324", "x2104.03248", "2104.032481234", "2113.12345"])
def test_other_numbers_stay_numbers(text: str) -> None:
    assert linked(text) == text


def test_predictions_agree_with_the_pulls_of_single_draws(unconverged: Any) -> None:
    terms = Summary.of(unconverged).terms
    likelihood = unconverged.posterior_target.likelihood
    flat = unconverged.draws().observables.reshape(-1, len(OBSERVABLE_INDEX))
    single = [pulls(likelihood, row) for row in flat]
    for k, term in enumerate(terms):
        assert term.measurement == likelihood.settings.measurements[k]
        sigmas = [row[k].sigmas for row in single]
        if term.pulls is None:
            assert sigmas == [None] * len(single)
            assert term.allowed == np.mean([row[k].allowed for row in single])
        elif np.isfinite(np.array(sigmas, dtype=float)).all():
            np.testing.assert_allclose(term.pulls, np.quantile(np.array(sigmas, dtype=float), (0.025, 0.16, 0.5, 0.84, 0.975)), rtol=1e-12)
    checked = next(term for term in terms if term.measurement.name == "BR_tau_mugamma").observables[0]
    x = flat[:, OBSERVABLE_INDEX["BR_tau_mugamma"]]
    assert (checked.mean, checked.spread, checked.median) == pytest.approx((x.mean(), x.std(), np.median(x)))


def test_command_for_shipped_files_and_script_for_others(make_run: Callable[..., Any]) -> None:
    run = make_run("again", ensembles=2, steps=2)
    language, command = reproduction(run)
    assert language == "shell"
    assert command.startswith("lqbayes sample --likelihood paper --prior paper --formulas paper --seed 3 --ensembles 2 --walkers 50 ")
    assert "--max-steps 2 " in command
    asked = run.configuration

    def with_likelihood(settings: Any) -> Any:
        run.configuration = dataclasses.replace(asked, likelihood=settings)
        return run

    assert "--hard-limits" in reproduction(with_likelihood(asked.likelihood.with_hard_limits()))[1]
    older = tuple(m.model_copy(update={"pdg": None}) for m in asked.likelihood.measurements)
    assert reproduction(with_likelihood(dataclasses.replace(asked.likelihood, measurements=older))) == (language, command)
    language, script = reproduction(with_likelihood(dataclasses.replace(asked.likelihood, measurements=asked.likelihood.measurements[1:])))
    assert language == "python"
    compile(script, "script", "exec")
    run.configuration = dataclasses.replace(asked, sampling=dataclasses.replace(asked.sampling, thin=7))
    assert "thin=7" in reproduction(run)[1]
