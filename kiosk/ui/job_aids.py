"""``python -m kiosk.ui.job_aids OUTDIR [NAME…]``: the pictures of the job aids, drawn by the program's own screens.

Small, and equal however often they are made: the clock stands.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from kiosk.model.counted import counted
from kiosk.ui.gallery import picture
from kiosk.ui.samples import SAMPLES

DRAWN, SHOWN = QSize(1024, 768), 576
"""Size of the display, and width of the picture of it."""
COLOURS = 256
BAR = 160
"""Pixels of a workspace under its bar that are worth showing."""
CLOCK = "07:12"
PICTURES = {
    "start-code-button": "locked-login",
    "start-code": "enrol-who-code-empty",
    "second": "enrol-second-start",
    "vouch": "enrol-vouch",
    "choose": "enrol-choose",
    "badge": "enrol-hold-badge",
    "key": "enrol-hold",
    "key-pin": "enrol-key-pin",
    "pin": "enrol-pin",
    "try": "enrol-try",
    "codes": "enrol-codes",
    "done": "enrol-done-badge",
    "unknown-badge": "unknown-badge",
    "my-keys": "my-keys",
    "lost": "my-keys-chosen",
    "really-lost": "my-keys-confirm",
    "reported-lost": "enrol-done-lost",
    "bar": "active-keys-missing",
    "pin-blocked": "second-factor-blocked",
    "reset": "step-up-reset",
    "last-try": "second-factor-last-try",
}
"""File and sample."""


def small(image: QImage) -> QImage:
    """``image`` at the width of a page's column, in the colours that it has most of."""
    shrunk = image.scaledToWidth(SHOWN, Qt.TransformationMode.SmoothTransformation)
    shrunk = shrunk.convertToFormat(QImage.Format.Format_RGB32)
    pixels = Counter(memoryview(shrunk.constBits()).cast("I"))
    table = [colour for colour, _ in pixels.most_common(COLOURS)]
    return shrunk.convertToFormat(QImage.Format.Format_Indexed8, table, Qt.ImageConversionFlag.ThresholdDither)


def main(arguments: list[str]) -> int:
    """Write the pictures; the exit code."""
    names = arguments[1:] or list(PICTURES)
    if not arguments or not PICTURES.keys() >= set(names):
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    _application = QApplication.instance() or QApplication([])
    for name in names:
        drawn = picture(SAMPLES[PICTURES[name]], DRAWN, clock=CLOCK).toImage()
        if name == "bar":
            drawn = drawn.copy(0, 0, drawn.width(), BAR)
        small(drawn).save(str(folder / f"{name}.png"))
    print(f"{counted(len(names), 'picture')} in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
