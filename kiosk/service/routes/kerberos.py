"""The door for a workspace's Kerberos ticket."""

from __future__ import annotations

from fastapi import APIRouter

from kiosk.model.kerberos import KerberosIn, KerberosView
from kiosk.service.kerberos import issuing
from kiosk.service.routes.door import TheCaller, TheService, decide
from kiosk.service.routes.strict import StrictRoute

router = APIRouter(tags=["kerberos"], route_class=StrictRoute)


@router.post("/v1/kerberos")
async def certify(body: KerberosIn, service: TheService, caller: TheCaller) -> KerberosView:
    """A certificate of minutes for a key that was made in a workspace, in its person's name."""
    return await decide(service, caller, lambda frame: issuing.decide(frame, body))
