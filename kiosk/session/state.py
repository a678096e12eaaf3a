"""What the session remembers: one frozen ``State`` with one ``Mode`` in it.

A mode holds exactly what its screen and its rules need, so that what does not belong together cannot be
remembered together: a second factor's ceremony is gone the moment the mode is. ``Session`` and
``Proving`` are the two things that travel from mode to mode.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from kiosk.model.card import CardTrouble, ReaderRole, Tap
from kiosk.model.ceremony import CeremonyView, LoginPresented, RefusalCode
from kiosk.model.people import Person
from kiosk.model.proof import Assurance, Method, Presented
from kiosk.model.secret import Secret
from kiosk.model.stepup import StepUpIn
from kiosk.session.screens import Notice, Surroundings

LIMIT, END = "limit", "end"
"""Alarms of the session itself, which go on whatever it shows: its end is near, it ends."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The station's rules, as service and settings say. Times in seconds; 0: not watched, no limit, no sign.

    ``tap_out``: ``lock`` or ``sign_out``. ``sign_after``: until the bar says large who is signed in.
    """

    idle: int = 300
    warning: int = 30
    stepup_seconds: int = 120
    names: str = "none"
    removal_locks: bool = True
    tap_out: str = "lock"
    max_session: int = 43_200
    sign_after: int = 60


@dataclass(frozen=True, slots=True)
class Session:
    """The session that is open here. ``tap`` opened it (0: typed login), on a reader of ``role``."""

    id: str
    person: Person
    assurance: Assurance
    grace_left: int
    presented: Presented | LoginPresented
    tap: int
    role: ReaderRole | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A workspace that runs here, shown or not, and the session it belongs to."""

    session: str
    person: Person


class Doing(StrEnum):
    """What an awaited answer will answer."""

    NOTHING = "nothing"
    PROBE = "probe"
    BEGIN = "begin"
    CHALLENGE = "challenge"
    SIGN = "sign"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Proving:
    """One method being given to a ceremony; shared by second factor and step-up.

    ``turn`` and ``doing``: the answer awaited. ``secret``: a key's or card's PIN that waits for its card.
    ``key``: tap of the card that signs or lies ready to (negative: USB), 0 for none. ``handed``: the card
    room was given the secret. ``shown``, ``login``: the step-up and the person as the screen says
    them. Others as in ``screens.Prove``.
    """

    view: CeremonyView
    method: Method
    stage: Literal["type", "hold", "wait"] = "type"
    doing: Doing = Doing.NOTHING
    turn: int = 0
    secret: Secret | None = None
    key: int = 0
    handed: bool = False
    purpose: str | None = None
    shown: StepUpIn | None = None
    login: str | None = None
    retries_left: int | None = None
    trouble: CardTrouble | None = None
    refusal: RefusalCode | None = None
    wait: int | None = None
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Probing:
    """A card that is being looked at beside what else goes on."""

    turn: int
    tap: Tap


@dataclass(frozen=True, slots=True)
class LockedMode:
    """``refused``: just after a refusal. ``went``: session and place that it went to, for "Not me"."""

    notice: Notice | None = None
    refused: bool = False
    typing_login: bool = False
    went: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ReadingMode:
    """A sign-in of which nothing is asked of the person. ``behind``: whose session lies under the cover."""

    tap: int
    role: ReaderRole | None
    doing: Doing
    turn: int
    presented: Presented | LoginPresented | None = None
    view: CeremonyView | None = None
    behind: Session | None = None


@dataclass(frozen=True, slots=True)
class SecondFactorMode:
    """``tap``, ``role``, ``presented``: how this sign-in began. ``probing``: another card came by."""

    tap: int
    role: ReaderRole | None
    presented: Presented | LoginPresented
    person: Person
    proving: Proving
    behind: Session | None = None
    probing: Probing | None = None


@dataclass(frozen=True, slots=True)
class OpeningMode:
    """The stage was told to show the workspace. ``later``: a tap that waits for it; others as in ``ActiveMode``."""

    session: Session
    returning: bool
    later: Tap | None = None
    settled: bool = False
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class ActiveMode:
    """``settled``: the first seconds, in which the own badge does not lock, are over.

    ``sign``: it is said large who is signed in, until the next touch.
    """

    session: Session
    settled: bool = False
    probing: Probing | None = None
    notice: Notice | None = None
    help: bool = False
    sign: bool = False


@dataclass(frozen=True, slots=True)
class FadingMode:
    session: Session
    seconds: int


@dataclass(frozen=True, slots=True)
class StepUpMode:
    """``view`` None while the service is asked (``turn``); ``proving`` None until a purpose is picked.

    ``after``: reason and place of a lock that waits until this ceremony has ended.
    """

    session: Session
    ring: int
    request: StepUpIn
    seconds: int
    turn: int = 0
    view: CeremonyView | None = None
    proving: Proving | None = None
    purpose: str | None = None
    notice: Notice | None = None
    after: tuple[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class UnknownBadgeMode:
    resembles: Literal["reversed", "truncated"] | None


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
    | UnknownBadgeMode
    | OutOfOrderMode
)


@dataclass(frozen=True, slots=True)
class State:
    """``turn``: the last number given to an order. ``alarms``: name and turn of each that is set.

    ``cards``: taps whose card has not been lifted. ``kept``: workspaces that run here.
    """

    around: Surroundings = field(default_factory=Surroundings)
    rules: Rules = field(default_factory=Rules)
    mode: Mode = field(default_factory=LockedMode)
    turn: int = 0
    alarms: tuple[tuple[str, int], ...] = ()
    cards: tuple[Tap, ...] = ()
    kept: tuple[Kept, ...] = ()


def initial() -> State:
    """Locked, knowing nothing: before ``Started``."""
    return State()


def shows_workspace(mode: Mode) -> bool:
    """Whether the stage may be uncovered: from the order to show a workspace until the one to cover it."""
    return isinstance(mode, OpeningMode | ActiveMode | FadingMode)


def session_of(mode: Mode) -> Session | None:
    """The session that is open for its person, if there is one."""
    if isinstance(mode, OpeningMode | ActiveMode | FadingMode | StepUpMode):
        return mode.session
    return None


def behind(mode: Mode) -> Session | None:
    """The session that lies under the cover while somebody else signs in."""
    return mode.behind if isinstance(mode, ReadingMode | SecondFactorMode) else None


def ceremony_of(mode: Mode) -> str | None:
    """Id of the ceremony under way, as far as it is known."""
    match mode:
        case ReadingMode(view=CeremonyView() as view) | StepUpMode(view=CeremonyView() as view):
            return view.id
        case SecondFactorMode():
            return mode.proving.view.id
        case _:
            return None


def awaited(mode: Mode) -> frozenset[int]:
    """Turns whose answers are still wanted."""
    turns: list[int] = []
    match mode:
        case ReadingMode():
            turns = [mode.turn]
        case SecondFactorMode():
            turns = [mode.proving.turn, mode.probing.turn if mode.probing else 0]
        case StepUpMode():
            turns = [mode.turn, mode.proving.turn if mode.proving else 0]
        case ActiveMode():
            turns = [mode.probing.turn if mode.probing else 0]
        case _:
            pass
    return frozenset(turns) - {0}


def secrets_of(state: State) -> tuple[Secret, ...]:
    """Every secret that the state holds."""
    if isinstance(state.mode, SecondFactorMode | StepUpMode) and state.mode.proving:
        secret = state.mode.proving.secret
        return (secret,) if secret is not None else ()
    return ()
