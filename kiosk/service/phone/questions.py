"""A question to a phone, found by the code of its QR code, with whom and what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event, Result
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.context import Service
from kiosk.service.store import lookups, phone_requests
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.lookups import StoredPerson, StoredStation
from kiosk.service.store.phone_requests import PhoneRequest

ANSWERED = "phone_answered"
"""In the trail, of the service's own chain: no workstation signed it."""


@dataclass(frozen=True, slots=True)
class PhoneQuestion:
    """``request``: live. ``code``: as the phone read it. ``known``: whose phone is asked; locked in a transaction that
    writes."""

    service: Service
    conn: Connection
    code: str
    request: PhoneRequest
    known: StoredPerson
    station: StoredStation
    now: int

    def write(self, result: Result, reason: str, **more: Json) -> None:
        """Its answer, or a wrong one, in the trail."""
        request, who, detail = self.request, self.known.person, dict(more)
        event = Event(
            ANSWERED,
            result,
            self.now,
            reason,
            who.id,
            who.login,
            self.station.id,
            self.station.name,
            ceremony=request.about if request.purpose == "approve" else None,
            method="phone",
            detail={"question": request.id[:16], "purpose": request.purpose, **detail},
        )
        writer.append(self.conn, SERVICE, event)

    def write_of(self, action: str, result: Result, reason: str, row: CeremonyRow, **more: Json) -> None:
        """What became of the step-up ``row`` by its answer, in the same chain."""
        who, station = self.known.person, self.station
        about: dict[str, Json] = {"question": self.request.id[:16], **more}
        place = (who.id, who.login, station.id, station.name)
        event = Event(action, result, self.now, reason, *place, session=row.session, ceremony=row.id, detail=about)
        writer.append(self.conn, SERVICE, event)


def over() -> HttpProblemError:
    """404: it never was, was answered, or took too long; to whoever asks these look alike."""
    return HttpProblemError(404, "over", "This is over. Have the workstation show a new code.")


def check_live(conn: Connection, code: str, now: int) -> None:
    """Raises ``HttpProblemError`` unless something can still be answered by that code. Read first, on its own: whoever
    sends codes that nobody gave keeps no writer busy."""
    found = phone_requests.find(conn, phone_requests.mark_of(code))
    if found is None or not found.live(now):
        raise over()


def find(conn: Connection, service: Service, code: str, purpose: str, now: int) -> PhoneQuestion:
    """The live question of ``code``. Raises ``HttpProblemError``."""
    mark = phone_requests.mark_of(code)
    found = phone_requests.find(conn, mark)
    known = None if found is None else lookups.person_by_id(conn, found.person)
    request = phone_requests.find(conn, mark)  # as it is now that its person is locked
    station = None if request is None else lookups.station(conn, request.workstation)
    if request is None or known is None or station is None or known.suspended or station.state != "enrolled":
        raise over()
    allowed = service.rules.enrol.phone_approval
    if not allowed or request.purpose != purpose or not request.live(now):
        raise over()
    return PhoneQuestion(service, conn, code, request, known, station, now)
