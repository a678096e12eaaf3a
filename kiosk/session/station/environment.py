"""What is around the person: readers, cards lying on them, the network, the service's own wishes."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, ReadersChanged, ReaderState, Tap
from kiosk.model.people import StationView
from kiosk.model.wire import StationEvent
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.emergency_state import EmergencyMode
from kiosk.session.facts.enrolment_state import EnrolMode
from kiosk.session.facts.held_by_mode import behind, session_of, shows_workspace
from kiosk.session.facts.modes import LockedMode, OutOfOrderMode, ReadingMode, SecondFactorMode
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_orders import Cover
from kiosk.session.facts.station_news import (
    ClockChecked,
    EmergencyAllowed,
    KeyboardChanged,
    Offline,
    Online,
    SoundsChanged,
    Started,
    TicketsHeld,
)
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared.ending import (
    FOR_GOOD,
    MAX_SESSION,
    NOTICE_SECONDS,
    abandon,
    end_workspace,
    give_up,
    lock,
    tell_lock,
    to_locked,
)
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import answers

FOR_ALL = frozenset({"suspend", "ordered", "key"})
"""Reasons of the stage for which whatever is on the screen goes."""


def started(t: Transition, event: Started) -> None:
    """The agent is up: locked, whatever was before."""
    abandon(t, "agent_start")
    t.go(LockedMode())
    t.order(Cover(), ReportEvent("agent_start"))
    rules = replace(
        t.state.rules,
        removal_locks=event.removal_locks,
        tap_out=event.tap_out,
        max_session=event.max_session,
        sign_after=event.sign_after,
        can_print=event.can_print,
    )
    t.state = replace(t.state, rules=rules, status=replace(t.state.status, help_desk=event.help_desk))
    if event.station is not None:
        _station(t, event.station)


def _station(t: Transition, station: StationView) -> None:
    status = replace(
        t.state.status,
        station=station.name,
        place=station.place,
        help_desk=station.help_desk,
        emergencies=station.emergencies,
    )
    rules = replace(
        t.state.rules,
        idle=station.idle,
        warning=station.warning,
        stepup_seconds=station.stepup_seconds,
        names=station.names,
        pin_length=station.pin_length,
    )
    t.state = replace(t.state, status=status, rules=rules)


def online(t: Transition, event: Online) -> None:
    """The service answers; a workstation that it had revoked is accepted again."""
    _station(t, event.station)
    status = replace(t.state.status, network="online", offline_since=None, offline_cause="")
    status = replace(status, storage=event.station.storage)
    t.state = replace(t.state, status=status)
    if isinstance(t.state.mode, OutOfOrderMode) and t.state.mode.final:
        to_locked(t)


def offline(t: Transition, event: Offline) -> None:
    """Nothing changes but the banner: what is open stays open until its idle lock."""
    status = replace(t.state.status, network="unreachable", offline_since=event.since, offline_cause=event.cause)
    t.state = replace(t.state, status=status)


def tickets_held(t: Transition, event: TicketsHeld) -> None:
    """Whom this workstation may let in by itself, should it have to: it is said before anybody taps."""
    t.state = replace(t.state, status=replace(t.state.status, offline_until=event.until, offline_pins=event.pins))


def emergency_allowed(t: Transition, event: EmergencyAllowed) -> None:
    """What emergency access there is here. One that lasts goes on by what was in force when it began."""
    t.state = replace(t.state, rules=replace(t.state.rules, emergency=event.offer))
    if event.offer is None and isinstance(t.state.mode, EmergencyMode):
        to_locked(t, notices.EMERGENCY_GONE)


def clock_compared(t: Transition, event: ClockChecked) -> None:
    """Nothing here goes by this computer's clock; but people are told, and without the right time there is no TLS."""
    t.state = replace(t.state, status=replace(t.state.status, clock_off=event.off, clock_stops=event.stops))


def keyboard_says(t: Transition, event: KeyboardChanged) -> None:
    """For whoever types letters that nobody sees."""
    t.state = replace(t.state, status=replace(t.state.status, caps=event.caps, layout=event.layout))


def sounds_say(t: Transition, event: SoundsChanged) -> None:
    """Shown on the button that changes it."""
    t.state = replace(t.state, status=replace(t.state.status, sounds=event.sounds, sounds_until=event.until))


def arrived(t: Transition, tap: Tap) -> list[Lift]:
    """Remember the card until it is lifted. Gives the lift of the one before on that reader, if it was missed."""
    before = [card for card in t.state.cards if card.reader == tap.reader and card.number != tap.number]
    others = tuple(card for card in t.state.cards if card.reader != tap.reader)
    t.state = replace(t.state, cards=(*others, tap))
    return [Lift(card.number, card.reader, card.role, tap.at) for card in before]


def lifted(t: Transition, lift: Lift) -> None:
    """Forget the card that left."""
    t.state = replace(t.state, cards=tuple(card for card in t.state.cards if card.number != lift.number))


def readers_changed(t: Transition, event: ReadersChanged) -> list[Lift]:
    """New health of readers and card service, reported; the lifts that a vanished reader could not send."""
    before = t.state.status
    t.state = replace(t.state, status=replace(before, card_service=event.service, readers=event.readers))
    if before.card_service.serves != event.service.serves:
        t.order(ReportEvent("card_service_back" if event.service.serves else "card_service_lost"))
    had = {r.name for r in before.readers if r.state != ReaderState.GONE}
    has = {r.name for r in event.readers if r.state != ReaderState.GONE}
    t.order(*(ReportEvent("reader_lost", detail={"reader": name}) for name in sorted(had - has)))
    known = {r.name for r in before.readers}
    t.order(*(ReportEvent("reader_back", detail={"reader": name}) for name in sorted((has - had) & known)))
    return [Lift(card.number, card.reader, card.role, card.at) for card in t.state.cards if card.reader not in has]


def stage_locked(t: Transition, reason: str) -> None:
    """Nothing of a workspace is to be seen any more; when the machine sleeps, a question about it neither.

    Other reasons leave a step-up alone: it covers the workspace, and has its own limit.
    """
    mode = t.state.mode
    if shows_workspace(mode) or (reason in FOR_ALL and session_of(mode) is not None):
        lock(t, reason)
        if reason in notices.ENDED and isinstance(t.state.mode, LockedMode):
            t.stay(replace(t.state.mode, notice=notices.ended(reason)))
            t.set_timer(AlarmName.NOTICE, NOTICE_SECONDS)
    elif reason in FOR_ALL and isinstance(mode, ReadingMode | SecondFactorMode | EnrolMode | EmergencyMode):
        give_up(t, "locked")
        to_locked(t)


def workspace_gone(t: Transition, login: str) -> None:
    """It waits here no longer."""
    t.state = replace(
        t.state, workspaces=tuple(workspace for workspace in t.state.workspaces if workspace.person.login != login)
    )


def from_service(t: Transition, event: StationEvent) -> None:
    """The service's stream: lock here, end a session, revoked."""
    match event.kind:
        case "lock":
            _lock(t, event)
        case "end":
            _end(t, event)
        case "revoked":
            answers.revoked(t)
        case _:
            pass


def _lock(t: Transition, event: StationEvent) -> None:
    """Their session moved: lock at once, but let a step-up or enrolment that is under way finish first."""
    mode = t.state.mode
    session, under = session_of(mode), behind(mode)
    if session is not None and event.session in (None, session.id):
        reason = event.reason or "elsewhere"
        if isinstance(mode, StepUpMode | EnrolMode):
            over = mode.after is not None and mode.after[0] in FOR_GOOD
            t.stay(replace(mode, after=(MAX_SESSION if over else reason, event.where)))
        else:
            lock(t, reason, (session.id, event.where) if event.where else None)
    elif under is not None and event.session in (None, under.id):
        _forget_behind(t, event.reason or "elsewhere")


def _forget_behind(t: Transition, reason: str) -> None:
    """Somebody else is signing in over it: it is covered already, and now it is locked."""
    mode = t.state.mode
    if isinstance(mode, ReadingMode | SecondFactorMode):  # pragma: no branch - nothing else covers another's work
        tell_lock(t, mode.behind, reason)
        t.stay(replace(mode, behind=None))


def _end(t: Transition, event: StationEvent) -> None:
    """The service ended it for good: nothing of it is finished first."""
    mode = t.state.mode
    session, under = session_of(mode), behind(mode)
    ended = event.session or (session.id if session else under.id if under else None)
    if session is not None and ended == session.id:
        lock(t, event.reason or "ended")
    elif under is not None and ended == under.id:
        _forget_behind(t, event.reason or "ended")
    if ended is not None:
        end_workspace(t, ended)
