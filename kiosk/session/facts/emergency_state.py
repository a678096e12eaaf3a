"""What the session remembers of emergency access: it is being asked for, or it lasts."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.emergency import WhoItIs
from kiosk.model.owed_text import OwedText
from kiosk.model.people import Person
from kiosk.session.facts.carried import OpenSession, Probing
from kiosk.session.facts.screen_parts import Notice


@dataclass(frozen=True, slots=True)
class EmergencyMode:
    """Who it is and why is asked. ``unknown``: it was said that nobody is known. ``turn``: it is being opened.

    ``ready``: it has been seen for a moment, and takes touches: one finger that bounces opens nothing.
    """

    reason: str | None = None
    presented: WhoItIs | None = None
    unknown: bool = False
    probing: Probing | None = None
    typing_login: bool = False
    typing_code: bool = False
    turn: int = 0
    ready: bool = False
    notice: Notice | None = None

    @property
    def who_is_said(self) -> bool:
        """Whether it was said who it is, if only that nobody is known."""
        return self.unknown or self.presented is not None


@dataclass(frozen=True, slots=True)
class LastingEmergency:
    """An emergency access that lasts. ``session``: its id. ``person``: who it is said to be, if that is known.

    ``left``: seconds; ``granted``: altogether so far. ``step``: that an extension adds; ``most``: that may be granted.
    ``idle``: without a touch until the warning.
    """

    session: str
    reason: str
    person: Person | None
    left: int
    granted: int
    step: int
    most: int
    idle: int

    @property
    def can_extend(self) -> bool:
        """Whether one more extension is within what may be granted."""
        return self.granted + self.step <= self.most


@dataclass(frozen=True, slots=True)
class OwedTextMode:
    """A person writes what they owe, over their covered workspace. ``turn``: being asked for, or sent (``sending``).
    ``texts``: what they owe, the oldest first; empty until it is there."""

    session: OpenSession
    turn: int = 0
    texts: tuple[OwedText, ...] = ()
    sending: bool = False
    notice: Notice | None = None
