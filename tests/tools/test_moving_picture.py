"""The front page's moving picture: made from the tour's own pictures, with a line below each, and small."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.moving_picture import FRAMES, LINE, MAX_BYTES, WIDTH, Frame, PictureError, make

KEPT = Path(__file__).parents[2] / "docs" / "pictures" / "tour.gif"


def frames_of(picture: Path) -> list[tuple[int, int, int]]:
    """Width and height of the canvas and hundredths of a second, of each frame."""
    words = ["identify", "-format", "%W %H %T\n", str(picture)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return [(int(w), int(h), int(t)) for w, h, t in (line.split() for line in said.splitlines())]


def painted(path: Path, colour: str) -> None:
    subprocess.run(["convert", "-size", "1280x800", f"xc:{colour}", str(path)], check=True)


def test_each_picture_stands_for_its_time_with_a_line_below(tmp_path: Path) -> None:
    painted(tmp_path / "a.png", "red")
    painted(tmp_path / "b.png", "blue")
    made = tmp_path / "made.gif"
    size = make(tmp_path, made, (Frame("a.png", "First", 100), Frame("b.png", "Then", 250)))
    assert size == made.stat().st_size
    high = WIDTH * 800 // 1280 + LINE
    assert frames_of(made) == [(WIDTH, high, 100), (WIDTH, high, 250)]


def test_a_picture_that_the_tour_did_not_leave_is_named(tmp_path: Path) -> None:
    out = tmp_path / "made.gif"
    out.write_bytes(b"as it was")
    with pytest.raises(PictureError, match=r"00-locked\.png"):
        make(tmp_path, out)
    assert out.read_bytes() == b"as it was"


def test_the_one_in_docs_is_whole_and_small() -> None:
    assert KEPT.stat().st_size < MAX_BYTES
    assert [hundredths for *_, hundredths in frames_of(KEPT)] == [frame.hundredths for frame in FRAMES]
