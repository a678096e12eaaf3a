"""Sizes: millimetres for what a gloved finger must hit, scaled pixels for what is read."""

from __future__ import annotations

from dataclasses import dataclass

TARGET_MM = 20
"""The least width and height of anything that is pressed."""
_STEPS = (1.0, 1.15, 1.3, 1.5)
_SMALL = 0.9
"""For displays below 1280 × 800, down to 1024 × 768: body text is then 20 px, 3.8 mm high at 96 dpi."""


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

    def px(self, pixels: float) -> int:
        """A length drawn for 96 dpi at 1280 × 800, in pixels of this screen."""
        return round(pixels * self.scale * self.dpi / 96)


def measure_for(width: int, height: int, dpi: float) -> Measure:
    """The sizes for a window of ``width`` × ``height`` pixels.

    Grows in few steps, so that a window is not restyled at every pixel; never shrinks below what can be read
    from 1.5 m.
    """
    room = min(max(width, height) / 1280, min(width, height) / 800) * 96 / dpi
    return Measure(dpi, max((step for step in _STEPS if step <= room), default=_SMALL), width)
