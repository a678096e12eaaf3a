"""What a workstation saw by itself, for its audit trail."""

from __future__ import annotations

from fastapi import APIRouter

from kiosk.model.counted import counted
from kiosk.model.wire import ReportsIn
from kiosk.service.ceremonies import station_reports
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.routes.door import TheCaller, TheService, decide
from kiosk.service.routes.strict import StrictRoute

router = APIRouter(prefix="/v1", tags=["reports"], route_class=StrictRoute)


@router.post("/reports", status_code=204)
async def report(body: ReportsIn, service: TheService, caller: TheCaller) -> None:
    """At most 100 reports, oldest first; one that was sent before is not written again.

    429 where the workstation's budget did not hold them all: locks and ends of sessions are written, the others are to
    be sent again later.
    """
    refused = await decide(service, caller, lambda frame: station_reports.take(frame, body))
    if refused:
        reports = counted(refused, "report was", "reports were")
        sentence = f"{reports} not taken: this workstation made too many. Send again later."
        raise HttpProblemError(429, "over_budget", sentence, {"Retry-After": "60"})
