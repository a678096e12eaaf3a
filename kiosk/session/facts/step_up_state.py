"""What the session remembers while a program's wish for a fresh proof is on the screen."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.ceremony import CeremonyView
from kiosk.model.proof import Method, Presented
from kiosk.model.stepup import Asker, StepUpIn
from kiosk.session.facts.carried import OpenSession, PendingStep, Proving
from kiosk.session.facts.screen_parts import Notice


@dataclass(frozen=True, slots=True)
class FindingSecond:
    """A second person is being found: the card of ``tap`` is looked at, or the service is asked (``turn``)."""

    pending: PendingStep = PendingStep.NOTHING
    turn: int = 0
    tap: int = 0
    presented: Presented | None = None


@dataclass(frozen=True, slots=True)
class StepUpMode:
    """``view`` None while the service is asked (``turn``); ``proving`` None until a purpose is picked.

    ``after``: reason and place of a lock that waits until this ceremony has ended. ``page``: the one that is being
    read, ``shown``: how many were painted one after the other, ``read``: all have been read, or none needs to be.
    ``language``: in which it was painted. ``another``: not the first one here in a while. ``painted``: it is to be
    seen; ``ready``: it has been for a second, and takes what is typed. ``picked``: the way that they picked to begin.
    ``waits``: the first person's view, while a second one proves themselves here, whose view is ``view`` then;
    ``finding``: who that is to be; ``finishing``: the turn in which the service is asked what came of it.
    """

    session: OpenSession
    request_number: int
    request: StepUpIn
    asker: Asker
    seconds: int
    another: bool = False
    painted: bool = False
    ready: bool = False
    turn: int = 0
    view: CeremonyView | None = None
    proving: Proving | None = None
    purpose: str | None = None
    notice: Notice | None = None
    after: tuple[str, str | None] | None = None
    page: int = 0
    shown: int = 0
    read: bool = False
    language: str = "en"
    picked: Method | None = None
    waits: CeremonyView | None = None
    finding: FindingSecond = FindingSecond()
    finishing: int = 0
