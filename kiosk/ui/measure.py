"""Sizes: millimetres for what a gloved finger must hit, scaled pixels for what is read."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.monitor_size import true_dpi

TARGET_MM = 20
"""The least width and height of anything that is pressed."""
BAR_MM = 14
"""The least height of the session bar: what is pressed on it is then 12 mm high, and 20 wide."""
_BAR = 56
_STEPS = (1.0, 1.15, 1.3, 1.5)
_SMALL = 0.9
"""For displays below 1280 × 800, down to 1024 × 768: body text is then 20 px, 3.8 mm high at 96 dpi."""
_MIN_DISPLAY = (1024, 768)
"""Pixels at 96 dpi that every screen has to have room in."""


@dataclass(frozen=True, slots=True)
class Measure:
    """``dpi``: the screen's logical dots per inch. ``scale``: of type and distances, at least 0.9.

    ``width``: of the display, in pixels.
    """

    dpi: float = 96.0
    scale: float = 1.0
    width: int = 1280

    @property
    def target(self) -> int:
        """The least side of a button, in pixels."""
        return self.mm(TARGET_MM)

    def mm(self, millimetres: float) -> int:
        """Pixels of a length on the glass, rounded up."""
        return -int(-millimetres * self.dpi / 25.4 // 1)

    @property
    def bar(self) -> int:
        """Height of the session bar, in pixels."""
        return max(self.px(_BAR), self.mm(BAR_MM))

    def px(self, pixels: float) -> int:
        """A length drawn for 96 dpi at 1280 × 800, in pixels of this screen."""
        return round(pixels * self.scale * self.dpi / 96)


def dpi_of(width: int, height: int, width_mm: float, height_mm: float, said: float) -> float:
    """Dots per inch of a monitor: as its size in millimetres tells, else as the display has ``said``."""
    return true_dpi(width, height, width_mm, height_mm) or said


def measure_for(width: int, height: int, dpi: float) -> Measure:
    """The sizes for a window of ``width`` × ``height`` pixels.

    Grows in few steps, so that a window is not restyled at every pixel; never shrinks below what can be read
    from 1.5 m. On a panel so small that a screen in these sizes has no room on it, a millimetre is a little less.
    """
    dpi = min(dpi, max(96.0, min(width / _MIN_DISPLAY[0], height / _MIN_DISPLAY[1]) * 96))
    room = min(width / 1280, height / 800) * 96 / dpi
    return Measure(dpi, max((step for step in _STEPS if step <= room), default=_SMALL), width)
