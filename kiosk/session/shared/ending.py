"""How things end: a ceremony given up, a session locked, the way back to the locked screen or to the workspace.

Every path out of a mode passes here, so that no ceremony, card, ring or session is left hanging.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.model.card import Lift, ReaderRole
from kiosk.model.consent import in_language
from kiosk.model.refusal import Refusal
from kiosk.model.stepup import Reason, StepUpAnswer
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.card_orders import DropCard
from kiosk.session.facts.carried import OpenSession
from kiosk.session.facts.ceremony_orders import CancelCeremony
from kiosk.session.facts.emergency_state import EmergencyMode
from kiosk.session.facts.enrolment_orders import CancelEnrolment
from kiosk.session.facts.enrolment_state import EnrolMode, enrolment_under_way, taps_held
from kiosk.session.facts.held_by_mode import behind, ceremonies_of, session_of
from kiosk.session.facts.modes import (
    ActiveMode,
    FadingMode,
    LockedMode,
    OpeningMode,
    OutOfOrderMode,
    ReadingMode,
    SecondFactorMode,
)
from kiosk.session.facts.orders import AnswerStepUp, PlaySound
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.session_orders import ReportEvent, RunHook
from kiosk.session.facts.stage_orders import EndWorkspace, ShowWorkspace
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared import emergency_end, silenced_programs
from kiosk.session.shared.transition import Transition

NOTICE_SECONDS = 6
WENT_SECONDS = 600
OUT_OF_ORDER_SECONDS = 30
OPENING_SECONDS = 30
MIN_WARNING = 20
"""WCAG 2.2.1: at least 20 seconds to extend a time limit."""
MAX_TEXT = 120
SIGN_OUT, MAX_SESSION = "sign_out", "max_session"
FOR_GOOD = frozenset({SIGN_OUT, MAX_SESSION})
"""Reasons for which a session is not only locked: it is over."""

CancelReason = Literal["refused_by_person", "timeout", "lifted", "locked", "withdrawn", "second_refused"]


def pulled(t: Transition, tap: int, role: ReaderRole | None, lift: Lift) -> bool:
    """Whether this was the card that its owner signs in with leaving its slot, on a station where that locks."""
    return t.state.rules.removal_locks and role == ReaderRole.INSERTION and lift.number == tap


def harmless(text: str) -> str:
    """What a program said of itself, fit for a report: printable and short."""
    return "".join(c for c in text if c.isprintable())[:MAX_TEXT]


def let_go(t: Transition) -> None:
    """Let go of every card that the present mode holds."""
    taps: list[int] = []
    match t.state.mode:
        case ReadingMode(tap=tap):
            taps = [tap]
        case SecondFactorMode() as mode:
            taps = [mode.tap, mode.proving.key, mode.probing.tap.number if mode.probing else 0]
        case StepUpMode(proving=proving, finding=finding):
            taps = [proving.key if proving is not None else 0, finding.tap]
        case ActiveMode(probing=probing) | FadingMode(probing=probing) if probing is not None:
            taps = [probing.tap.number]
        case EnrolMode(part=part):
            taps = sorted(taps_held(part))
        case EmergencyMode(probing=probing) if probing is not None:
            taps = [probing.tap.number]
        case _:
            pass
    t.order(*(DropCard(tap) for tap in dict.fromkeys(taps) if tap))


def give_up(t: Transition, reason: CancelReason) -> None:
    """Cancel the ceremony or enrolment under way, if its name is known yet, and let its cards go."""
    mode = t.state.mode
    for ceremony in sorted(ceremonies_of(mode)):
        t.order(CancelCeremony(ceremony, reason))
    enrolment = enrolment_under_way(mode) if isinstance(mode, EnrolMode) else None
    if enrolment is not None:
        t.order(CancelEnrolment(enrolment, reason))
    let_go(t)


def tell_lock(t: Transition, session: OpenSession | None, reason: str) -> None:
    """The session is not open here any more: for the audit trail, the service and the station's hook."""
    if session is not None and session.emergency:
        emergency_end.over(t, reason)
    elif session is not None:
        t.order(locked_for(session.id, reason))
        status = t.state.status
        t.order(RunHook("tap_out", session.id, session.person, status.station, status.place, reason=reason))


def locked_for(session: str, reason: str) -> ReportEvent:
    """What the service is told of a session that is locked, or over, for ``reason``."""
    return ReportEvent("session_end" if reason in FOR_GOOD else "lock", session, reason)


def answer_step_up(t: Transition, mode: StepUpMode, reason: Reason, refused: Refusal | None = None) -> None:
    """Tell the program that its step-up was not granted. ``refused``: by the service, whose policy says why."""
    answer = refusal(reason, mode.view.id if mode.view else None)
    if refused is not None and refused.answer is not None:
        says = in_language(refused.says, t.state.language)
        answer = replace(answer, answer=refused.answer, says=says, enrol=refused.enrol)
    t.order(AnswerStepUp(mode.request_number, answer))


def refusal(reason: Reason, request_id: str | None = None, wait: int | None = None) -> StepUpAnswer:
    """The answer to a program whose wish was not granted. ``wait``: seconds, at most, until it may ask again."""
    return StepUpAnswer("refused", reason, None, None, (), request_id, wait)


def abandon(t: Transition, reason: str) -> None:
    """Whatever is under way ends now; sessions that were open, or lay under the cover, are locked for ``reason``."""
    mode = t.state.mode
    give_up(t, "locked")
    if isinstance(mode, StepUpMode):
        answer_step_up(t, mode, Reason.NOT_ACTIVE)
    tell_lock(t, session_of(mode) or behind(mode), reason)


def lock(t: Transition, reason: str, went: tuple[str, str] | None = None) -> None:
    """The open session is locked, for a reason that the audit trail knows."""
    abandon(t, reason)
    show_locked(t, went)


def tap_out_reason(t: Transition) -> str:
    """What it means here that a person holds their badge to the reader again."""
    return SIGN_OUT if t.state.rules.tap_out == SIGN_OUT else "tap_out"


def tapped_out(t: Transition, session: OpenSession) -> None:
    """Their session is locked; where leaving means signing out, their programs end too."""
    if tap_out_reason(t) == SIGN_OUT:
        end_workspace(t, session.id)


def show_locked(t: Transition, went: tuple[str, str] | None = None) -> None:
    """The locked screen after a session; it says where the session went, if it did."""
    t.order(PlaySound("locked"))
    t.go(LockedMode(went=went))
    if went is not None:
        t.set_timer(AlarmName.WENT, WENT_SECONDS)


def to_locked(t: Transition, notice: Notice | None = None, went: tuple[str, str] | None = None) -> None:
    """Back to the locked screen from a sign-in; who lay under the cover has to prove themselves again.

    Uncovering their workspace here would show it to whoever just failed to sign in.
    """
    if isinstance(t.state.mode, EmergencyMode):
        let_go(t)
    tell_lock(t, behind(t.state.mode), "tap_over")
    refused = notice is not None and notice.tone == "refused"
    if notice is not None:
        t.order(PlaySound("refused" if refused else "attention"))
    t.go(LockedMode(notice=notice, refused=refused, went=went))
    if notice is not None:
        t.set_timer(AlarmName.NOTICE, NOTICE_SECONDS)


def out_of_order(t: Transition, code: str, key: str, final: bool = False) -> None:
    """Nothing can be done here; says so, and tries again by itself unless ``final``."""
    abandon(t, "out_of_order" if not final else "revoked")
    t.go(OutOfOrderMode(code, key, final))
    if not final:
        t.set_timer(AlarmName.HEAL, OUT_OF_ORDER_SECONDS)


def end_workspace(t: Transition, session: str) -> None:
    """End the programs that belong to ``session``, wherever they wait."""
    ended = [running for running in t.state.workspaces if running.session == session]
    t.order(*(EndWorkspace(running.person.login) for running in ended))
    t.state = replace(
        t.state, workspaces=tuple(running for running in t.state.workspaces if running.session != session)
    )
    for workspace in ended:
        silenced_programs.signed_out(t, workspace.person.login)


def return_to_workspace(
    t: Transition, session: OpenSession, notice: Notice | None, after: tuple[str, str | None] | None
) -> None:
    """To ``session``'s workspace, with ``notice`` on its bar. ``after``: reason and place of the lock that waits."""
    if after is None:
        t.go(OpeningMode(session, returning=True, settled=True, notice=notice))
        t.order(ShowWorkspace(session.person))
        t.set_timer(AlarmName.OPENING, OPENING_SECONDS)
    else:
        lock_after(t, session, *after)


def fade(t: Transition, session: OpenSession) -> None:
    """Nobody has touched anything: warn over their dimmed workspace, then lock."""
    seconds = max(MIN_WARNING, t.state.rules.warning)
    t.order(PlaySound("attention"))
    t.go(FadingMode(session, seconds))
    t.set_timer(AlarmName.FADE, seconds)


def left_alone(t: Transition, session: OpenSession) -> None:
    """What covers their workspace may lie idle as long as that; then as if they had gone back to it so long ago."""
    if t.state.rules.idle > 0:
        fade(t, session)
        t.order(ShowWorkspace(session.person))
    else:
        return_to_workspace(t, session, None, None)


def lock_after(t: Transition, session: OpenSession, reason: str, where: str | None) -> None:
    """The lock that had to wait."""
    tell_lock(t, session, reason)
    show_locked(t, (session.id, where) if where else None)
