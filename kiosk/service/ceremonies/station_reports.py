"""Reports of a workstation: written to its own chain, and believed only about its own sessions."""

from __future__ import annotations

import uuid

from kiosk.model.binding import Json
from kiosk.model.emergency import ENDED, EXTENDED, PROGRAM_STARTED
from kiosk.model.reported import OUTBOX_DAMAGED, TROUBLES
from kiosk.model.wire import Report, ReportsIn
from kiosk.service.audit import overspent
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import abandoned_stepups, emergencies, offline_sign_ins
from kiosk.service.ceremonies.emergencies import SaidOfEmergency
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, lookups, reports, sessions, spending
from kiosk.service.store.request_budget import VITAL, allowed, person_party, station_party
from kiosk.service.store.sessions import StoredSession

ACTIONS = (
    frozenset(
        {
            "lock",
            "tap_failed",
            "not_me",
            "session_end",
            "reader_lost",
            "reader_back",
            "card_service_lost",
            "card_service_back",
            "stepup_refused",
            "agent_start",
            "agent_stop",
            "hook_failed",
            EXTENDED,
            ENDED,
            PROGRAM_STARTED,
            "rehearsal",
        }
    )
    | TROUBLES
)
OF_AN_EMERGENCY = frozenset({EXTENDED, ENDED, PROGRAM_STARTED})
"""Whose session is the name of an emergency access."""
MAX_REPORTS = 100
MAX_REPORT = 10 * 1024
"""Bytes of a report, at most: seventeen texts of 256 characters, twice, and what a row costs besides."""
MAX_FIELD = 256
MAX_SESSION = "max_session"
"""The reason of a session's end that ends grace too: its person has to prove a second factor again."""


def take(frame: Frame, body: ReportsIn) -> int:
    """Write each report that is new. Raises ``HttpProblemError`` for one that makes no sense: then none is written.

    What the workstation's budget does not hold is not written, but for locks and ends of sessions; how many were not.
    """
    if len(body.reports) > MAX_REPORTS:
        raise HttpProblemError(422, "too_many", f"At most {MAX_REPORTS} reports at a time.")
    refused = 0
    for report in body.reports:
        _check(report)
    for report in body.reports:
        if report.action not in VITAL and not _room(frame, report):
            refused += 1
        elif reports.add(frame.conn, report.id, frame.station.id, frame.now):
            _one(frame, report)
    if refused:
        party = station_party(frame.station.id)
        overspent.tell(frame.conn, frame.station.id, party, refused, frame.now)
    return refused


def _room(frame: Frame, report: Report) -> bool:
    """Whether the budgets of workstation and person hold one more report, after what this request has spent."""
    budgets, spent = frame.service.budgets, frame.spent
    session = _session_of(frame, report)
    parties = [(station_party(frame.station.id), budgets.other_rows, spent.other)]
    if session is not None:
        mine = spent.people.get(session.person, spending.NOTHING)
        parties.append((person_party(session.person), budgets.person_rows, mine))
    for party, rows, used in parties:
        left = spending.left(frame.conn, party, allowed(budgets, rows), frame.now)
        if left.rows <= used.rows or left.size <= used.size + MAX_REPORT:
            return False
    return not frame.service.storage.low()


def _check(report: Report) -> None:
    try:
        uuid.UUID(report.id)
    except ValueError:
        raise HttpProblemError(422, "bad_report", "A report's id is a UUID.") from None
    if report.action not in ACTIONS:
        raise HttpProblemError(422, "unknown_action", "This action is not one that a workstation reports.")
    texts = [report.reason or "", *report.detail, *report.detail.values()]
    if len(report.detail) > 16 or any(len(text) > MAX_FIELD for text in texts):
        raise HttpProblemError(422, "too_long", "A text of the report is too long.")
    if abs(report.at) >= 1 << 53:
        raise HttpProblemError(422, "bad_report", "The report's time is impossible.")


def _one(frame: Frame, report: Report) -> None:
    if report.action in OF_AN_EMERGENCY:
        told: dict[str, Json] = {**report.detail, "report": report.id, "reported_at": report.at}
        emergencies.follow(frame, SaidOfEmergency(report.action, report.session or "", report.reason, told))
        return
    session = _session_of(frame, report)
    if session is not None and session.workstation != frame.station.id:
        raise HttpProblemError(403, "not_your_session", "A workstation reports about its own sessions only.")
    detail: dict[str, Json] = {**report.detail, "report": report.id, "reported_at": report.at}
    if report.session is not None and session is None:
        detail["unknown_session"] = True
    known = lookups.person_by_id(frame.conn, session.person) if session else None
    if session is not None:
        follow(frame, report.action, report.reason, session)
    if report.action == OUTBOX_DAMAGED:
        detail["case"] = offline_sign_ins.open_case(frame, report.action, frame.now)
    event = Event(
        report.action,
        "failure" if report.action in TROUBLES else "seen",
        frame.now,
        reason=report.reason,
        session=session.id if session else None,
        detail=detail,
    )
    frame.write(event, known)


def _session_of(frame: Frame, report: Report) -> StoredSession | None:
    """The session that the report is about.

    Where the answer that opened it was lost, the workstation knows its ceremony alone. A step-up's session is another
    matter: it was open before, and goes on.
    """
    if report.session is not None:
        return sessions.held(frame.conn, report.session)
    ceremony = report.detail.get("ceremony")
    if report.action != "session_end" or ceremony is None:
        return None
    row = ceremonies.find(frame.conn, ceremony)
    if row is None or row.purpose != "sign_in" or row.session is None:
        return None
    return sessions.held(frame.conn, row.session)


def follow(frame: Frame, action: str, reason: str | None, session: StoredSession) -> None:
    """Let the session follow. A lock by the person or by time ends a step-up that is under way in it."""
    if action == "lock":
        sessions.lock(frame.conn, session, frame.now)
    elif action == "session_end":
        sessions.end(frame.conn, session, frame.now)
        if reason == MAX_SESSION:
            sessions.end_grace(frame.conn, session.person)
    else:
        return
    abandoned_stepups.end_step_up(frame, session)
