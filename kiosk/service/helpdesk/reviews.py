"""Review of cases by a step-up of the reviewer's own: list, show, close, reopen. Each act is one transaction with its
row, in the workstation's chain."""

from __future__ import annotations

from kiosk.model.binding import Json
from kiosk.model.review import CasesView, CaseView
from kiosk.service.audit.event import Event
from kiosk.service.helpdesk import case_record
from kiosk.service.helpdesk.approver import Approver
from kiosk.service.helpdesk.refusals import ResetRefusedError
from kiosk.service.shared.frame import Frame
from kiosk.service.store import lookups, review_cases
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.review_cases import ReviewCase

ALL = "all"
"""The resource of the list."""
MAX_LISTED = 100
MAX_TEXT = 400
"""Characters of what a reviewer writes to their finding."""


def listed(frame: Frame, by: Approver) -> CasesView:
    """Cases that wait, the one that is due first first. Raises ``ResetRefusedError``."""
    _reviewer(frame, by)
    waiting = review_cases.waiting(frame.conn)
    waiting.sort(key=lambda case: (_due(frame, case), case.id))
    _write(frame, "review_listed", by, None, {"cases": len(waiting)})
    shown = tuple(_view(frame, case) for case in waiting[:MAX_LISTED])
    return CasesView(shown, max(0, len(waiting) - MAX_LISTED))


def show(frame: Frame, by: Approver) -> CaseView:
    """One case with what happened in its time. Raises ``ResetRefusedError``."""
    case = _case(frame, by)
    rows, cut = case_record.rows_of(frame.conn, case)
    _write(frame, "review_shown", by, case, {"rows": len(rows)})
    return _view(frame, case, rows=rows, cut=cut)


def close(frame: Frame, by: Approver) -> CaseView:
    """The finding that the reviewer signed closes the case. Raises ``ResetRefusedError``, with nothing changed but the
    token used up."""
    case = _case(frame, by)
    if case.closed is not None:
        raise ResetRefusedError("case_closed")
    if case.kind == "emergency" and case.until is None and frame.now < case_record.end_of(case):
        raise ResetRefusedError("not_over")
    finding, text = _finding(frame, by)
    signed = {"finding": finding, "text": text, "jti": by.jti}
    who = {"closed": frame.now, "closed_by": by.known.person.id, "closed_station": frame.station.id}
    review_cases.change(frame.conn, case, {**who, **signed})
    _write(frame, "review_closed", by, case, {"finding": finding, "text": text, "kind": case.kind})
    return _view(frame, _again(frame, case))


def reopen(frame: Frame, by: Approver) -> CaseView:
    """A case that was closed is looked at once more: by a new case, which names it. Raises ``ResetRefusedError``."""
    case = _case(frame, by)
    if case.closed is None:
        raise ResetRefusedError("case_open")
    if not by.purpose.strip():
        raise ResetRefusedError("no_finding")
    if review_cases.is_reopened(frame.conn, case.id):
        raise ResetRefusedError("case_reopened")
    made = review_cases.reopen(frame.conn, case, by.known.person.id, frame.now)
    _write(frame, "review_reopened", by, case, {"new": made, "text": by.purpose})
    found = review_cases.find(frame.conn, made)
    return _view(frame, found or case)


def _reviewer(frame: Frame, by: Approver) -> None:
    if not set(by.known.person.roles) & set(frame.service.review.reviewers):
        raise ResetRefusedError("not_reviewer")


def _case(frame: Frame, by: Approver) -> ReviewCase:
    """The case that the token names, for somebody who may review it."""
    _reviewer(frame, by)
    case = review_cases.find(frame.conn, by.resource.upper())
    if case is None:
        raise ResetRefusedError("unknown_case")
    me = by.known.person.id
    if me == case.person or case_record.worked_there(frame.conn, case, me):
        raise ResetRefusedError("own_case")
    return case


def _finding(frame: Frame, by: Approver) -> tuple[str, str]:
    """What the reviewer's key has signed: finding, colon, text."""
    finding, _, text = by.purpose.partition(":")
    text = text.strip()
    if finding not in frame.service.review.findings:
        raise ResetRefusedError("no_such_finding")
    if not 0 < len(text) <= MAX_TEXT:
        raise ResetRefusedError("no_finding")
    return finding, text


def _due(frame: Frame, case: ReviewCase) -> int:
    return case.due if case.due is not None else frame.service.review.due(case.opened)


def _again(frame: Frame, case: ReviewCase) -> ReviewCase:
    return review_cases.find(frame.conn, case.id) or case


def _subject(frame: Frame, case: ReviewCase) -> StoredPerson | None:
    return lookups.person_seen(frame.conn, case.person) if case.person else None


def _view(frame: Frame, case: ReviewCase, **more: object) -> CaseView:
    who, due = _subject(frame, case), _due(frame, case)
    closer = lookups.person_seen(frame.conn, case.closed_by) if case.closed_by else None
    station = lookups.station(frame.conn, case.station)
    return CaseView(
        id=case.id,
        kind=case.kind,
        state="closed" if case.closed is not None else "overdue" if due <= frame.now else "open",
        login=who.person.login if who else None,
        name=who.person.name if who else None,
        station=station.name if station else case.station,
        place=case.place,
        why=case.why,
        happened=case.happened,
        until=case.until,
        opened=case.opened,
        due=due,
        more=case.more,
        reopens=case.reopens,
        closed=case.closed,
        closed_by=closer.person.login if closer else None,
        finding=case.finding,
        text=case.text,
        findings=frame.service.review.findings,
        **more,  # type: ignore[arg-type]  # rows and cut
    )


def _write(frame: Frame, action: str, by: Approver, case: ReviewCase | None, detail: dict[str, Json]) -> None:
    who: dict[str, Json] = {"by": by.known.person.id, "by_login": by.known.person.login, "jti": by.jti}
    about = _subject(frame, case) if case is not None else None
    if case is not None:
        who |= {"case": case.id}
    frame.write(Event(action, "success", frame.now, detail={**who, **detail}), about)
