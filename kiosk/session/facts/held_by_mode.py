"""What a mode holds: whose session, which ceremonies, which answers it waits for, which secrets."""

from __future__ import annotations

from kiosk.model.ceremony import CeremonyView
from kiosk.model.people import Person
from kiosk.model.secret import Secret
from kiosk.session.facts.carried import OpenSession
from kiosk.session.facts.emergency_state import EmergencyMode, OwedTextMode
from kiosk.session.facts.enrolment_state import EnrolMode, MyKeysMode, secrets_held, turns_awaited
from kiosk.session.facts.modes import (
    ActiveMode,
    AftermathMode,
    FadingMode,
    Mode,
    OpeningMode,
    ReadingMode,
    SecondFactorMode,
)
from kiosk.session.facts.state import State
from kiosk.session.facts.step_up_state import StepUpMode

# A union written in a function is made anew at each call of it, and these are called at every step.
_SHOWN = OpeningMode, ActiveMode, FadingMode
_SEEN = ActiveMode, FadingMode
_WITH_SESSION = *_SHOWN, StepUpMode, AftermathMode, EnrolMode, MyKeysMode, OwedTextMode
_OVER_SOMEBODY = ReadingMode, SecondFactorMode
_PROVING = SecondFactorMode, StepUpMode


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
