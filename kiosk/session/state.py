"""What the session remembers: one frozen ``State`` with one ``Mode`` in it.

A mode holds exactly what its screen and its rules need, so that what does not belong together cannot be
remembered together: a second factor's ceremony is gone the moment the mode is. What travels from mode to mode is
in ``carried``, the modes of enrolment in ``enrol_modes``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.model.card import ReaderRole, Tap
from kiosk.model.ceremony import CeremonyView, LoginPresented
from kiosk.model.people import Person
from kiosk.model.proof import Presented, UidPresented
from kiosk.model.secret import Secret
from kiosk.model.stepup import StepUpIn
from kiosk.session.carried import Doing as Doing
from kiosk.session.carried import Kept as Kept
from kiosk.session.carried import Probing as Probing
from kiosk.session.carried import Proving as Proving
from kiosk.session.carried import Session as Session
from kiosk.session.enrol_modes import EnrolMode as EnrolMode
from kiosk.session.enrol_modes import MyKeysMode as MyKeysMode
from kiosk.session.enrol_modes import secrets_held, turns_awaited
from kiosk.session.screens import Notice, Surroundings

LIMIT, END = "limit", "end"
"""Alarms of the session itself, which go on whatever it shows: its end is near, it ends."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The station's rules, as service and settings say. Times in seconds; 0: not watched, no limit, no sign.

    ``tap_out``: ``lock`` or ``sign_out``. ``sign_after``: until the bar says large who is signed in. ``can_print``: the
    station has a printer.
    """

    idle: int = 300
    warning: int = 30
    stepup_seconds: int = 120
    names: str = "none"
    removal_locks: bool = True
    tap_out: str = "lock"
    max_session: int = 43_200
    sign_after: int = 60
    can_print: bool = False


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
    | UnknownBadgeMode
    | EnrolMode
    | MyKeysMode
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
    if isinstance(mode, OpeningMode | ActiveMode | FadingMode | StepUpMode | EnrolMode | MyKeysMode):
        return mode.session
    return None


def behind(mode: Mode) -> Session | None:
    """The session that lies under the cover while somebody else signs in."""
    return mode.behind if isinstance(mode, ReadingMode | SecondFactorMode) else None


def ceremony_of(mode: Mode) -> str | None:
    """Id of the ceremony under way, as far as it is known; those of an enrolment go with their enrolment."""
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
        case EnrolMode():
            turns = [*turns_awaited(mode)]
        case MyKeysMode():
            turns = [mode.turn]
        case _:
            pass
    return frozenset(turns) - {0}


def secrets_of(state: State) -> tuple[Secret, ...]:
    """Every secret that the state holds."""
    if isinstance(state.mode, SecondFactorMode | StepUpMode) and state.mode.proving:
        secret = state.mode.proving.secret
        return (secret,) if secret is not None else ()
    if isinstance(state.mode, EnrolMode):
        return secrets_held(state.mode)
    return ()
