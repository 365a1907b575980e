from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lqbayes.report.comparison import comparison_report
from lqbayes.report.comparison_page import write_comparison_page
from lqbayes.results.summary import Summary


def test_page_holds_both_runs_with_their_draws_and_needs_nothing_else(make_run: Callable[..., Any], tmp_path: Path) -> None:
    runs = [make_run(name, walkers=40) for name in ("first", "<b>second")]
    runs[1].path = runs[1].path.parent / "<b>second"
    halves = [np.concatenate([z[:, z[0, :, 0] > np.median(z[0, :, 0])]] * 2, axis=1) for z in runs[1].positions]
    runs[1].replace_draws(halves)
    summaries = [Summary.of(run) for run in runs]
    path = write_comparison_page(runs, summaries, comparison_report(summaries), tmp_path / "both.html", groups=["mixing"])
    page = path.read_text(encoding="utf-8")
    assert page.count("<img ") == 1
    assert "data-panels=" in page
    assert "<b>" not in page
    assert re.search(r"url\(|@import|src=\"(?!data:)|<link[^>]*href=\"(?!data:)", page) is None
    first, second = json.loads(page.partition('id="draws">')[2].partition("</script>")[0])
    assert (first["name"], second["name"]) == ("first", "<b>second")
    assert first["count"] == second["count"] == 720
    assert "log10_M_LQ" in first["quantities"]
    for text in ("first: median", "shift", "same seed", "ln of the Bayes factor"):
        assert text in page, text
    panels = json.loads(page.partition('data-panels="')[2].partition('"')[0].replace("&#34;", '"'))
    assert len(panels) == 10
    for (left, top, width, height), (name, low, high), _ in panels:
        assert 0 < left < left + width < 1
        assert 0 < top < top + height < 1
        assert low < high
        assert name in first["quantities"]
