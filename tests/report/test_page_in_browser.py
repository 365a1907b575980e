"""The page in a real browser, where there is one."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.parametrize("width", [375, 1280])
def test_images_load_and_nothing_sticks_out(page: Path, width: int) -> None:
    frame = page.with_name(f"frame-{width}.html")
    frame.write_text(_FRAME.format(width=width), encoding="utf-8")
    done = run_browser(page.parent, "--virtual-time-budget=10000", f"--window-size={max(width, 800)},1000", "--dump-dom", frame.as_uri())
    match = re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL)
    assert match is not None, done.stderr[-2000:]
    found = json.loads(html.unescape(match[1]))
    assert width - 20 <= found["visible"] <= width
    assert found["needed"] <= found["visible"]
    assert found["wide"] == []
    assert all(found["boxes"])
    assert len(found["images"]) == 5
    assert all(complete and natural > 0 for complete, natural in found["images"])
    assert found["banner"] == "block"


def test_console_is_silent_and_a_screenshot_shows_the_banner(page: Path) -> None:
    picture = page.with_name("page.png")
    done = run_browser(page.parent, "--window-size=1280,900", f"--screenshot={picture}", page.as_uri())
    assert "CONSOLE" not in done.stderr
    from matplotlib.image import imread

    pixels = imread(picture)[..., :3]
    red = (pixels[..., 0] > 0.6) & (pixels[..., 1:].max(axis=-1) < 0.1)
    assert red.sum() > 10_000
