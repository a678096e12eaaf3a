"""What a workstation shows of servers' questions and of colleagues', and a no that comes without any proof."""

from __future__ import annotations

from kiosk.model.asked import QuestionsView, ServerQuestion
from kiosk.model.binding import Json
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import second_showing
from kiosk.service.ceremonies.server_questions import question_of
from kiosk.service.platform.problems import not_found
from kiosk.service.shared.frame import Frame
from kiosk.service.store import backchannel_requests, lookups, seconds, sessions
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.sessions import StoredSession

ACT = "app_declined"
"""In the trail."""


def questions(frame: Frame, session_id: str) -> QuestionsView:
    """What waits for the person of a session that is open here. Raises ``HttpProblemError`` 404."""
    session, known = _here(frame, session_id)
    if session.state != "open" or known.suspended:
        return QuestionsView(known.person.login, ())
    waiting = backchannel_requests.waiting_for(frame.conn, known.person.id, frame.now)
    found = [each for each in (question_of(frame, request) for request in waiting) if each is not None]
    shown = [
        ServerQuestion(q.request.id, q.title, q.request.ask, q.seconds, q.request.message, bool(q.agent)) for q in found
    ]
    return QuestionsView(known.person.login, (*second_showing.questions(frame, known.person.id), *shown))


def decline(frame: Frame, session_id: str, question: str) -> None:
    """The person of this session silenced that server: its question is answered with no. Raises ``HttpProblemError``
    404."""
    second_showing.lock_both(frame, question)
    _, known = _here(frame, session_id)
    colleague = seconds.by_id(frame.conn, question)
    if colleague is not None:
        second_showing.decline(frame, session_id, known, colleague)
        return
    request = backchannel_requests.by_id(frame.conn, question)
    if request is None or request.person != known.person.id:
        raise not_found("question")
    if backchannel_requests.state_of(frame.conn, request, frame.now) != "waiting":
        return
    backchannel_requests.deny(frame.conn, request.id, frame.now)
    application = lookups.application_by_id(frame.conn, request.application)
    detail: dict[str, Json] = {"app": application.name if application else None, "question": request.id}
    frame.write(Event(ACT, "refused", frame.now, reason="silenced", session=session_id, detail=detail), known)


def _here(frame: Frame, session_id: str) -> tuple[StoredSession, StoredPerson]:
    session = sessions.held(frame.conn, session_id)
    known = lookups.person_by_id(frame.conn, session.person) if session is not None else None
    if session is None or known is None or session.workstation != frame.station.id:
        raise not_found("session")
    return session, known
