"""A program rings the doorbell: who may be asked for more proof now, and by whom."""

from __future__ import annotations

from kiosk.model.stepup import Reason, StepUpIn
from kiosk.session.draft import Draft
from kiosk.session.ending import harmless, let_go, refusal
from kiosk.session.events import Rung
from kiosk.session.orders import AnswerRing, BeginStepUp, Sound, Tell
from kiosk.session.state import EnrolMode, MyKeysMode, Session, StepUpMode, session_of


def ring(d: Draft, rung: Rung) -> None:
    """A program rang. Only one of the person who works here, or of the station itself, is let in; one at a time."""
    mode = d.state.mode
    session = session_of(mode)
    asker = rung.asker.login
    if session is None:
        known = {kept.person.login for kept in d.state.kept}
        waits = bool(known) if asker is None else asker in known
        _turn_away(d, rung, Reason.NOT_ACTIVE if waits else Reason.NOT_SIGNED_IN, None)
    elif asker is not None and asker != session.person.login:
        _turn_away(d, rung, Reason.NOT_ACTIVE, None)
    elif isinstance(mode, StepUpMode | EnrolMode | MyKeysMode):
        _turn_away(d, rung, Reason.BUSY, session)
    elif d.state.around.network == "unreachable":
        _turn_away(d, rung, Reason.UNREACHABLE, session)
    else:
        _begin(d, rung, session)


def _turn_away(d: Draft, rung: Rung, reason: Reason, session: Session | None) -> None:
    detail = {"program": harmless(rung.asker.program), "action": harmless(rung.ask.action)}
    d.order(AnswerRing(rung.ring, refusal(reason)))
    d.order(Tell("stepup_refused", session.id if session else None, reason.value, detail))


def _begin(d: Draft, rung: Rung, session: Session) -> None:
    let_go(d)
    request = StepUpIn(rung.ask, session.id, rung.asker.program, rung.asker.origin)
    seconds = max(1, min(rung.timeout, d.state.rules.stepup_seconds))
    turn = d.ask(lambda turn: BeginStepUp(turn, request))
    d.go(StepUpMode(session, rung.ring, request, seconds, turn, purpose=(rung.ask.purpose or "").strip() or None))
    d.order(Sound("attention"))
    d.alarm("stepup", seconds)
