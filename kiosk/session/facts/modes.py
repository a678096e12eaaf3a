"""The modes of the session, of which one is on at any time. Each holds what its screen and its rules need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.card import CardTrouble, ReaderRole, Tap, Wanted
from kiosk.model.ceremony import CeremonyView, LoginPresented
from kiosk.model.people import Person
from kiosk.model.proof import Presented, UidPresented
from kiosk.model.refusal import Refusal
from kiosk.session.facts.carried import OpenSession, PendingStep, Probing, Proving
from kiosk.session.facts.emergency_state import EmergencyMode, OwedTextMode
from kiosk.session.facts.enrolment_state import EnrolMode, MyKeysMode
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.step_up_state import StepUpMode


@dataclass(frozen=True, slots=True)
class LockedMode:
    """``refused``: just after a refusal. ``went``: session and place that it went to, for "Not me"."""

    notice: Notice | None = None
    refused: bool = False
    typing_login: bool = False
    went: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ReadingMode:
    """A sign-in of which nothing is asked of the person. ``behind``: whose session lies under the cover.

    ``refused``: why nobody is known by what the card was taken for, while it is looked at as ``wants``.
    ``colleague``: a colleague's card covered it; ``before``: the one that did, until it is known whether it is another.
    ``offline``: the workstation checks it by itself. While the card is looked at once more, ``view`` is of a key that
    may go on with its PIN.
    """

    tap: int
    role: ReaderRole | None
    pending: PendingStep
    turn: int
    presented: Presented | LoginPresented | None = None
    view: CeremonyView | None = None
    behind: OpenSession | None = None
    refused: Refusal | CardTrouble | None = None
    wants: Wanted | None = None
    colleague: bool = False
    before: Presented | LoginPresented | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True)
class SecondFactorMode:
    """``tap``, ``role``, ``presented``: how this sign-in began. ``probing``: another card came by.

    ``person``: None while a key is to say whose it is, which it does with its PIN alone.
    ``colleague``: as in ``ReadingMode``; the one who proves themselves now may be the one who was covered. ``hurry``:
    how many seconds were left when they were told; ``asking``: the turn in which more of it was asked for.
    """

    tap: int
    role: ReaderRole | None
    presented: Presented | LoginPresented
    person: Person | None
    proving: Proving
    behind: OpenSession | None = None
    probing: Probing | None = None
    colleague: bool = False
    hurry: int = 0
    asking: int = 0


@dataclass(frozen=True, slots=True)
class OpeningMode:
    """The stage was told to show the workspace. ``later``: a tap that waits for it; others as in ``ActiveMode``.

    ``held``: the workspace is there, but somebody still types: our window covers it until they stop.
    """

    session: OpenSession
    returning: bool
    later: Tap | None = None
    settled: bool = False
    notice: Notice | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class ActiveMode:
    """``settled``: the first seconds, in which the own badge does not lock, are over.

    ``sign``: it was said large who is signed in, and nobody has touched anything since; ``sign_read``: it is gone
    again, so that it hides nothing of the work. ``reached``: the bar has the keyboard.
    """

    session: OpenSession
    settled: bool = False
    probing: Probing | None = None
    notice: Notice | None = None
    help: bool = False
    sign: bool = False
    sign_read: bool = False
    reached: bool = False


@dataclass(frozen=True, slots=True)
class FadingMode:
    """``probing``: a card came; until it is known whose it is, no key opens the workspace."""

    session: OpenSession
    seconds: int
    probing: Probing | None = None


@dataclass(frozen=True, slots=True)
class AftermathMode:
    """What lay over the workspace ended, and not by its person: ``notice`` says why. The cover stays for a while."""

    session: OpenSession
    notice: Notice


@dataclass(frozen=True, slots=True)
class UnknownBadgeMode:
    """``badge``: as it was read, to be enrolled; None for what has no number."""

    resembles: Literal["reversed", "truncated"] | None
    badge: UidPresented | None = None


@dataclass(frozen=True, slots=True)
class OutOfOrderMode:
    """``final``: only the service's word heals it; else a tap, a press or a while does."""

    code: str
    key: str
    final: bool = False


Mode = (
    LockedMode
    | ReadingMode
    | SecondFactorMode
    | OpeningMode
    | ActiveMode
    | FadingMode
    | StepUpMode
    | AftermathMode
    | UnknownBadgeMode
    | EnrolMode
    | MyKeysMode
    | EmergencyMode
    | OwedTextMode
    | OutOfOrderMode
)
