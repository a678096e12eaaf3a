"""What the service's word about a sign-in leads to: open, ask for more, refuse; or no word at all."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, ReaderRole
from kiosk.model.ceremony import CeremonyView, LoginPresented, Refusal, RefusalCode, SessionView, Why
from kiosk.model.people import Person
from kiosk.model.proof import Fido2Presented, Method, PivPresented, Presented, UidPresented
from kiosk.session.facts import notices
from kiosk.session.facts.orders import (
    AskChallenge,
    CancelCeremony,
    DropCard,
    RunHook,
    ShowWorkspace,
    Sound,
    Tell,
)
from kiosk.session.facts.screens import Notice
from kiosk.session.facts.state import (
    Doing,
    Kept,
    OpeningMode,
    ReadingMode,
    SecondFactorMode,
    Session,
    UnknownBadgeMode,
)
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
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in import another_way, more_time

UNKNOWN_SECONDS = 15

SigningIn = ReadingMode | SecondFactorMode


def answered(d: Draft, m: SigningIn, view: CeremonyView) -> None:
    """The service answered a begin or a proof."""
    presented, behind = m.presented, m.behind
    # Only whoever is on the screen leaves by a tap. Whose work a colleague's card has covered wants it back.
    leaves = None if behind is None or m.colleague else behind.person.id
    if presented is not None and view.state == "done" and view.session is not None:
        if behind is not None and view.session.person.id == leaves:
            _tap_out(d, behind, view)
        else:
            _open(d, m, view.session, presented)
    elif presented is not None and view.state == "prove" and view.offers:
        if behind is not None and view.person is not None and view.person.id == leaves:
            _tap_out(d, behind, view)
        else:
            _prove(d, m, view, presented)
    else:
        _refused(d, m, view)


def _tap_out(d: Draft, under: Session, view: CeremonyView) -> None:
    """Who presented herself is who was working here: she leaves. What the service just opened is locked too."""
    if view.state == "prove":
        d.order(CancelCeremony(view.id, "locked"))
    let_go(d)
    reason = tap_out_reason(d)
    tell_lock(d, under, reason)
    if view.session is not None and view.session.id != under.id:
        d.order(locked_for(view.session.id, reason))
    show_locked(d)
    tapped_out(d, under)


def _open(d: Draft, m: SigningIn, view: SessionView, presented: Presented | LoginPresented) -> None:
    let_go(d)
    before = m.behind
    if before is not None and before.person.id == view.person.id:
        tell_lock(d, before, "tap_over")  # A colleague's tap ended it; this is her next one.
        before = None
    elif before is not None:
        d.order(locked_for(before.id, "tap_over"))
    session = Session(
        *(view.id, view.person, view.assurance, view.grace_left, presented, m.tap, m.role),
        keys_missing=view.keys_missing,
        language=view.language,
    )
    others = tuple(kept for kept in d.state.kept if kept.person.login != view.person.login)
    returning = len(others) < len(d.state.kept)
    d.state = replace(d.state, kept=(*others, Kept(view.id, view.person)))
    d.go(OpeningMode(session, returning, notice=notices.news(view.news)))
    d.order(ShowWorkspace(view.person), Sound("welcome"))
    d.alarm("opening", OPENING_SECONDS)
    longest_session.start(d)
    around = d.state.around
    who = before.person if before else None
    d.order(RunHook("tap_over" if before else "tap_in", view.id, view.person, around.station, around.place, who))


def _prove(d: Draft, m: SigningIn, view: CeremonyView, presented: Presented | LoginPresented) -> None:
    """More is wanted: the card's own answer at once, anything else from the person."""
    method = view.offers[0].method
    if view.why == Why.POSSESSION and method in proving.BY_TOUCH:
        if m.tap == 0 or not isinstance(m, ReadingMode) or m.view is not None:
            _refused(d, m, view)  # asked twice, or of nobody's card: it would go round for ever
            return
        turn = d.ask(lambda turn: AskChallenge(turn, view.id, method))
        d.stay(replace(m, doing=Doing.CHALLENGE, turn=turn, view=view))
    elif view.person is None:
        _refused(d, m, view)
    elif isinstance(m, SecondFactorMode):
        d.stay(replace(m, person=view.person, proving=proving.advance(d, m.proving, view)))
        more_time.start(d, view.expires_in)
    else:
        _ask_person(d, m, view, view.person, presented)


def _ask_person(
    d: Draft, m: ReadingMode, view: CeremonyView, person: Person, presented: Presented | LoginPresented
) -> None:
    """The second factor's screen. A key that verifies its user, or a card in its slot, lies ready."""
    d.order(Sound("attention"))
    slotted = isinstance(presented, PivPresented) and m.role == ReaderRole.INSERTION
    # All methods are listed, strongest first. But hands are free for the keypad now, while a key is still in a pocket;
    # only where the key or card already lies on the reader is its own PIN the shorter way.
    first = None if slotted or isinstance(presented, Fido2Presented) else Method.PIN
    d.go(SecondFactorMode(m.tap, m.role, presented, person, proving.start(view, person.login, first=first), m.behind))
    if m.colleague and isinstance(d.state.mode, SecondFactorMode):
        d.stay(replace(d.state.mode, colleague=True))
    more_time.start(d, view.expires_in)
    mode = d.state.mode
    if isinstance(mode, SecondFactorMode) and not isinstance(presented, LoginPresented):
        # A key has spent its presence on saying who it is (CTAP 2.1 over NFC): unless it asks for a touch itself, it
        # has to be held again, and a PIN handed to it now would be in vain.
        if d.lying(m.tap) and (slotted or (isinstance(presented, Fido2Presented) and presented.built_in_uv)):
            d.stay(replace(mode, proving=proving.ready(d, mode.proving, m.tap, presented)))
        else:
            d.order(DropCard(m.tap))


def _refused(d: Draft, m: SigningIn, view: CeremonyView) -> None:
    """Said no, or said nothing that can be gone on with."""
    refusal = view.refusal or Refusal(RefusalCode.NO_METHOD)
    if view.state != "refused":
        d.order(CancelCeremony(view.id, "withdrawn"))
    if refusal.code == RefusalCode.STATION_REVOKED:
        revoked(d)
    elif not isinstance(m, ReadingMode):
        refused(d, m, refusal)
    elif not another_way.look(d, m, refusal):
        refused(d, m, another_way.final(m, refusal))


def refused(d: Draft, m: SigningIn, refusal: Refusal | CardTrouble) -> None:
    """The sign-in ends with the service's no, or with what the card could not do."""
    if isinstance(refusal, CardTrouble):
        d.order(Tell("tap_failed", reason=refusal.value))
        fail(d, replace(notices.card(refusal), tone="refused"))
        return
    let_go(d)
    if refusal.code != RefusalCode.UNKNOWN_BADGE:
        to_locked(d, notices.refused(refusal))
        return
    tell_lock(d, m.behind, "tap_over")
    d.order(Sound("refused"))
    # One that could prove itself is no bare number to be added: it is held again, and added as what it is.
    proves = isinstance(m, ReadingMode) and m.wants == "number"
    badge = m.presented if isinstance(m.presented, UidPresented) and not proves else None
    d.go(UnknownBadgeMode(refusal.resembles, badge))
    d.alarm("unknown", UNKNOWN_SECONDS)


def revoked(d: Draft) -> None:
    """The service no longer accepts this workstation's key."""
    out_of_order(d, "STATION-REVOKED", "out_of_order.revoked", final=True)


def fail(d: Draft, notice: Notice) -> None:
    """This sign-in ends here, with a sentence."""
    give_up(d, "lifted")
    to_locked(d, notice)


def lost(d: Draft, doing: Doing, view: CeremonyView | None, tap: int) -> None:
    """No answer. The service may have opened a session that we shall never hear of: it is told once it is back."""
    if doing in (Doing.BEGIN, Doing.SEND):
        d.order(Tell("session_end", None, "unreachable", {"ceremony": view.id} if view else {"tap": str(tap)}))
    give_up(d, "timeout")
    to_locked(d, notices.unreachable(d.state.around))


def refused_by_service(d: Draft, code: str) -> None:
    """An error instead of a view."""
    if code == RefusalCode.STATION_REVOKED:
        revoked(d)
    else:
        fail(d, notices.problem(code))
