"""``screen_for(state)``: what the window shows, computed from the state and nothing else."""

from __future__ import annotations

from kiosk.model.people import Person
from kiosk.session.emergency.screen import asking_of, bar_of, owed_of
from kiosk.session.enrolment.screen import enrolment_of, my_keys_of
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.emergency_state import EmergencyMode, OwedTextMode
from kiosk.session.facts.enrolment_state import EnrolMode, MyKeysMode
from kiosk.session.facts.held_by_mode import holder_of
from kiosk.session.facts.modes import (
    ActiveMode,
    AftermathMode,
    FadingMode,
    LockedMode,
    OpeningMode,
    OutOfOrderMode,
    ReadingMode,
    SecondFactorMode,
    UnknownBadgeMode,
)
from kiosk.session.facts.screen_parts import LockScreen, Waiting
from kiosk.session.facts.screens import (
    Active,
    Aftermath,
    Fading,
    Opening,
    OutOfOrder,
    Reading,
    Screen,
    SecondFactor,
    StepUp,
    UnknownBadge,
)
from kiosk.session.facts.state import END, State
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared import silenced_programs
from kiosk.session.shared.prove_screen import prove_of
from kiosk.session.shared.typing import view_of
from kiosk.session.step_up import consent


def screen_for(state: State) -> Screen:
    """The one screen of this state."""
    status = state.status
    match state.mode:
        case LockedMode() as mode:
            return _locked(state, mode)
        case ReadingMode(pending=pending):
            return Reading(status, busy=pending not in (PendingStep.PROBE, PendingStep.SIGN))
        case SecondFactorMode(person=person, proving=proving, hurry=hurry):
            prove = prove_of(proving, view_of(state))
            return SecondFactor(status, person, proving.view.why, prove, hurry or None, proving.view.says)
        case OpeningMode(session=session, returning=returning, held=held):
            return Opening(status, session.person, returning, held)
        case ActiveMode() as active:
            return _active(state, active)
        case FadingMode(session=session, seconds=seconds):
            return Fading(status, session.person, seconds, bar_of(state))
        case StepUpMode() as step_up:
            return _step_up(state, step_up)
        case AftermathMode(session=session, notice=notice):
            return Aftermath(status, session.person, notice)
        case UnknownBadgeMode(resembles=resembles, badge=badge):
            return UnknownBadge(status, resembles, may_enrol=badge is not None and status.network != "unreachable")
        case EnrolMode() as enrolment:
            return enrolment_of(status, enrolment, state.rules.can_print, view_of(state))
        case MyKeysMode() as keys:
            return my_keys_of(status, keys)
        case OwedTextMode() as owing:
            return owed_of(state, owing)
        case EmergencyMode() as asking:
            return asking_of(state, asking)
        case OutOfOrderMode(
            code=code, key=key
        ):  # pragma: no branch - every mode is named above, as the type checker sees
            return OutOfOrder(status, code, key)


def _active(state: State, mode: ActiveMode) -> Active:
    session = mode.session
    return Active(
        state.status,
        session.person,
        session.assurance,
        session.grace_left,
        state.emergency.idle if state.emergency else state.rules.idle,
        mode.notice,
        mode.help,
        mode.sign and not mode.sign_read,
        ending=any(name == END for name, _ in state.timers),
        keys_missing=session.keys_missing,
        silenced=silenced_programs.silenced(state.askers, session.person.login),
        silences_all=silenced_programs.silences_all(state.askers, session.person.login),
        programs=state.desk.of(session.person.login),
        reached=mode.reached,
        emergency=bar_of(state),
        owes=session.owes,
    )


def _locked(state: State, mode: LockedMode) -> LockScreen:
    offline = state.status.network == "unreachable"
    return LockScreen(
        state.status,
        waiting=_waiting(state),
        notice=mode.notice,
        typing_login=mode.typing_login,
        went_to=mode.went[1] if mode.went else None,
        emergency=state.rules.emergency is not None,
        name="refused" if mode.refused else "downtime" if offline else "locked",
    )


def _waiting(state: State) -> tuple[Waiting, ...]:
    """Whose workspaces wait, as much of their names as policy allows on an unattended screen."""
    if state.rules.names == "full":
        return tuple(Waiting(workspace.person.name) for workspace in state.workspaces)
    if state.rules.names == "initials":
        return tuple(Waiting(workspace.person.initials) for workspace in state.workspaces)
    return ()


def _step_up(state: State, mode: StepUpMode) -> StepUp:
    said = consent.lines(state, mode)
    page = consent.page_of(state, mode)
    paged = bool(consent.pages_of(state, mode))
    return StepUp(
        status=state.status,
        person=_who(state, mode),
        request_number=mode.request_number,
        lines=consent.short(said) if paged else said,
        sensitivity=(mode.view.sensitivity if mode.view else None) or "normal",
        says=mode.view.says if mode.view else (),
        seconds=mode.seconds,
        purposes=mode.view.purposes if mode.view and consent.wants_purpose(mode) else (),
        prove=prove_of(mode.proving, view_of(state)) if mode.proving else None,
        page=page,
        again=paged and mode.read,
        notice=mode.notice,
        another=mode.another,
        ready=mode.ready,
        second=mode.view.second if mode.view and mode.waits is None and mode.proving is None else None,
        agreeing=bool(mode.view and mode.view.second_of),
        emergency=bar_of(state),
    )


def _who(state: State, mode: StepUpMode) -> Person | None:
    """Who proves themselves; None while that is not known."""
    holder = holder_of(state, mode.session) if mode.waits is None else None
    return holder or (mode.view.person if mode.view else None)
