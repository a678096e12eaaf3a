"""What the service's word about a sign-in leads to: open, ask for more, refuse; or no word at all."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, ReaderRole
from kiosk.model.ceremony import CeremonyView, LoginPresented, Why
from kiosk.model.people import Person
from kiosk.model.proof import Fido2Presented, Method, PivPresented, Presented, UidPresented
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.session_view import SessionView
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.card_orders import DropCard
from kiosk.session.facts.carried import OpenSession, PendingStep, RunningWorkspace
from kiosk.session.facts.ceremony_orders import AskChallenge, CancelCeremony
from kiosk.session.facts.modes import OpeningMode, ReadingMode, SecondFactorMode, UnknownBadgeMode
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.session_orders import ReportEvent, RunHook
from kiosk.session.facts.stage_orders import ShowWorkspace
from kiosk.session.shared import longest_session, proving
from kiosk.session.shared.ending import (
    OPENING_SECONDS,
    give_up,
    let_go,
    locked_for,
    out_of_order,
    show_locked,
    tap_out_reason,
    tapped_out,
    tell_lock,
    to_locked,
)
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import another_way, more_time

UNKNOWN_SECONDS = 15

SigningIn = ReadingMode | SecondFactorMode


def answered(t: Transition, mode: SigningIn, view: CeremonyView) -> None:
    """The service answered a begin or a proof."""
    presented, behind = mode.presented, mode.behind
    # Only whoever is on the screen leaves by a tap. Whose work a colleague's card has covered wants it back.
    leaves = None if behind is None or mode.colleague else behind.person.id
    if presented is not None and view.state == "done" and view.session is not None:
        if behind is not None and view.session.person.id == leaves:
            _tap_out(t, behind, view)
        else:
            _open(t, mode, view.session, presented)
    elif presented is not None and view.state == "prove" and view.offers:
        if behind is not None and view.person is not None and view.person.id == leaves:
            _tap_out(t, behind, view)
        else:
            _prove(t, mode, view, presented)
    else:
        _refused(t, mode, view)


def _tap_out(t: Transition, under: OpenSession, view: CeremonyView) -> None:
    """Who presented themselves is who was working here: they leave. What the service just opened is locked too."""
    if view.state == "prove":
        t.order(CancelCeremony(view.id, "locked"))
    let_go(t)
    reason = tap_out_reason(t)
    tell_lock(t, under, reason)
    if view.session is not None and view.session.id != under.id:
        t.order(locked_for(view.session.id, reason))
    show_locked(t)
    tapped_out(t, under)


def _open(t: Transition, mode: SigningIn, view: SessionView, presented: Presented | LoginPresented) -> None:
    let_go(t)
    before = mode.behind
    if before is not None and before.emergency:
        tell_lock(t, before, "tap_over")
        before = None
    elif before is not None and before.person.id == view.person.id:
        tell_lock(t, before, "tap_over")  # A colleague's tap ended it; this is their next one.
        before = None
    elif before is not None:
        t.order(locked_for(before.id, "tap_over"))
    session = OpenSession(
        *(view.id, view.person, view.assurance, view.grace_left, presented, mode.tap, mode.role),
        keys_missing=view.keys_missing,
        language=view.language,
        owes="text_owed" in view.news,
    )
    others = tuple(workspace for workspace in t.state.workspaces if workspace.person.login != view.person.login)
    returning = len(others) < len(t.state.workspaces)
    way = next((theirs.way for theirs in t.state.workspaces if theirs.person.login == view.person.login), None)
    t.state = replace(t.state, workspaces=(*others, RunningWorkspace(view.id, view.person, way)))
    t.go(OpeningMode(session, returning, notice=notices.news(view.news)))
    t.order(ShowWorkspace(view.person), PlaySound("welcome"))
    t.set_timer(AlarmName.OPENING, OPENING_SECONDS)
    longest_session.start(t)
    status = t.state.status
    who = before.person if before else None
    t.order(RunHook("tap_over" if before else "tap_in", view.id, view.person, status.station, status.place, who))


def _prove(t: Transition, mode: SigningIn, view: CeremonyView, presented: Presented | LoginPresented) -> None:
    """More is wanted: the card's own answer at once, anything else from the person."""
    method = view.offers[0].method
    if view.why == Why.POSSESSION and method in proving.BY_TOUCH:
        if mode.tap == 0 or not isinstance(mode, ReadingMode) or mode.view is not None:
            _refused(t, mode, view)  # asked twice, or of nobody's card: it would go round for ever
            return
        turn = t.ask(lambda turn: AskChallenge(turn, view.id, method))
        t.stay(replace(mode, pending=PendingStep.CHALLENGE, turn=turn, view=view))
    elif view.person is None:
        _refused(t, mode, view)
    elif isinstance(mode, SecondFactorMode):
        t.stay(replace(mode, person=view.person, proving=proving.advance(t, mode.proving, view)))
        more_time.start(t, view.expires_in)
    else:
        _ask_person(t, mode, view, view.person, presented)


def _ask_person(
    t: Transition, this_mode: ReadingMode, view: CeremonyView, person: Person, presented: Presented | LoginPresented
) -> None:
    """The second factor's screen. A key that verifies its user, or a card in its slot, lies ready."""
    t.order(PlaySound("attention"))
    slotted = isinstance(presented, PivPresented) and this_mode.role == ReaderRole.INSERTION
    # All methods are listed, strongest first. But hands are free for the keypad now, while a key is still in a pocket;
    # only where the key or card already lies on the reader is its own PIN the shorter way.
    first = None if slotted or isinstance(presented, Fido2Presented) else Method.PIN
    t.go(
        SecondFactorMode(
            this_mode.tap,
            this_mode.role,
            presented,
            person,
            proving.start(view, person.login, first=first),
            this_mode.behind,
        )
    )
    if this_mode.colleague and isinstance(t.state.mode, SecondFactorMode):
        t.stay(replace(t.state.mode, colleague=True))
    more_time.start(t, view.expires_in)
    mode = t.state.mode
    if isinstance(mode, SecondFactorMode) and not isinstance(presented, LoginPresented):
        # A key has spent its presence on saying who it is (CTAP 2.1 over NFC): unless it asks for a touch itself, it
        # has to be held again, and a PIN handed to it now would be in vain.
        if t.lying(this_mode.tap) and (slotted or (isinstance(presented, Fido2Presented) and presented.built_in_uv)):
            t.stay(replace(mode, proving=proving.ready(t, mode.proving, this_mode.tap, presented)))
        else:
            t.order(DropCard(this_mode.tap))


def _refused(t: Transition, mode: SigningIn, view: CeremonyView) -> None:
    """Said no, or said nothing that can be gone on with."""
    refusal = view.refusal or Refusal(RefusalCode.NO_METHOD)
    if view.state != "refused":
        t.order(CancelCeremony(view.id, "withdrawn"))
    if refusal.code == RefusalCode.STATION_REVOKED:
        revoked(t)
    elif not isinstance(mode, ReadingMode):
        refused(t, mode, refusal)
    elif not another_way.look(t, mode, refusal):
        refused(t, mode, another_way.final(mode, refusal))


def refused(t: Transition, mode: SigningIn, refusal: Refusal | CardTrouble) -> None:
    """The sign-in ends with the service's no, or with what the card could not do."""
    if isinstance(refusal, CardTrouble):
        t.order(ReportEvent("tap_failed", reason=refusal.value))
        fail(t, replace(notices.card(refusal), tone="refused"))
        return
    let_go(t)
    if refusal.code != RefusalCode.UNKNOWN_BADGE:
        to_locked(t, notices.refused(refusal))
        return
    tell_lock(t, mode.behind, "tap_over")
    t.order(PlaySound("refused"))
    # One that could prove itself is no bare number to be added: it is held again, and added as what it is.
    proves = isinstance(mode, ReadingMode) and mode.wants == "number"
    badge = mode.presented if isinstance(mode.presented, UidPresented) and not proves else None
    t.go(UnknownBadgeMode(refusal.resembles, badge))
    t.set_timer(AlarmName.UNKNOWN, UNKNOWN_SECONDS)


def revoked(t: Transition) -> None:
    """The service no longer accepts this workstation's key."""
    out_of_order(t, "STATION-REVOKED", "out_of_order.revoked", final=True)


def fail(t: Transition, notice: Notice) -> None:
    """This sign-in ends here, with a sentence."""
    give_up(t, "lifted")
    to_locked(t, notice)


def lost(t: Transition, pending: PendingStep, view: CeremonyView | None, tap: int) -> None:
    """No answer. The service may have opened a session that we shall never hear of: it is told once it is back."""
    if pending in (PendingStep.BEGIN, PendingStep.SEND):
        t.order(ReportEvent("session_end", None, "unreachable", {"ceremony": view.id} if view else {"tap": str(tap)}))
    give_up(t, "timeout")
    to_locked(t, notices.unreachable(t.state.status))


def refused_by_service(t: Transition, code: str, request: str) -> None:
    """An error instead of a view."""
    if code == RefusalCode.STATION_REVOKED:
        revoked(t)
    else:
        fail(t, notices.problem(code, request))
