"""A program rings the doorbell, or a server asks by the service: who may be asked for more proof now, by whom; and what
it is told if not."""

from __future__ import annotations

from kiosk.model.emergency import LOGIN
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.stepup import Reason, StepUpIn
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.carried import OpenSession
from kiosk.session.facts.ceremony_orders import BeginStepUp
from kiosk.session.facts.emergency_state import OwedTextMode
from kiosk.session.facts.enrolment_state import EnrolMode, MyKeysMode
from kiosk.session.facts.events import StepUpRequested
from kiosk.session.facts.held_by_mode import session_of
from kiosk.session.facts.modes import AftermathMode
from kiosk.session.facts.notices import refusal_code
from kiosk.session.facts.orders import AnswerStepUp, PlaySound
from kiosk.session.facts.session_orders import DeclineQuestion, ReportEvent
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared import silenced_programs
from kiosk.session.shared.ending import harmless, let_go, refusal
from kiosk.session.shared.transition import Transition

MIN_SECONDS = 30
"""For which a step-up stands at least. A program decides that it asks; how long the person may take is not its."""
_REASONS: dict[RefusalCode, Reason] = {
    RefusalCode.WRONG_PIN: Reason.WRONG_FACTOR,
    RefusalCode.WRONG_CODE: Reason.WRONG_FACTOR,
    RefusalCode.CODE_USED: Reason.WRONG_FACTOR,
    RefusalCode.WRONG_KEY: Reason.WRONG_FACTOR,
    RefusalCode.BAD_SIGNATURE: Reason.WRONG_FACTOR,
    RefusalCode.COUNTER_WENT_BACK: Reason.WRONG_FACTOR,
    RefusalCode.NOT_VERIFIED: Reason.WRONG_FACTOR,
    RefusalCode.UNTRUSTED_CERTIFICATE: Reason.WRONG_FACTOR,
    RefusalCode.EXPIRED_CERTIFICATE: Reason.WRONG_FACTOR,
    RefusalCode.REVOKED_CERTIFICATE: Reason.WRONG_FACTOR,
    RefusalCode.STALE_CRL: Reason.WRONG_FACTOR,
    RefusalCode.CARD_REQUIRES_PROOF: Reason.WRONG_FACTOR,
    RefusalCode.EXPIRED: Reason.TIMEOUT,
    RefusalCode.LOCKED_OUT: Reason.LOCKED_OUT,
    RefusalCode.TOO_FAST: Reason.LOCKED_OUT,
    RefusalCode.NOT_ACTIVE: Reason.NOT_ACTIVE,
    RefusalCode.UNKNOWN_PERSON: Reason.NOT_SIGNED_IN,
    RefusalCode.BUSY: Reason.BUSY,
    RefusalCode.AUDIT_FAILED: Reason.UNREACHABLE,
    RefusalCode.OVERLOADED: Reason.UNREACHABLE,
    RefusalCode.OVER_BUDGET: Reason.BUSY,
    RefusalCode.CANCELLED: Reason.REFUSED_BY_PERSON,
    RefusalCode.SECOND_REFUSED: Reason.SECOND_REFUSED,
}
"""All others are the hospital's rules: ``policy``."""


def on_request(t: Transition, request: StepUpRequested) -> None:
    """A program rang, or a server asks. Only one of the person who works here, or of the station itself, is let in; one
    at a time."""
    mode = t.state.mode
    session = session_of(mode)
    asker = request.asker.login
    if request.asker.asked and isinstance(mode, StepUpMode) and mode.asker.asked == request.asker.asked:
        t.order(AnswerStepUp(request.request_number, refusal(Reason.BUSY)))
        return  # it was told of once more while it was being shown
    held_back = silenced_programs.held_back(t, request.asker, session) if session else None
    if session is None:
        known = {workspace.person.login for workspace in t.state.workspaces}
        waits = bool(known) if asker is None else asker in known
        _turn_away(t, request, Reason.NOT_ACTIVE if waits else Reason.NOT_SIGNED_IN, None)
    elif asker is not None and asker != session.person.login:
        _turn_away(t, request, Reason.NOT_ACTIVE, None)
    elif session.emergency and not _of_the_emergency(request):
        _turn_away(t, request, Reason.POLICY, None)
    elif held_back is not None:
        _hold_back(t, request, session, *held_back)
    elif isinstance(mode, StepUpMode | AftermathMode | EnrolMode | MyKeysMode | OwedTextMode):
        _turn_away(t, request, Reason.BUSY, session)
    elif t.state.status.network == "unreachable":
        _turn_away(t, request, Reason.UNREACHABLE, session)
    else:
        _begin(t, request, session)


def _of_the_emergency(request: StepUpRequested) -> bool:
    """Whether it is a program of the emergency access's own workspace that asks. Servers' questions and colleagues'
    step-ups are for people who are signed in."""
    asker = request.asker
    return asker.login == LOGIN and not asker.asked and asker.second_of is None


def _turn_away(
    t: Transition, request: StepUpRequested, reason: Reason, session: OpenSession | None, wait: int | None = None
) -> None:
    if request.asker.asked:
        _not_now(t, request, reason, session)
        return
    detail = {"program": harmless(request.asker.program or request.asker.path), "action": harmless(request.ask.action)}
    t.order(AnswerStepUp(request.request_number, refusal(reason, wait=wait)))
    t.order(ReportEvent("stepup_refused", session.id if session else None, reason.value, detail))


def _not_now(t: Transition, request: StepUpRequested, reason: Reason, session: OpenSession | None) -> None:
    """A server's question waits at the service, which tells of it again while it stands. One that was silenced is
    answered with no; nothing else is told to it."""
    t.order(AnswerStepUp(request.request_number, refusal(reason)))
    if reason == Reason.SILENCED and session is not None:
        t.order(DeclineQuestion(session.id, request.asker.asked))


def _hold_back(t: Transition, request: StepUpRequested, session: OpenSession, reason: Reason, wait: int | None) -> None:
    """It may not ask now. The first of those is reported, and later how many there were: it may ring for ever."""
    if silenced_programs.count(t, request.asker, session, reason) or request.asker.asked:
        _turn_away(t, request, reason, session, wait)
    else:
        t.order(AnswerStepUp(request.request_number, refusal(reason, wait=wait)))


def _begin(t: Transition, requested: StepUpRequested, session: OpenSession) -> None:
    let_go(t)
    request = StepUpIn(
        requested.ask,
        session.id,
        requested.asker.path,
        requested.asker.origin,
        requested.asker.program,
        requested.asker.sha256,
        requested.asker.asked,
        session.emergency,
    )
    seconds = max(MIN_SECONDS, t.state.rules.stepup_seconds)
    seconds = seconds if requested.seconds is None else min(seconds, requested.seconds)
    another = silenced_programs.is_another(t, requested.asker)
    turn = t.ask(lambda turn: BeginStepUp(turn, request))
    purpose = (requested.purpose or requested.ask.purpose or "").strip() or None
    t.go(
        StepUpMode(
            session, requested.request_number, request, requested.asker, seconds, another, turn=turn, purpose=purpose
        )
    )
    t.order(PlaySound("attention"))
    t.set_timer(AlarmName.STEP_UP, seconds)


def of_refusal(refused: Refusal | None) -> Reason:
    """The reason for a refusal in a view; ``policy`` where the service gave none."""
    return Reason.POLICY if refused is None else _REASONS.get(refused.code, Reason.POLICY)


def of_code(code: str) -> Reason:
    """The reason for an error answer. An error that names no refusal is the service's own trouble."""
    known = refusal_code(code)
    return Reason.UNREACHABLE if known is None else _REASONS.get(known, Reason.POLICY)
