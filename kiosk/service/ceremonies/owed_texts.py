"""What is written about an emergency access afterwards: by its person at their next sign-in, or by a reviewer.

Whoever it was said to be is asked, though nobody proved that it was them: that it was not is what they would write.
"""

from __future__ import annotations

from kiosk.model.binding import Json
from kiosk.model.drawable import NotDrawableError
from kiosk.model.drawable import check as check_drawable
from kiosk.model.owed_text import MAX_OWED_TEXT, OwedText, OwedTextIn, OwedTexts
from kiosk.service.audit.event import Event
from kiosk.service.platform.problems import HttpProblemError, not_found
from kiosk.service.shared.frame import Frame
from kiosk.service.store import emergencies, lookups, news, sessions
from kiosk.service.store.emergencies import EmergencyUse
from kiosk.service.store.lookups import StoredPerson

MAX_LISTED = 10
WRITTEN = "emergency_text"


def of_session(frame: Frame, session: str) -> OwedTexts:
    """What the person owes whose session is open at this very station. 404 for any other session."""
    return _owed(frame, _person(frame, session))


def write(frame: Frame, session: str, body: OwedTextIn) -> OwedTexts:
    """Their text about one of theirs. 404 for another's or one that was written about, 422 for a text that no screen
    could show."""
    text = " ".join(body.text.split())
    try:
        check_drawable("The text", text, "sentence", MAX_OWED_TEXT)
    except NotDrawableError as error:
        raise HttpProblemError(422, "bad_text", str(error)) from None
    known = _person(frame, session)
    use = next((use for use in _unwritten(frame, known) if use.id == body.emergency), None)
    if use is None:
        raise not_found("emergency")
    keep(frame, use, text, known, session=session)
    left = _owed(frame, known)
    if not left.texts:
        news.settle(frame.conn, known.person.id)
    return left


def keep(
    frame: Frame, use: EmergencyUse, text: str, by: StoredPerson, *, session: str | None = None, case: str | None = None
) -> None:
    """Write it down, with its row. ``case``: by which a reviewer wrote it."""
    emergencies.write_text(frame.conn, use, text, by.person.id, frame.now, case)
    if case is None:  # a reviewer's own row says it, with what they signed
        said: dict[str, Json] = {"emergency": use.id, "case": use.case_id, "text": text}
        late = use.text_due is not None and use.text_due <= frame.now
        frame.write(Event(WRITTEN, "success", frame.now, session=session, detail={**said, "late": late}), by)


def _person(frame: Frame, session: str) -> StoredPerson:
    found = sessions.held(frame.conn, session)
    known = lookups.person_by_id(frame.conn, found.person) if found else None
    if found is None or known is None or found.workstation != frame.station.id or found.state != "open":
        raise not_found("session")
    return known


def _unwritten(frame: Frame, known: StoredPerson) -> list[EmergencyUse]:
    return emergencies.unwritten(frame.conn, known.person.id)


def _owed(frame: Frame, known: StoredPerson) -> OwedTexts:
    names = {use.workstation: lookups.station(frame.conn, use.workstation) for use in _unwritten(frame, known)}
    told = []
    for use in _unwritten(frame, known)[:MAX_LISTED]:
        station, due = names[use.workstation], use.text_due or 0
        told.append(OwedText(use.id, station.name if station else "", use.begun, due, overdue=due <= frame.now))
    return OwedTexts(tuple(told))
