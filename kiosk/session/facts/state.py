"""What the session remembers: one frozen ``State`` with one ``Mode`` in it.

A mode holds exactly what its screen and its rules need, so that what does not belong together cannot be
remembered together: a second factor's ceremony is gone the moment the mode is. What travels from mode to mode is
in ``carried``, the modes of enrolment in ``enrolment_state``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.model.card import CardTrouble, ReaderRole, Tap, Wanted
from kiosk.model.ceremony import CeremonyView, LoginPresented, Refusal
from kiosk.model.emergency import EmergencyOffer
from kiosk.model.people import Person
from kiosk.model.proof import Method, Presented, UidPresented
from kiosk.model.secret import Secret
from kiosk.model.stepup import Asker, StepUpIn
from kiosk.session.facts.alarm_names import AlarmName, AnyAlarm
from kiosk.session.facts.carried import Askers as Askers
from kiosk.session.facts.carried import OpenSession as OpenSession
from kiosk.session.facts.carried import PendingStep as PendingStep
from kiosk.session.facts.carried import Probing as Probing
from kiosk.session.facts.carried import Proving as Proving
from kiosk.session.facts.carried import RunningWorkspace as RunningWorkspace
from kiosk.session.facts.emergency_state import EmergencyMode as EmergencyMode
from kiosk.session.facts.emergency_state import LastingEmergency as LastingEmergency
from kiosk.session.facts.emergency_state import OwedTextMode as OwedTextMode
from kiosk.session.facts.enrolment_state import EnrolMode as EnrolMode
from kiosk.session.facts.enrolment_state import MyKeysMode as MyKeysMode
from kiosk.session.facts.enrolment_state import secrets_held, turns_awaited
from kiosk.session.facts.program_bar import ProgramsShown
from kiosk.session.facts.screens import Notice, StationStatus
from kiosk.session.facts.secret_field import Typing

LIMIT, END = AlarmName.LIMIT, AlarmName.END
"""Alarms of the session itself, which go on whatever it shows: its end is near, it ends."""
STILL = AlarmName.STILL
"""Alarm that goes on from screen to screen: set while somebody types; rings when nobody has for two seconds."""
RECENT = AlarmName.RECENT
"""Likewise, within a session: set for a minute after a step-up, in which the next one is "another"."""


@dataclass(frozen=True, slots=True)
class StationRules:
    """The station's rules, as service and settings say. Times in seconds; 0: not watched, no limit, no sign.

    ``tap_out``: ``lock`` or ``sign_out``. ``sign_after``: until the bar says who is signed in. ``can_print``: it has a
    printer. ``pin_length``: digits of everybody's PIN, whose last one sends it; 0: Enter does. ``emergency``: what
    emergency access there is.
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
    pin_length: int = 0
    emergency: EmergencyOffer | None = None


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
    ``offline``: the workstation checks it by itself.
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

    ``colleague``: as in ``ReadingMode``; the one who proves themselves now may be the one who was covered. ``hurry``:
    how many seconds were left when they were told; ``asking``: the turn in which more of it was asked for.
    """

    tap: int
    role: ReaderRole | None
    presented: Presented | LoginPresented
    person: Person
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


@dataclass(frozen=True, slots=True)
class State:
    """``turn``: the last number given to an order. ``timers``: name and turn of each that is set.

    ``cards``: taps whose card has not been lifted. ``workspaces``: workspaces that run here. ``typing``: what stands in
    the secret field. ``askers``: which programs may not ask for a step-up now. ``desk``: the programs of whoever is
    shown.
    ``language``: chosen by the person who is here, or at the lock screen; empty for the station's own. ``emergency``:
    an emergency access that lasts; its session is the one of the mode.
    """

    status: StationStatus = field(default_factory=StationStatus)
    rules: StationRules = field(default_factory=StationRules)
    mode: Mode = field(default_factory=LockedMode)
    turn: int = 0
    timers: tuple[tuple[AnyAlarm, int], ...] = ()
    cards: tuple[Tap, ...] = ()
    workspaces: tuple[RunningWorkspace, ...] = ()
    typing: Typing = field(default_factory=Typing)
    askers: Askers = field(default_factory=Askers)
    desk: ProgramsShown = field(default_factory=ProgramsShown)
    language: str = ""
    emergency: LastingEmergency | None = None


# A union written in a function is made anew at each call of it, and these are called at every step.
_SHOWN = OpeningMode, ActiveMode, FadingMode
_SEEN = ActiveMode, FadingMode
_WITH_SESSION = *_SHOWN, StepUpMode, AftermathMode, EnrolMode, MyKeysMode, OwedTextMode
_OVER_SOMEBODY = ReadingMode, SecondFactorMode
_PROVING = SecondFactorMode, StepUpMode


def initial() -> State:
    """Locked, knowing nothing: before ``Started``."""
    return State()


def shows_workspace(mode: Mode) -> bool:
    """Whether the stage may be uncovered: from the order to show a workspace until the one to cover it."""
    return isinstance(mode, _SHOWN)


def session_of(mode: Mode) -> OpenSession | None:
    """The session that is open for its person, if there is one."""
    return mode.session if isinstance(mode, _WITH_SESSION) else None


def holder_of(state: State, session: OpenSession) -> Person | None:
    """Who proves themselves in that session: its person, or who is said to have the emergency access, if known."""
    if not session.emergency:
        return session.person
    return state.emergency.person if state.emergency is not None else None


def seen_session(mode: Mode) -> OpenSession | None:
    """The session whose workspace is seen and worked in now: nothing covers it, and nothing is being asked."""
    return mode.session if isinstance(mode, _SEEN) else None


def behind(mode: Mode) -> OpenSession | None:
    """The session that lies under the cover while somebody else signs in."""
    return mode.behind if isinstance(mode, _OVER_SOMEBODY) else None


def ceremony_of(mode: Mode) -> str | None:
    """Id of the ceremony under way, as far as it is known; those of an enrolment go with their enrolment."""
    match mode:
        case ReadingMode(view=CeremonyView() as view) | StepUpMode(view=CeremonyView() as view):
            return view.id
        case SecondFactorMode():
            return mode.proving.view.id
        case _:
            return None


def ceremonies_of(mode: Mode) -> frozenset[str]:
    """Ids of all ceremonies under way: two, where a second person proves themselves here."""
    waits = mode.waits.id if isinstance(mode, StepUpMode) and mode.waits is not None else None
    return frozenset(name for name in (ceremony_of(mode), waits) if name is not None)


def awaited(mode: Mode) -> frozenset[int]:
    """Turns whose answers are still wanted."""
    turns: list[int] = []
    match mode:
        case ReadingMode():
            turns = [mode.turn]
        case SecondFactorMode():
            turns = [mode.proving.turn, mode.probing.turn if mode.probing else 0, mode.asking]
        case StepUpMode():
            turns = [mode.turn, mode.proving.turn if mode.proving else 0, mode.finding.turn, mode.finishing]
        case ActiveMode() | FadingMode():
            turns = [mode.probing.turn if mode.probing else 0]
        case EnrolMode():
            turns = [*turns_awaited(mode)]
        case MyKeysMode() | OwedTextMode():
            turns = [mode.turn]
        case EmergencyMode():
            turns = [mode.turn, mode.probing.turn if mode.probing else 0]
        case _:
            pass
    return frozenset(turns) - {0}


def secrets_of(state: State) -> tuple[Secret, ...]:
    """Every secret that the state holds."""
    held: list[Secret | None] = [state.typing.secret]
    if isinstance(state.mode, _PROVING) and state.mode.proving:
        held.append(state.mode.proving.secret)
    elif isinstance(state.mode, EnrolMode):
        held += secrets_held(state.mode)
    return tuple(secret for secret in held if secret is not None)
