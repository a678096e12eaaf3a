"""How large a monitor really is, and what follows from that: millimetres are what fingers and eyes count in.

Some monitors say nothing about it, and some nonsense: a picture's shape in the place of its size, or centimetres for
millimetres. Then the display's own word for its resolution holds.
"""

from __future__ import annotations

from typing import NamedTuple

PLAIN_DPI = 96
_MIN_DPI, _MAX_DPI = 50, 400
"""Dots per inch of anything that stands on a ward, from a wall display to a tablet."""
_SKEWED = 1.15
"""How far dots may be from square."""
_SHAPES = frozenset({(16, 9), (16, 10), (160, 90), (160, 100), (40, 30), (50, 40), (1600, 900), (1600, 1000)})
"""Sizes that are none, but a picture's shape. [VESA E-EDID 1.4, section 3.6.2: aspect ratio in the place of a size]"""
_MM = 25.4
_STEP, _MAX_SIDE = 0.25, 12
_ROOM = (1280, 720)
"""Pixels, as programs count them, that are left to them at least."""


class Glass(NamedTuple):
    """``dpi``: dots per inch. ``percent``: how much larger than at 96 dpi programs are to draw."""

    dpi: int = PLAIN_DPI
    percent: int = 100


def true_dpi(width: int, height: int, width_mm: float, height_mm: float) -> float | None:
    """Dots per inch of a monitor of ``width`` × ``height`` pixels that says it is so many millimetres large.

    None where that cannot be true. A monitor that stands on its side may say its size lying.
    """
    sizes = (round(width_mm), round(height_mm))
    if min(width, height, *sizes) <= 0 or sizes in _SHAPES or sizes[::-1] in _SHAPES:
        return None
    for wide, high in ((width_mm, height_mm), (height_mm, width_mm)):
        across, down = width * _MM / wide, height * _MM / high
        if max(across, down) / min(across, down) <= _SKEWED:
            dpi = (across + down) / 2
            return dpi if _MIN_DPI <= dpi <= _MAX_DPI else None
    return None


def glass_of(width: int, height: int, width_mm: float, height_mm: float) -> Glass:
    """For the programs on that monitor: in steps of 25 percent, and never so large that they have no room."""
    dpi = true_dpi(width, height, width_mm, height_mm)
    if dpi is None:
        return Glass()
    room = min(max(width, height) / _ROOM[0], min(width, height) / _ROOM[1])
    quarters = min(round(dpi / PLAIN_DPI / _STEP), int(room / _STEP), _MAX_SIDE)
    return Glass(round(dpi), max(100, int(100 * _STEP) * quarters))
