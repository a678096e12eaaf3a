"""What is drawn of emergency access: the screen that asks, and the red bar while it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kiosk.model.emergency import EmergencyOffer
from kiosk.model.owed_text import OwedText
from kiosk.model.people import Person
from kiosk.session.facts.screen_parts import Notice, StationStatus

Said = Literal["", "card", "login", "code", "nobody"]
"""How it was said who it is; empty: it was not."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """``reason``: the one that was picked. ``reading``: a card is being looked at. ``opening``: it is being asked for.
    ``ready``: it takes touches."""

    status: StationStatus
    offer: EmergencyOffer
    reason: str | None = None
    said: Said = ""
    reading: bool = False
    typing_login: bool = False
    opening: bool = False
    notice: Notice | None = None
    ready: bool = True
    typing_code: bool = False
    name: ClassVar[str] = "emergency"


@dataclass(frozen=True, slots=True)
class EmergencyBar:
    """``who``: name of who it is said to be; empty: nobody is known. ``left``: seconds. ``extend``: a touch adds so
    many seconds; 0: none does."""

    reason: str
    who: str
    left: int
    extend: int


@dataclass(frozen=True, slots=True)
class OwedTextScreen:
    """A text about an emergency access is asked for. ``owed``: the oldest of ``left``; None while they are fetched.
    ``busy``: what was typed is being sent."""

    status: StationStatus
    person: Person
    owed: OwedText | None = None
    left: int = 0
    busy: bool = False
    notice: Notice | None = None
    name: ClassVar[str] = "owed_text"
