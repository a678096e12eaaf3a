"""What a workstation saw by itself, for its audit trail."""

from __future__ import annotations

from fastapi import APIRouter

from kiosk.model.wire import ReportsIn
from kiosk.service.ceremonies import reporting
from kiosk.service.routes.door import TheCaller, TheService, decide
from kiosk.service.routes.strict import StrictRoute

router = APIRouter(prefix="/v1", tags=["reports"], route_class=StrictRoute)


@router.post("/reports", status_code=204)
async def report(body: ReportsIn, service: TheService, caller: TheCaller) -> None:
    """All or none of at most 100 reports, oldest first; one that was sent before is not written again."""
    await decide(service, caller, lambda frame: reporting.take(frame, body))
