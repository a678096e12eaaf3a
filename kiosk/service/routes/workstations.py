"""A workstation enrols, and asks for its rules."""

from __future__ import annotations

import json
import time
from collections import OrderedDict

from fastapi import APIRouter, Request
from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.people import ProgramView, StationView
from kiosk.model.wire import EnrolIn, EnrolOut, StationSays, Who
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.jose import client_assertion
from kiosk.service.platform.problems import HttpProblemError, not_found
from kiosk.service.routes.door import TheCaller, TheService, admit_station, decide
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.shared import risk_says
from kiosk.service.store import emergencies, lookups, programs, sealed_codes, seen, sessions, workstations
from kiosk.service.store.errors import StoreConflictError
from kiosk.service.store.lookups import StoredStation

router = APIRouter(prefix="/v1", tags=["workstations"], route_class=StrictRoute)
WRONG_CODES = 10
"""Wrong codes from one address within a minute, by this process; a code has 80 random bits besides."""

MAX_ADDRESSES = 1024


class _WrongCodes:
    """Counts wrong codes by address, for a minute each. Only slows; other replicas may not know."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, list[float]] = OrderedDict()

    def full(self, address: str) -> bool:
        recent = [at for at in self._seen.get(address, []) if at > time.monotonic() - 60]
        return len(recent) >= WRONG_CODES

    def add(self, address: str) -> None:
        self._seen.setdefault(address, []).append(time.monotonic())
        self._seen[address] = self._seen[address][-WRONG_CODES:]
        self._seen.move_to_end(address)
        if len(self._seen) > MAX_ADDRESSES:
            self._seen.popitem(last=False)


_wrong_codes = _WrongCodes()


@router.post("/workstations/enroll")
async def enroll(body: EnrolIn, request: Request, service: TheService) -> EnrolOut:
    """A new workstation shows its one-time code and its public key; the code is void from then on."""
    address = request.client.host if request.client else ""
    if _wrong_codes.full(address):
        raise HttpProblemError(429, "too_fast", "Too many wrong codes. Wait a minute.", {"Retry-After": "60"})
    try:
        public, jkt = client_assertion.new_key(body.jwk)
    except ValueError:
        raise HttpProblemError(422, "bad_key", "The key must be a public P-256 key in JWK form.") from None
    now = service.now()

    def act(conn: Connection) -> tuple[StoredStation, tuple[str, ...], tuple[ProgramView, ...]] | None:
        made = workstations.enrol(conn, body.code, json.dumps(public, sort_keys=True), jkt, now)
        station = lookups.station(conn, made) if made else None
        if station is None:
            return None
        detail: dict[str, Json] = {"jwk": {**public}}
        event = Event(
            "workstation_enrolled", "success", now, workstation=station.id, station=station.name, detail=detail
        )
        writer.append(conn, station.id, event)
        before = workstations.replaced_by(conn, station.id)
        if before is not None:
            # In the service's chain: the one before signed for nothing of this.
            told: dict[str, Json] = {"before": before, "by": station.id}
            ended = Event("workstation_replaced", "success", now, workstation=before, station=station.name, detail=told)
            writer.append(conn, SERVICE, ended)
        return station, lookups.web_origins(conn), programs.all_of_them(conn)

    try:
        enrolled = await service.db.write(act)
    except StoreConflictError:
        raise HttpProblemError(
            409, "key_in_use", "This key belongs to a workstation already. Make a new one."
        ) from None
    if enrolled is None:
        _wrong_codes.add(address)
        raise HttpProblemError(
            403, "bad_code", "The code is wrong, too old or used. Ask an administrator for a new one."
        )
    return EnrolOut(enrolled[0].id, service.station_view(*enrolled))


@router.get("/workstation")
async def workstation(service: TheService, caller: TheCaller) -> StationView:
    """The present rules."""

    now = service.now()

    def act(conn: Connection) -> StationView:
        station = admit_station(conn, caller)
        beside = emergencies.beside(conn, station.id, station.place, now)
        codes = sealed_codes.live(conn, station.id) if service.rules.emergency.codes else ()
        return service.station_view(station, lookups.web_origins(conn), programs.all_of_them(conn), beside, codes)

    return await service.db.write(act)


@router.post("/workstation", status_code=204)
async def says(body: StationSays, service: TheService, caller: TheCaller) -> None:
    """What the workstation says of itself, for the list of workstations. That it says something else than before is a
    sign of risk (docs/risk.md); nothing else is decided by it."""
    now = service.now()

    def act(conn: Connection) -> None:
        station = admit_station(conn, caller)
        seen.said(conn, station.id, body, now)
        risk_says.take(conn, service.risk, station.id, body, caller.source, now)

    await service.db.write(act)


@router.get("/sessions/{session}")
async def session(session: str, service: TheService, caller: TheCaller) -> Who:
    """Whose session it is, at this workstation."""
    return await decide(service, caller, lambda frame: _who(frame.conn, frame.station, session))


def _who(conn: Connection, station: StoredStation, session_id: str) -> Who:
    found = sessions.find(conn, session_id)
    known = lookups.person_by_id(conn, found.person) if found else None
    if found is None or known is None or found.workstation != station.id:
        raise not_found("session")
    return Who(found.id, known.person, found.assurance, found.state)
