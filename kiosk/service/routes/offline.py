"""What workstations did by themselves while the service was away, and whom they may still believe."""

from __future__ import annotations

from fastapi import APIRouter

from kiosk.model.journal import LiveTickets, ReplayIn, ReplayOut
from kiosk.service.ceremonies import replay
from kiosk.service.routes.door import TheCaller, TheService, admit_station, decide
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.store import downtime

router = APIRouter(prefix="/v1", tags=["downtime"], route_class=StrictRoute)


@router.post("/offline")
async def replayed(body: ReplayIn, service: TheService, caller: TheCaller) -> ReplayOut:
    """The next rows of the workstation's journal; those that were taken before are not taken again."""
    return await decide(service, caller, lambda frame: replay.take(frame, body))


@router.get("/offline")
async def tickets(service: TheService, caller: TheCaller) -> LiveTickets:
    """Which downtime tickets of this workstation count."""
    now = service.now()
    ids = await service.db.write(lambda conn: downtime.live(conn, admit_station(conn, caller).id, now))
    return LiveTickets(ids)
