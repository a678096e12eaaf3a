"""Dimming a workspace without a compositor: the window over it is cut to thin stripes, and the panel is left whole.

True translucency needs a compositing manager, which a bare kiosk display does not have. The X shape of two rows drawn
and one row left out dims by two thirds, shows what is behind as it changes, and is a few hundred rectangles.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QPainterPath, QRegion

DRAWN, PERIOD = 2, 3
"""Rows drawn out of each ``PERIOD``."""


def dimming(size: QSize, panel: QRect, radius: int = 0) -> QRegion:
    """What a window of ``size`` shows while the workspace fades: the stripes, and ``panel`` whole."""
    round_box = QPainterPath()
    round_box.addRoundedRect(QRectF(panel), radius, radius)
    region = QRegion(round_box.toFillPolygon().toPolygon())
    for top in range(0, size.height(), PERIOD):
        region += QRect(0, top, size.width(), DRAWN)
    return region
