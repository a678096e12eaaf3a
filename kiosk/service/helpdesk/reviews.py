"""Review of cases by a step-up of the reviewer's own: list, show, close, reopen. Each act is one transaction with its
row, in the workstation's chain."""

from __future__ import annotations

from kiosk.model.binding import Json
from kiosk.model.review import CaseRow, CasesView, CaseView
from kiosk.service.audit import reading
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import owed_texts
from kiosk.service.helpdesk import case_record, case_view
from kiosk.service.helpdesk.approver import Approver
from kiosk.service.helpdesk.refusals import ResetRefusedError
from kiosk.service.shared.frame import Frame
from kiosk.service.store import emergencies, review_cases
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
    waiting.sort(key=lambda case: (case_view.due_of(frame.service.review, case), case.id))
    _write(frame, "review_listed", by, None, {"cases": len(waiting)})
    shown = tuple(_view(frame, case) for case in waiting[:MAX_LISTED])
    return CasesView(shown, max(0, len(waiting) - MAX_LISTED))


def show(frame: Frame, by: Approver) -> CaseView:
    """One case with what happened in its time. Raises ``ResetRefusedError``."""
    case = _case(frame, by)
    rows = case_record.rows_of(frame.conn, case)
    _write(frame, "review_shown", by, case, {"rows": len(rows[0])})
    return _view(frame, case, rows)


def close(frame: Frame, by: Approver) -> CaseView:
    """The finding that the reviewer signed closes the case. Raises ``ResetRefusedError``, with nothing changed but the
    token used up."""
    case = _case(frame, by)
    if case.closed is not None:
        raise ResetRefusedError("case_closed")
    if _goes_on(frame, case):
        raise ResetRefusedError("not_over")
    finding, text = _finding(frame, by)
    signed = {"finding": finding, "text": text, "jti": by.jti}
    who = {"closed": frame.now, "closed_by": by.known.person.id, "closed_station": frame.station.id}
    review_cases.change(frame.conn, case, {**who, **signed})
    said: dict[str, Json] = {"finding": finding, "text": text, "kind": case.kind}
    _write(frame, "review_closed", by, case, {**said, **_signed_for(frame, by)})
    if case.person is None:
        _write_text(frame, case, by, text)  # nobody else is known who could
    return _view(frame, _again(frame, case))


def write_text(frame: Frame, by: Approver) -> CaseView:
    """What a reviewer signed about an emergency access of which nobody is known who could write about it. Raises
    ``ResetRefusedError``."""
    case = _case(frame, by)
    text = by.purpose.strip()
    if not 0 < len(text) <= MAX_TEXT:
        raise ResetRefusedError("no_finding")
    if case.person is not None or not _write_text(frame, case, by, text):
        raise ResetRefusedError("no_text_owed")
    _write(frame, "review_text", by, case, {"text": by.purpose, **_signed_for(frame, by)})
    return _view(frame, case)


def _write_text(frame: Frame, case: ReviewCase, by: Approver, text: str) -> bool:
    use = emergencies.find(frame.conn, case.subject) if case.kind == "emergency" else None
    if use is None or use.text is not None:
        return False
    owed_texts.keep(frame, use, text, by.known, case=case.id)
    return True


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
    _write(frame, "review_reopened", by, case, {"new": made, "text": by.purpose, **_signed_for(frame, by)})
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


def _goes_on(frame: Frame, case: ReviewCase) -> bool:
    """Whether the emergency access of that case lasts, which may be longer than ``end_of`` takes for granted."""
    if case.kind != "emergency" or case.until is not None:
        return False
    use = emergencies.find(frame.conn, case.subject)
    lasts = use is not None and use.ended is None and frame.now <= use.expires + emergencies.GRACE
    return lasts or frame.now < case_record.end_of(case)


def _finding(frame: Frame, by: Approver) -> tuple[str, str]:
    """What the reviewer's key has signed: finding, colon, text."""
    finding, _, text = by.purpose.partition(": ")
    if finding not in frame.service.review.findings:
        raise ResetRefusedError("no_such_finding")
    if not 0 < len(text) <= MAX_TEXT:
        raise ResetRefusedError("no_finding")
    return finding, text


def _signed_for(frame: Frame, by: Approver) -> dict[str, Json]:
    """What opens the commitment to the case in the statement that was signed, so that anybody can compare the two."""
    kept = reading.openings_between(frame.conn, frame.station.id, by.granted, by.granted).get(by.granted, ())
    wanted = f"Case/{by.resource}"
    found = next((opened for opened in kept if opened.value == wanted), None)
    return {} if found is None else {"resource": wanted, "salt": found.salt}


def _again(frame: Frame, case: ReviewCase) -> ReviewCase:
    return review_cases.find(frame.conn, case.id) or case


def _view(frame: Frame, case: ReviewCase, rows: tuple[tuple[CaseRow, ...], bool] = ((), False)) -> CaseView:
    return case_view.view(frame.conn, frame.service.review, case, frame.now, rows)


def _write(frame: Frame, action: str, by: Approver, case: ReviewCase | None, detail: dict[str, Json]) -> None:
    who: dict[str, Json] = {"by": by.known.person.id, "by_login": by.known.person.login}
    who |= {"jti": by.jti, "grant": by.granted}
    about = case_view.subject_of(frame.conn, case) if case is not None else None
    if case is not None:
        who |= {"case": case.id}
    frame.write(Event(action, "success", frame.now, detail={**who, **detail}), about)
