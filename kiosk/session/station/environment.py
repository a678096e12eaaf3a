"""What is around the person: readers, cards lying on them, the network, the service's own wishes."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, ReadersChanged, ReaderState, Tap
from kiosk.model.people import StationView
from kiosk.model.wire import StationEvent
from kiosk.session.facts import notices
from kiosk.session.facts.events import (
    ClockCompared,
    KeyboardSays,
    Offline,
    Online,
    SoundsSay,
    Started,
)
from kiosk.session.facts.orders import Cover, Tell
from kiosk.session.facts.state import (
    EnrolMode,
    LockedMode,
    OutOfOrderMode,
    ReadingMode,
    SecondFactorMode,
    StepUpMode,
    behind,
    session_of,
    shows_workspace,
)
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
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in import answers

FOR_ALL = frozenset({"suspend", "ordered", "key"})
"""Reasons of the stage for which whatever is on the screen goes."""


def started(d: Draft, event: Started) -> None:
    """The agent is up: locked, whatever was before."""
    abandon(d, "agent_start")
    d.go(LockedMode())
    d.order(Cover(), Tell("agent_start"))
    rules = replace(
        d.state.rules,
        removal_locks=event.removal_locks,
        tap_out=event.tap_out,
        max_session=event.max_session,
        sign_after=event.sign_after,
        can_print=event.can_print,
    )
    d.state = replace(d.state, rules=rules, around=replace(d.state.around, help_desk=event.help_desk))
    if event.station is not None:
        _station(d, event.station)


def _station(d: Draft, station: StationView) -> None:
    around = replace(d.state.around, station=station.name, place=station.place, help_desk=station.help_desk)
    rules = replace(
        d.state.rules,
        idle=station.idle,
        warning=station.warning,
        stepup_seconds=station.stepup_seconds,
        names=station.names,
        pin_length=station.pin_length,
    )
    d.state = replace(d.state, around=around, rules=rules)


def online(d: Draft, event: Online) -> None:
    """The service answers; a workstation that it had revoked is accepted again."""
    _station(d, event.station)
    around = replace(d.state.around, network="online", offline_since=None, storage=event.station.storage)
    d.state = replace(d.state, around=around)
    if isinstance(d.state.mode, OutOfOrderMode) and d.state.mode.final:
        to_locked(d)


def offline(d: Draft, event: Offline) -> None:
    """Nothing changes but the banner: what is open stays open until its idle lock."""
    d.state = replace(d.state, around=replace(d.state.around, network="unreachable", offline_since=event.since))


def clock_compared(d: Draft, event: ClockCompared) -> None:
    """Nothing here goes by this computer's clock; but people are told, and without the right time there is no TLS."""
    d.state = replace(d.state, around=replace(d.state.around, clock_off=event.off, clock_stops=event.stops))


def keyboard_says(d: Draft, event: KeyboardSays) -> None:
    """For whoever types letters that nobody sees."""
    d.state = replace(d.state, around=replace(d.state.around, caps=event.caps, layout=event.layout))


def sounds_say(d: Draft, event: SoundsSay) -> None:
    """Shown on the button that changes it."""
    d.state = replace(d.state, around=replace(d.state.around, sounds=event.sounds, sounds_until=event.until))


def arrived(d: Draft, tap: Tap) -> list[Lift]:
    """Remember the card until it is lifted. Gives the lift of the one before on that reader, if it was missed."""
    before = [card for card in d.state.cards if card.reader == tap.reader and card.number != tap.number]
    others = tuple(card for card in d.state.cards if card.reader != tap.reader)
    d.state = replace(d.state, cards=(*others, tap))
    return [Lift(card.number, card.reader, card.role, tap.at) for card in before]


def lifted(d: Draft, lift: Lift) -> None:
    """Forget the card that left."""
    d.state = replace(d.state, cards=tuple(card for card in d.state.cards if card.number != lift.number))


def readers_changed(d: Draft, event: ReadersChanged) -> list[Lift]:
    """New health of readers and card service, reported; the lifts that a vanished reader could not send."""
    before = d.state.around
    d.state = replace(d.state, around=replace(before, card_service=event.service, readers=event.readers))
    if before.card_service.serves != event.service.serves:
        d.order(Tell("card_service_back" if event.service.serves else "card_service_lost"))
    had = {r.name for r in before.readers if r.state != ReaderState.GONE}
    has = {r.name for r in event.readers if r.state != ReaderState.GONE}
    d.order(*(Tell("reader_lost", detail={"reader": name}) for name in sorted(had - has)))
    known = {r.name for r in before.readers}
    d.order(*(Tell("reader_back", detail={"reader": name}) for name in sorted((has - had) & known)))
    return [Lift(card.number, card.reader, card.role, card.at) for card in d.state.cards if card.reader not in has]


def stage_locked(d: Draft, reason: str) -> None:
    """Nothing of a workspace is to be seen any more; when the machine sleeps, a question about it neither.

    Other reasons leave a step-up alone: it covers the workspace, and has its own limit.
    """
    mode = d.state.mode
    if shows_workspace(mode) or (reason in FOR_ALL and session_of(mode) is not None):
        lock(d, reason)
        if reason in notices.ENDED and isinstance(d.state.mode, LockedMode):
            d.stay(replace(d.state.mode, notice=notices.ended(reason)))
            d.alarm("notice", NOTICE_SECONDS)
    elif reason in FOR_ALL and isinstance(mode, ReadingMode | SecondFactorMode | EnrolMode):
        give_up(d, "locked")
        to_locked(d)


def workspace_gone(d: Draft, login: str) -> None:
    """It waits here no longer."""
    d.state = replace(d.state, kept=tuple(kept for kept in d.state.kept if kept.person.login != login))


def from_service(d: Draft, event: StationEvent) -> None:
    """The service's stream: lock here, end a session, revoked."""
    match event.kind:
        case "lock":
            _lock(d, event)
        case "end":
            _end(d, event)
        case "revoked":
            answers.revoked(d)
        case _:
            pass


def _lock(d: Draft, event: StationEvent) -> None:
    """Her session moved: lock at once, but let a step-up or enrolment that is under way finish first."""
    mode = d.state.mode
    session, under = session_of(mode), behind(mode)
    if session is not None and event.session in (None, session.id):
        reason = event.reason or "elsewhere"
        if isinstance(mode, StepUpMode | EnrolMode):
            over = mode.after is not None and mode.after[0] in FOR_GOOD
            d.stay(replace(mode, after=(MAX_SESSION if over else reason, event.where)))
        else:
            lock(d, reason, (session.id, event.where) if event.where else None)
    elif under is not None and event.session in (None, under.id):
        _forget_behind(d, event.reason or "elsewhere")


def _forget_behind(d: Draft, reason: str) -> None:
    """Somebody else is signing in over it: it is covered already, and now it is locked."""
    mode = d.state.mode
    if isinstance(mode, ReadingMode | SecondFactorMode):
        tell_lock(d, mode.behind, reason)
        d.stay(replace(mode, behind=None))


def _end(d: Draft, event: StationEvent) -> None:
    """The service ended it for good: nothing of it is finished first."""
    mode = d.state.mode
    session, under = session_of(mode), behind(mode)
    ended = event.session or (session.id if session else under.id if under else None)
    if session is not None and ended == session.id:
        lock(d, event.reason or "ended")
    elif under is not None and ended == under.id:
        _forget_behind(d, event.reason or "ended")
    if ended is not None:
        end_workspace(d, ended)
