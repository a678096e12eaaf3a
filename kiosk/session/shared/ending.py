"""How things end: a ceremony given up, a session locked, the way back to the locked screen or to the workspace.

Every path out of a mode passes here, so that no ceremony, card, ring or session is left hanging.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.model.card import Lift, ReaderRole
from kiosk.model.stepup import Reason, StepUpAnswer
from kiosk.session.facts.enrolment_orders import CancelEnrolment
from kiosk.session.facts.enrolment_state import enrolment_under_way, taps_held
from kiosk.session.facts.orders import (
    AnswerRing,
    CancelCeremony,
    DropCard,
    EndWorkspace,
    RunHook,
    ShowWorkspace,
    Sound,
    Tell,
)
from kiosk.session.facts.screens import Notice
from kiosk.session.facts.state import (
    ActiveMode,
    EnrolMode,
    FadingMode,
    LockedMode,
    OpeningMode,
    OutOfOrderMode,
    ReadingMode,
    SecondFactorMode,
    Session,
    StepUpMode,
    behind,
    ceremony_of,
    session_of,
)
from kiosk.session.shared import silenced_programs
from kiosk.session.shared.transition import Draft

NOTICE_SECONDS = 6
WENT_SECONDS = 600
OUT_OF_ORDER_SECONDS = 30
OPENING_SECONDS = 30
LEAST_WARNING = 20
"""WCAG 2.2.1: at least 20 seconds to extend a time limit."""
LONGEST_TEXT = 120
SIGN_OUT, MAX_SESSION = "sign_out", "max_session"
FOR_GOOD = frozenset({SIGN_OUT, MAX_SESSION})
"""Reasons for which a session is not only locked: it is over."""

CancelReason = Literal["refused_by_person", "timeout", "lifted", "locked", "withdrawn"]


def pulled(d: Draft, tap: int, role: ReaderRole | None, lift: Lift) -> bool:
    """Whether this was the card that its owner signs in with leaving its slot, on a station where that locks."""
    return d.state.rules.removal_locks and role == ReaderRole.INSERTION and lift.number == tap


def harmless(text: str) -> str:
    """What a program said of itself, fit for a report: printable and short."""
    return "".join(c for c in text if c.isprintable())[:LONGEST_TEXT]


def let_go(d: Draft) -> None:
    """Let go of every card that the present mode holds."""
    taps: list[int] = []
    match d.state.mode:
        case ReadingMode(tap=tap):
            taps = [tap]
        case SecondFactorMode() as mode:
            taps = [mode.tap, mode.proving.key, mode.probing.tap.number if mode.probing else 0]
        case StepUpMode(proving=proving) if proving is not None:
            taps = [proving.key]
        case ActiveMode(probing=probing) | FadingMode(probing=probing) if probing is not None:
            taps = [probing.tap.number]
        case EnrolMode(part=part):
            taps = sorted(taps_held(part))
        case _:
            pass
    d.order(*(DropCard(tap) for tap in dict.fromkeys(taps) if tap))


def give_up(d: Draft, reason: CancelReason) -> None:
    """Cancel the ceremony or enrolment under way, if its name is known yet, and let its cards go."""
    mode = d.state.mode
    ceremony = ceremony_of(mode)
    if ceremony is not None:
        d.order(CancelCeremony(ceremony, reason))
    enrolment = enrolment_under_way(mode) if isinstance(mode, EnrolMode) else None
    if enrolment is not None:
        d.order(CancelEnrolment(enrolment, reason))
    let_go(d)


def tell_lock(d: Draft, session: Session | None, reason: str) -> None:
    """The session is not open here any more: for the audit trail, the service and the station's hook."""
    if session is not None:
        d.order(locked_for(session.id, reason))
        around = d.state.around
        d.order(RunHook("tap_out", session.id, session.person, around.station, around.place, reason=reason))


def locked_for(session: str, reason: str) -> Tell:
    """What the service is told of a session that is locked, or over, for ``reason``."""
    return Tell("session_end" if reason in FOR_GOOD else "lock", session, reason)


def answer_ring(d: Draft, mode: StepUpMode, reason: Reason) -> None:
    """Tell the program that its step-up was not granted."""
    d.order(AnswerRing(mode.ring, refusal(reason, mode.view.id if mode.view else None)))


def refusal(reason: Reason, request_id: str | None = None, wait: int | None = None) -> StepUpAnswer:
    """The answer to a program whose wish was not granted. ``wait``: seconds, at most, until it may ask again."""
    return StepUpAnswer("refused", reason, None, None, (), request_id, wait)


def abandon(d: Draft, reason: str) -> None:
    """Whatever is under way ends now; sessions that were open, or lay under the cover, are locked for ``reason``."""
    mode = d.state.mode
    give_up(d, "locked")
    if isinstance(mode, StepUpMode):
        answer_ring(d, mode, Reason.NOT_ACTIVE)
    tell_lock(d, session_of(mode) or behind(mode), reason)


def lock(d: Draft, reason: str, went: tuple[str, str] | None = None) -> None:
    """The open session is locked, for a reason that the audit trail knows."""
    abandon(d, reason)
    show_locked(d, went)


def tap_out_reason(d: Draft) -> str:
    """What it means here that a person holds her badge to the reader again."""
    return SIGN_OUT if d.state.rules.tap_out == SIGN_OUT else "tap_out"


def tapped_out(d: Draft, session: Session) -> None:
    """Her session is locked; where leaving means signing out, her programs end too."""
    if tap_out_reason(d) == SIGN_OUT:
        end_workspace(d, session.id)


def show_locked(d: Draft, went: tuple[str, str] | None = None) -> None:
    """The locked screen after a session; it says where the session went, if it did."""
    d.order(Sound("locked"))
    d.go(LockedMode(went=went))
    if went is not None:
        d.alarm("went", WENT_SECONDS)


def to_locked(d: Draft, notice: Notice | None = None, went: tuple[str, str] | None = None) -> None:
    """Back to the locked screen from a sign-in; who lay under the cover has to prove herself again.

    Uncovering her workspace here would show it to whoever just failed to sign in.
    """
    tell_lock(d, behind(d.state.mode), "tap_over")
    refused = notice is not None and notice.tone == "refused"
    if notice is not None:
        d.order(Sound("refused" if refused else "attention"))
    d.go(LockedMode(notice=notice, refused=refused, went=went))
    if notice is not None:
        d.alarm("notice", NOTICE_SECONDS)


def out_of_order(d: Draft, code: str, key: str, final: bool = False) -> None:
    """Nothing can be done here; says so, and tries again by itself unless ``final``."""
    abandon(d, "out_of_order" if not final else "revoked")
    d.go(OutOfOrderMode(code, key, final))
    if not final:
        d.alarm("heal", OUT_OF_ORDER_SECONDS)


def end_workspace(d: Draft, session: str) -> None:
    """End the programs that belong to ``session``, wherever they wait."""
    ended = [kept for kept in d.state.kept if kept.session == session]
    d.order(*(EndWorkspace(kept.person.login) for kept in ended))
    d.state = replace(d.state, kept=tuple(kept for kept in d.state.kept if kept.session != session))
    for kept in ended:
        silenced_programs.signed_out(d, kept.person.login)


def return_to_workspace(
    d: Draft, session: Session, notice: Notice | None, after: tuple[str, str | None] | None
) -> None:
    """To ``session``'s workspace, with ``notice`` on its bar. ``after``: reason and place of the lock that waits."""
    if after is None:
        d.go(OpeningMode(session, returning=True, settled=True, notice=notice))
        d.order(ShowWorkspace(session.person))
        d.alarm("opening", OPENING_SECONDS)
    else:
        lock_after(d, session, *after)


def fade(d: Draft, session: Session) -> None:
    """Nobody has touched anything: warn over her dimmed workspace, then lock."""
    seconds = max(LEAST_WARNING, d.state.rules.warning)
    d.order(Sound("attention"))
    d.go(FadingMode(session, seconds))
    d.alarm("fade", seconds)


def lock_after(d: Draft, session: Session, reason: str, where: str | None) -> None:
    """The lock that had to wait."""
    tell_lock(d, session, reason)
    show_locked(d, (session.id, where) if where else None)
