"""``python -m tools.moving_picture build/tour docs/pictures/tour.gif``: pictures of the tour, one after the other.

Needs ImageMagick, as the tour does. Each picture gets a line below it that says what happens.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FONT = Path(__file__).parents[1] / "resources" / "fonts" / "Inter-SemiBold.otf"
WIDTH = 800
LINE = 44
"""Pixels of the line below each picture."""
COLOURS = 128
MAX_BYTES = 1_000_000
"""A page that shows it loads within a second on a slow line (8 Mbit/s)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """``file``: name of the tour's picture. ``says``: one line. ``hundredths``: of a second that it stands."""

    file: str
    says: str
    hundredths: int


FRAMES = (
    Frame("00-locked.png", "Locked: nobody's work is seen", 180),
    Frame("02-second-factor.png", "Anna taps her badge and types her PIN", 220),
    Frame("02-tap-in-with-pin.png", "Anna's own programs", 200),
    Frame("03-second-factor.png", "Ben taps over: Anna's work is covered at once", 220),
    Frame("03-tap-over.png", "Ben's own programs", 200),
    Frame("05-tap-back-in-grace.png", "Anna taps back: a tap, and her work as she left it", 220),
    Frame("06-step-up.png", "An export asks: Anna reads what, where to and how many", 300),
    Frame("06-step-up-hold.png", "Anna holds her security key to the reader", 220),
    Frame("06-export-granted.png", "Granted: her program has a signed token", 260),
)


class PictureError(Exception):
    """What is missing or too large; a sentence."""


def command(tour: Path, out: Path, frames: Sequence[Frame] = FRAMES) -> list[str]:
    """How ImageMagick is called. Raises ``PictureError`` for a picture that the tour did not leave."""
    words = ["convert", "-loop", "0", "-font", str(FONT), "-pointsize", "22"]
    for frame in frames:
        picture = tour / frame.file
        if not picture.is_file():
            raise PictureError(f"{picture} is not there: run the tour first (make pictures).")
        words += [
            *("(", "-delay", str(frame.hundredths), str(picture), "+repage", "-resize", f"{WIDTH}x"),
            *("-background", "#16324f", "-gravity", "south", "-splice", f"0x{LINE}"),
            *("-fill", "white", "-annotate", "+0+9", frame.says, ")"),
        ]
    return [*words, "+dither", "-colors", str(COLOURS), "-layers", "optimize", str(out)]


def make(tour: Path, out: Path, frames: Sequence[Frame] = FRAMES) -> int:
    """Write ``out`` from the pictures in ``tour``; its bytes.

    Raises ``PictureError``, and then leaves ``out`` as it was.
    """
    with tempfile.TemporaryDirectory(prefix="kiosk-picture-") as folder:
        made = Path(folder) / "made.gif"
        subprocess.run(command(tour, made, frames), check=True)
        content = made.read_bytes()
    if len(content) > MAX_BYTES:
        raise PictureError(
            f"The picture has {len(content):,} bytes, {MAX_BYTES:,} are allowed: fewer frames or colours."
        )
    out.write_bytes(content)
    return len(content)


def main(argv: list[str]) -> int:
    """The exit status: 2 for wrong words, 1 for a picture that cannot be made."""
    if len(argv) != 2:
        print("Say where the tour's pictures are and what to write: build/tour docs/pictures/tour.gif", file=sys.stderr)
        return 2
    try:
        print(f"{argv[1]}: {make(Path(argv[0]), Path(argv[1])):,} bytes, {len(FRAMES)} frames.")
    except PictureError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
