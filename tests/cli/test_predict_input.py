"""Files of points that are something else: each mistake is named, and the work they make is bounded."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest

from lqbayes.input.errors import InputError
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.points_file import MAXIMUM_BYTES, MAXIMUM_BYTES_TOML, parse_points, read_points, read_points_stream


@pytest.mark.parametrize(
    "text, expected",
    [
        ("[NaN]", "[1]: must be an object of parameters, not nan"),
        ("[Infinity, NaN]", "[1]: must be an object of parameters, not inf"),
        ("[null]", "[1]: must be an object of parameters, not None"),
        ('[[{"M_LQ": 1}]]', "[1]: is a list inside the list of points"),
        ('{"M_LQ": [NaN]}', "M_LQ: must be a number, not the list [nan]"),
        ('{"M_LQ": [[1, 2]]}', "M_LQ: must be a number, not the list [[1, 2]]"),
        ("[" * 100_000, "brackets are nested too deeply"),
        ("point = " + "[" * 5000, "brackets are nested too deeply"),
        ("[" + "9" * 10_000 + "]", "a number has too many digits"),
        ("a = " + "9" * 10_000, "a number has too many digits"),
        ('{"M_LQ": 1, "M_LQ": 2}', "stands more than once"),
        ('{"\\u001b[2J": 1}', "\\u001b[2J"),
        ("[" + "1," * 50_000 + "1]", "perhaps more mistakes"),
    ],
    ids=lambda text: text[:20],
)
def test_message(text: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_points(text.encode(), "points", PAPER)
    assert expected in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert len(caught.value.problems) < 200


def test_ten_thousand_unknown_names_cost_no_time() -> None:
    text = json.dumps({f"name_{k}": 1.0 for k in range(100_000)})
    started = time.process_time()
    with pytest.raises(InputError):
        parse_points(text.encode(), "points.json", PAPER)
    assert time.process_time() - started < 5


def test_sizes_are_limited(tmp_path: Path) -> None:
    # The file has no contents, only a length: reading it whole would show.
    large = tmp_path / "points.json"
    with large.open("wb") as stream:
        stream.truncate(10**12)
    with pytest.raises(InputError, match="is larger than 20 MB"):
        read_points(large, PAPER)
    stream_of_zeros = io.BytesIO(b" " * (MAXIMUM_BYTES + 10))
    with pytest.raises(InputError, match="is larger than 20 MB"):
        read_points_stream(stream_of_zeros, "standard input", PAPER)
    assert stream_of_zeros.tell() == MAXIMUM_BYTES + 1
    with pytest.raises(InputError, match="is larger than 2 MB; write JSON"):
        parse_points(b"#" * (MAXIMUM_BYTES_TOML + 1), "points.toml", PAPER)


def test_a_large_file_of_good_points_is_read(point: dict[str, float]) -> None:
    many = [point] * 2000
    one = parse_points(json.dumps([point]).encode(), "points.json", PAPER)
    assert parse_points(json.dumps(many).encode(), "points.json", PAPER) == one * 2000
