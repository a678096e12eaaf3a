"""A colleague's step-up that somebody is asked to agree to, at the workstation where they work themselves."""

from __future__ import annotations

from kiosk.model.asked import ServerQuestion
from kiosk.model.ceremony import CeremonyView
from kiosk.model.second import SecondOf
from kiosk.model.stepup import StepUpIn
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import second_asking, second_ending, second_rules
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, lookups, seconds, sessions
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.seconds import SecondRequest

MIN_SHOWN = 20
"""Seconds that it can be shown, at least; else it is not shown any more."""
OVER = HttpProblemError(409, "expired", "This question is over, or is shown already.")


def questions(frame: Frame, person: str) -> list[ServerQuestion]:
    """What waits for ``person``, as their workstation shows it."""
    waiting = seconds.waiting_for(frame.conn, person, frame.now)
    return [shown for request in waiting if (shown := question_of(frame, request)) is not None]


def question_of(frame: Frame, request: SecondRequest) -> ServerQuestion | None:
    """``request`` as it may be shown now; None where it may not."""
    first = ceremonies.find(frame.conn, request.ceremony)
    asker = lookups.person_seen(frame.conn, first.person or "") if first is not None else None
    left = request.expires - frame.now
    if first is None or asker is None or first.request is None or left < MIN_SHOWN:
        return None
    station = lookups.station(frame.conn, first.workstation)
    of = SecondOf(first.id, first.detail.signed, asker.person.login, station.name if station else "")
    if seconds.state_of(frame.conn, request, frame.now) != "waiting" or not second_rules.waits(frame, first, of):
        return None
    asked = first.request
    return ServerQuestion(
        request.id,
        asked.server,
        asked.ask,
        left,
        asked.message,
        bool(asked.agent),
        of,
        asked.program,
        asked.registered,
        asked.sha256,
        asked.origin,
        first.detail.purpose,
    )


def is_one(frame: Frame, asked: StepUpIn) -> bool:
    """Whether ``asked`` answers a colleague, and no server."""
    return bool(asked.asked) and seconds.by_id(frame.conn, asked.asked) is not None


def lock_both(frame: Frame, question: str) -> CeremonyRow | None:
    """Who is asked and who asks, if that is a colleague's question: before a session, which would lock the one whose it
    is by themselves (decision 33). The step-up that it is about, to be read again."""
    request = seconds.by_id(frame.conn, question)
    first = ceremonies.find(frame.conn, request.ceremony) if request is not None else None
    if request is not None and first is not None:
        second_rules.lock_pair(frame, request.person, first.person or "")
    return first


def begin(frame: Frame, asked: StepUpIn) -> CeremonyView:
    """Their workstation shows it. Raises ``HttpProblemError`` where it is somebody else's, over, or another."""
    first = lock_both(frame, asked.asked)
    session = sessions.held(frame.conn, asked.session)
    if session is None or session.workstation != frame.station.id or session.state != "open":
        raise OVER
    known = lookups.person_by_id(frame.conn, session.person)
    first = ceremonies.find_again(frame.conn, first) if first is not None else None
    request = seconds.by_id(frame.conn, asked.asked)
    shown = question_of(frame, request) if request is not None else None
    if request is None or shown is None or known is None or known.person.id != request.person or first is None:
        raise OVER
    if (asked.ask, asked.program, asked.name, asked.origin) != (shown.ask, shown.program, shown.name, shown.origin):
        raise HttpProblemError(422, "other_question", "This is not what was asked.")
    asker = lookups.person_by_id(frame.conn, first.person or "")
    if asker is None or known.suspended:
        raise OVER
    view = second_asking.begin(frame, first, asker, known, "session", asked.session, request.id)
    if view.state == "prove":
        seconds.shown(frame.conn, request.id, view.id)
    else:
        seconds.deny(frame.conn, request.id, frame.now)
        second_ending.end_by_no(frame, first)
    return view


def decline(frame: Frame, session_id: str, known: StoredPerson, request: SecondRequest) -> None:
    """They silenced whoever asks: it is answered with no."""
    if request.person != known.person.id or seconds.state_of(frame.conn, request, frame.now) != "waiting":
        return
    seconds.deny(frame.conn, request.id, frame.now)
    first = ceremonies.find(frame.conn, request.ceremony)
    if first is not None:
        second_ending.end_by_no(frame, first)
    detail = {"of": request.ceremony, "question": request.id}
    frame.write(
        Event(second_ending.ACT, "refused", frame.now, reason="silenced", session=session_id, detail=dict(detail)),
        known,
    )
