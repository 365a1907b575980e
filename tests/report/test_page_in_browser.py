"""The page in a real browser, where there is one."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lqbayes.points_file import parse_points
from lqbayes.quantities import quantities
from lqbayes.report.page import write_page

_BROWSER = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(_BROWSER is None, reason="chromium is not installed")

# A browser window cannot be narrower than some 500 pixels, a frame can.
_FRAME = """<!DOCTYPE html><body style="margin:0"><iframe id="f" src="report.html" style="border:0;width:{width}px;height:900px"></iframe>
<pre id="found"></pre><script>
window.addEventListener("load", () => {{
  const d = document.getElementById("f").contentDocument, root = d.documentElement;
  const sticksOut = e => e.getBoundingClientRect().right > root.clientWidth + 1;
  const wide = [...d.querySelectorAll("body *")].filter(e => !e.closest(".box, pre") && sticksOut(e));
  document.getElementById("found").textContent = JSON.stringify({{
    visible: root.clientWidth, needed: root.scrollWidth, wide: wide.map(e => e.tagName + "." + e.className),
    images: [...d.images].map(i => [i.complete, i.naturalWidth]), banner: getComputedStyle(d.querySelector(".state")).display,
    boxes: [...d.querySelectorAll(".box, pre")].map(b => !sticksOut(b)),
  }});
}});
</script>"""


# What a reader does, and what the page then shows.
_READER = """<!DOCTYPE html><body style="margin:0"><iframe id="f" src="report.html" style="border:0;width:1280px;height:900px"></iframe>
<pre id="found"></pre><script>
const found = {};
addEventListener("load", async () => {
  const frame = document.getElementById("f").contentWindow, d = frame.document, root = d.documentElement;
  const wait = () => new Promise(done => setTimeout(done, 100));
  try {
    const style = e => frame.getComputedStyle(e);
    const look = () => [style(root).colorScheme, style(d.body).backgroundColor, style(d.images[0]).filter];
    d.getElementById("theme").click(); found.dark = look();
    d.getElementById("theme").click(); found.light = look();

    const table = [...d.querySelectorAll("table.sortable")].find(t => t.caption.textContent.includes("credible intervals: observables"));
    const column = k => [...table.tBodies[0].rows].filter(r => !r.hidden).map(r => r.cells[k].textContent);
    const head = [...table.tHead.rows[0].cells].findIndex(c => c.textContent === "ESS");
    found.unsorted = column(head);
    table.tHead.rows[0].cells[head].querySelector("button").click(); found.sorted = column(head);
    found.aria = table.tHead.rows[0].cells[head].ariaSort;
    const filter = table.caption.querySelector("input");
    filter.value = "branching tau"; filter.dispatchEvent(new frame.Event("input")); found.filtered = column(0);

    const [strip, next] = d.querySelectorAll("svg.strip"), bar = d.getElementById("bar");
    const said = () => [bar.hidden, d.getElementById("status").textContent];
    const send = (element, type) => { element.dispatchEvent(new frame.PointerEvent(type)); return said(); };
    found.intervals = [strip.ariaLabel, next.ariaLabel];
    found.pointed = [send(strip, "pointerenter"), send(strip, "pointerleave")];
    next.focus(); found.focused = said(); next.blur(); found.blurred = said();

    const box = [...d.querySelectorAll("[data-panels]")].pop(), canvas = box.querySelector("canvas");
    const panels = JSON.parse(box.dataset.panels);
    const [place, across, up] = panels.find(p => p[2]);
    const fire = (type, u, v, more) => {
      const r = canvas.getBoundingClientRect();
      const x = r.left + (place[0] + u * place[2]) * r.width, y = r.top + (place[1] + v * place[3]) * r.height;
      canvas.dispatchEvent(new frame.PointerEvent(type, { clientX: x, clientY: y, bubbles: true, button: 0, ...more }));
    };
    const pixels = canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const painted = canvas => pixels(canvas).filter((x, k) => k % 4 === 3 && x).length;
    const others = [...d.querySelectorAll("canvas")]; // every other plot is to follow
    box.scrollIntoView(); await wait();
    fire("pointerdown", .25, .75); fire("pointermove", .5, .5); fire("pointermove", .75, .25); fire("pointerup", .75, .25);
    await wait();
    const status = () => d.getElementById("status").textContent;
    found.brush = { across, up, status: status(), chosen: d.querySelector("svg.strip .chosen").getAttribute("visibility") };
    found.painted = [];
    for (const other of others) {
      other.scrollIntoView(); frame.dispatchEvent(new frame.Event("scroll")); await wait();
      found.painted.push(painted(other));
    }
    box.scrollIntoView(); canvas.focus(); await wait();
    const first = pixels(canvas), k = first.findIndex((x, k) => k % 4 === 3 && x === 255);
    found.colour = [...first.slice(k - 3, k)];
    const key = name => canvas.dispatchEvent(new frame.KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
    key("ArrowRight"); key("ArrowRight"); key("c"); await wait();
    found.copied = d.getElementById("copied").value;
    key("Escape"); await wait();
    found.cleared = [d.getElementById("bar").hidden, painted(canvas)];
    const form = d.getElementById("ranges"), [low, high] = form.querySelectorAll("input");
    form.querySelector("select").value = across[0]; low.value = across[1]; high.value = (across[1] + across[2]) / 2;
    form.requestSubmit(); await wait();
    found.range = status();
  } catch (error) { found.error = String(error.stack); }
  document.getElementById("found").textContent = JSON.stringify(found);
});
</script>"""


def run_browser(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--allow-file-access-from-files"]
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [str(_BROWSER), *options, profile, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


@pytest.fixture(scope="module")
def page(unconverged: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    shutil.copy(write_page(unconverged, groups=["mixing", "phases"]), folder / "report.html")
    return folder / "report.html"


def found_by(page: Path, harness: str, width: int) -> Any:
    """What a page around the page writes into itself."""
    frame = page.with_name(f"frame-{width}-{len(harness)}.html")
    frame.write_text(harness, encoding="utf-8")
    done = run_browser(page.parent, "--virtual-time-budget=10000", f"--window-size={max(width, 800)},1000", "--dump-dom", frame.as_uri())
    match = re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL)
    assert match is not None, done.stderr[-2000:]
    return json.loads(html.unescape(match[1]))


def test_a_reader_brushes_steps_copies_sorts_filters_and_turns_on_the_light(page: Path, unconverged: Any) -> None:
    found = found_by(page, _READER, 1280)
    assert "error" not in found, found["error"]
    assert found["dark"] == ["dark", "rgb(23, 25, 28)", "invert(1) hue-rotate(180deg) brightness(1.1)"]
    assert found["light"] == ["light", "rgb(255, 255, 255)", "none"]
    assert found["sorted"] == sorted(found["unsorted"], key=lambda text: float(text or "-inf")) != found["unsorted"]
    assert found["aria"] == "ascending"
    assert found["filtered"] and all("tau" in name for name in found["filtered"])

    first, second = found["intervals"]
    assert "; 68 % " in first and found["pointed"] == [[False, first], [True, ""]]
    assert found["focused"] == [False, second] and found["blurred"] == [True, ""]

    def values(name: str) -> Any:
        quantity = {q.name: q for q in quantities(unconverged.posterior_target, logarithms=True)}[name]
        return unconverged.draws().values(quantity).ravel()

    inside = np.ones(900, dtype=bool)
    for name, low, high in (found["brush"]["across"], found["brush"]["up"]):
        inside &= np.abs(values(name) - (low + high) / 2) < (high - low) / 4
    chosen = re.match(r"(\d+) of 900 draws chosen", found["brush"]["status"])
    assert chosen is not None
    assert int(chosen[1]) == pytest.approx(inside.sum(), abs=0.02 * 900)  # the pointer stands on whole pixels
    assert found["brush"]["chosen"] == "visible"
    assert found["colour"] == [0xB3, 0x00, 0x6B]  # the accent of the light page
    assert len(found["painted"]) == 2
    assert min(found["painted"]) > 100
    assert found["cleared"] == [True, 0]
    name, low, high = found["brush"]["across"]
    assert found["range"].startswith(f"{np.sum((values(name) >= low) & (values(name) <= (low + high) / 2))} of 900 draws chosen")
    # The point is one that `lqbayes predict` reads, and the draw itself.
    (point,) = parse_points(found["copied"].encode(), "point.json", unconverged.posterior_target.model)
    copied = np.array([point[name] for name in unconverged.posterior_target.model.parameter_names])
    assert np.any(np.all(unconverged.draws().points.reshape(900, -1) == copied, axis=1))


def test_without_script_everything_is_there(page: Path) -> None:
    silent = page.with_name("silent.html")
    silent.write_text(page.read_text(encoding="utf-8").replace("script-src 'sha256-", "script-src 'sha256-0"), encoding="utf-8")
    done = run_browser(page.parent, "--dump-dom", silent.as_uri())
    assert 'id="theme"' not in done.stdout  # the script was refused
    assert done.stdout.count("<img ") == 5
    assert done.stdout.count("<canvas") == 0
    assert "Equal-tailed credible intervals: parameters" in done.stdout


@pytest.mark.parametrize("width", [375, 1280])
def test_images_load_and_nothing_sticks_out(page: Path, width: int) -> None:
    found = found_by(page, _FRAME.format(width=width), width)
    assert width - 20 <= found["visible"] <= width
    assert found["needed"] <= found["visible"]
    assert found["wide"] == []
    assert all(found["boxes"])
    assert len(found["images"]) == 5
    assert all(complete and natural > 0 for complete, natural in found["images"])
    assert found["banner"] == "block"


def test_printed_it_has_pages_and_the_verdict(page: Path) -> None:
    printed = page.with_name("page.pdf")
    run_browser(page.parent, f"--print-to-pdf={printed}", page.as_uri())
    raw = printed.read_bytes()
    assert raw.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", raw)) > 1
    reader = shutil.which("pdftotext")
    if reader is None:
        assert len(raw) > 20_000  # its images, at the least
        return
    text = subprocess.run([reader, str(printed), "-"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert "NOT CONVERGED" in text


def test_console_is_silent_and_a_screenshot_shows_the_banner(page: Path) -> None:
    picture = page.with_name("page.png")
    done = run_browser(page.parent, "--window-size=1280,900", f"--screenshot={picture}", page.as_uri())
    assert "CONSOLE" not in done.stderr
    from matplotlib.image import imread

    pixels = imread(picture)[..., :3]
    red = (pixels[..., 0] > 0.6) & (pixels[..., 1:].max(axis=-1) < 0.1)
    assert red.sum() > 10_000
