"""A person's programs at a workstation, as the station names them. What a program calls itself is nowhere in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Standing = Literal["front", "open", "runs", "over"]


@dataclass(frozen=True, slots=True)
class Running:
    """``name``, ``icon``: of the station's settings. ``standing``: ``front`` the keyboard acts on its window, ``open``
    it has a window, ``runs`` without one, ``over`` it has ended."""

    name: str
    icon: str
    standing: Standing
