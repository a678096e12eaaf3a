"""A program rings the doorbell: who may be asked for more proof now, by whom; and what it is told if not."""

from __future__ import annotations

from kiosk.model.ceremony import Refusal, RefusalCode
from kiosk.model.stepup import Reason, StepUpIn
from kiosk.session.facts.events import Rung
from kiosk.session.facts.notices import refusal_code
from kiosk.session.facts.orders import AnswerRing, BeginStepUp, Sound, Tell
from kiosk.session.facts.state import (
    AftermathMode,
    EnrolMode,
    MyKeysMode,
    Session,
    StepUpMode,
    session_of,
)
from kiosk.session.shared import silenced_programs
from kiosk.session.shared.ending import harmless, let_go, refusal
from kiosk.session.shared.transition import Draft

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
}
"""All others are the hospital's rules: ``policy``."""


def ring(d: Draft, rung: Rung) -> None:
    """A program rang. Only one of the person who works here, or of the station itself, is let in; one at a time."""
    mode = d.state.mode
    session = session_of(mode)
    asker = rung.asker.login
    held_back = silenced_programs.held_back(d, rung.asker, session) if session else None
    if session is None:
        known = {kept.person.login for kept in d.state.kept}
        waits = bool(known) if asker is None else asker in known
        _turn_away(d, rung, Reason.NOT_ACTIVE if waits else Reason.NOT_SIGNED_IN, None)
    elif asker is not None and asker != session.person.login:
        _turn_away(d, rung, Reason.NOT_ACTIVE, None)
    elif held_back is not None:
        _hold_back(d, rung, session, *held_back)
    elif isinstance(mode, StepUpMode | AftermathMode | EnrolMode | MyKeysMode):
        _turn_away(d, rung, Reason.BUSY, session)
    elif d.state.around.network == "unreachable":
        _turn_away(d, rung, Reason.UNREACHABLE, session)
    else:
        _begin(d, rung, session)


def _turn_away(d: Draft, rung: Rung, reason: Reason, session: Session | None, wait: int | None = None) -> None:
    detail = {"program": harmless(rung.asker.program or rung.asker.path), "action": harmless(rung.ask.action)}
    d.order(AnswerRing(rung.ring, refusal(reason, wait=wait)))
    d.order(Tell("stepup_refused", session.id if session else None, reason.value, detail))


def _hold_back(d: Draft, rung: Rung, session: Session, reason: Reason, wait: int | None) -> None:
    """It may not ask now. The first of those is reported, and later how many there were: it may ring for ever."""
    if silenced_programs.count(d, rung.asker, session, reason):
        _turn_away(d, rung, reason, session, wait)
    else:
        d.order(AnswerRing(rung.ring, refusal(reason, wait=wait)))


def _begin(d: Draft, rung: Rung, session: Session) -> None:
    let_go(d)
    request = StepUpIn(rung.ask, session.id, rung.asker.path, rung.asker.origin, rung.asker.program, rung.asker.sha256)
    seconds = max(MIN_SECONDS, d.state.rules.stepup_seconds)
    another = silenced_programs.is_another(d, rung.asker.login)
    turn = d.ask(lambda turn: BeginStepUp(turn, request))
    purpose = (rung.ask.purpose or "").strip() or None
    d.go(StepUpMode(session, rung.ring, request, rung.asker, seconds, another, turn=turn, purpose=purpose))
    d.order(Sound("attention"))
    d.alarm("stepup", seconds)


def of_refusal(refused: Refusal | None) -> Reason:
    """The reason for a refusal in a view; ``policy`` where the service gave none."""
    return Reason.POLICY if refused is None else _REASONS.get(refused.code, Reason.POLICY)


def of_code(code: str) -> Reason:
    """The reason for an error answer. An error that names no refusal is the service's own trouble."""
    known = refusal_code(code)
    return Reason.UNREACHABLE if known is None else _REASONS.get(known, Reason.POLICY)
