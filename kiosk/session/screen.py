"""``screen_for(state)``: what the window shows, computed from the state and nothing else."""

from __future__ import annotations

from kiosk.session.enrolment.screen import enrolment_of, my_keys_of
from kiosk.session.facts.screens import (
    Active,
    Aftermath,
    Fading,
    Locked,
    Opening,
    OutOfOrder,
    Reading,
    Screen,
    SecondFactor,
    StepUp,
    UnknownBadge,
    Waiting,
)
from kiosk.session.facts.state import (
    END,
    ActiveMode,
    AftermathMode,
    Doing,
    EnrolMode,
    FadingMode,
    LockedMode,
    MyKeysMode,
    OpeningMode,
    OutOfOrderMode,
    ReadingMode,
    SecondFactorMode,
    State,
    StepUpMode,
    UnknownBadgeMode,
)
from kiosk.session.shared import silenced_programs
from kiosk.session.shared.prove_screen import prove_of
from kiosk.session.shared.typing import view_of
from kiosk.session.step_up import consent


def screen_for(state: State) -> Screen:
    """The one screen of this state."""
    around = state.around
    match state.mode:
        case LockedMode() as mode:
            return _locked(state, mode)
        case ReadingMode(doing=doing):
            return Reading(around, busy=doing not in (Doing.PROBE, Doing.SIGN))
        case SecondFactorMode(person=person, proving=proving, hurry=hurry):
            prove = prove_of(proving, view_of(state))
            return SecondFactor(around, person, proving.view.why, prove, hurry or None)
        case OpeningMode(session=session, returning=returning, held=held):
            return Opening(around, session.person, returning, held)
        case ActiveMode(session=session) as active:
            return Active(
                around,
                session.person,
                session.assurance,
                session.grace_left,
                state.rules.idle,
                active.notice,
                active.help,
                active.sign and not active.sign_read,
                ending=any(name == END for name, _ in state.alarms),
                keys_missing=session.keys_missing,
                silenced=silenced_programs.silenced(state.askers, session.person.login),
                silences_all=silenced_programs.silences_all(state.askers, session.person.login),
                programs=state.desk.of(session.person.login),
                reached=active.reached,
            )
        case FadingMode(session=session, seconds=seconds):
            return Fading(around, session.person, seconds)
        case StepUpMode() as step_up:
            return _step_up(state, step_up)
        case AftermathMode(session=session, notice=notice):
            return Aftermath(around, session.person, notice)
        case UnknownBadgeMode(resembles=resembles, badge=badge):
            return UnknownBadge(around, resembles, may_enrol=badge is not None and around.network != "unreachable")
        case EnrolMode() as enrolment:
            return enrolment_of(around, enrolment, state.rules.can_print, view_of(state))
        case MyKeysMode() as keys:
            return my_keys_of(around, keys)
        case OutOfOrderMode(code=code, key=key):
            return OutOfOrder(around, code, key)


def _locked(state: State, mode: LockedMode) -> Locked:
    offline = state.around.network == "unreachable"
    return Locked(
        state.around,
        waiting=_waiting(state),
        notice=mode.notice,
        typing_login=mode.typing_login,
        went_to=mode.went[1] if mode.went else None,
        name="refused" if mode.refused else "downtime" if offline else "locked",
    )


def _waiting(state: State) -> tuple[Waiting, ...]:
    """Whose workspaces wait, as much of their names as policy allows on an unattended screen."""
    if state.rules.names == "full":
        return tuple(Waiting(kept.person.name) for kept in state.kept)
    if state.rules.names == "initials":
        return tuple(Waiting(kept.person.initials) for kept in state.kept)
    return ()


def _step_up(state: State, mode: StepUpMode) -> StepUp:
    said = consent.lines(state, mode)
    page = consent.page_of(state, mode)
    paged = bool(consent.pages_of(state, mode))
    return StepUp(
        around=state.around,
        person=mode.session.person,
        ring=mode.ring,
        lines=consent.short(said) if paged else said,
        sensitivity=(mode.view.sensitivity if mode.view else None) or "normal",
        seconds=mode.seconds,
        purposes=mode.view.purposes if mode.view and consent.wants_purpose(mode) else (),
        prove=prove_of(mode.proving, view_of(state)) if mode.proving else None,
        page=page,
        again=paged and mode.read,
        notice=mode.notice,
        another=mode.another,
        ready=mode.ready,
    )
