"""Step-up tokens in the hands of their audience: redeemed once, or collected by its backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection

from kiosk.service.audit import writer
from kiosk.service.audit.event import Event
from kiosk.service.context import Service
from kiosk.service.problems import HttpProblem, not_found
from kiosk.service.routes.door import Caller, TheCaller, TheService, admit_application
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.store import grants, lookups
from kiosk.service.store.grants import StepUpGrant
from kiosk.service.tokens import STEP_UP_TYP, BadToken

router = APIRouter(prefix="/v1", tags=["tokens"], route_class=StrictRoute)


@dataclass(frozen=True, slots=True)
class RedeemIn:
    """Body of ``POST /v1/tokens/redeem``."""

    token: str


@dataclass(frozen=True, slots=True)
class TokenView:
    """Answer of ``POST /v1/stepups/{request_id}/token``."""

    token: str


@router.post("/tokens/redeem")
async def redeem(body: RedeemIn, service: TheService, caller: TheCaller) -> dict[str, Any]:
    """The claims of a token that was issued for this application, once (409 ``already_used`` from then on)."""
    now = service.now()
    try:
        claims = service.mint.read(body.token, STEP_UP_TYP, now)
    except BadToken as error:
        raise HttpProblem(422, "bad_token", f"The token is not accepted: {error}.") from None

    def act(conn: Connection) -> dict[str, Any] | None:
        application = admit_application(conn, caller)
        grant = grants.by_jti(conn, str(claims.get("jti")))
        if grant is None or grant.audience != application.audience:
            raise HttpProblem(403, "wrong_audience", "This token is for another audience.")
        _check_person(conn, grant)
        first = grants.redeem(conn, grant.jti, now)
        _write(conn, grant, "token_redeemed", first, now, application.name)
        return grant.claims if first else None

    answer = await service.db.write(act)
    if answer is None:
        raise HttpProblem(409, "already_used", "This token was redeemed before.")
    return answer


@router.post("/stepups/{request_id}/token")
async def collect(request_id: str, service: TheService, caller: TheCaller) -> TokenView:
    """The token of a web page's request, for its audience's backend, once."""
    claims = await service.db.write(_collect, service, caller, request_id)
    if claims is None:
        raise HttpProblem(409, "already_used", "This token was collected before.")
    return TokenView(service.mint.sign(STEP_UP_TYP, claims))


def _collect(conn: Connection, service: Service, caller: Caller, request_id: str) -> dict[str, Any] | None:
    now = service.now()
    application = admit_application(conn, caller)
    grant = grants.by_request(conn, request_id)
    if grant is None or grant.audience != application.audience or grant.delivery != "collect":
        raise not_found("token")
    if grant.expires <= now:
        raise HttpProblem(410, "expired", "The token has expired. Ask again.")
    _check_person(conn, grant)
    first = grants.collect(conn, request_id, now)
    _write(conn, grant, "token_collected", first, now, application.name)
    return grant.claims if first else None


def _check_person(conn: Connection, grant: StepUpGrant) -> None:
    """Who was suspended, or has left, since the token was granted. Raises ``HttpProblem``."""
    known = lookups.person_by_id(conn, grant.person)
    if known is None or known.suspended:
        raise HttpProblem(403, "suspended", "Whoever approved this may not do so any more.")


def _write(conn: Connection, grant: StepUpGrant, action: str, first: bool, now: int, by: str) -> None:
    """Told in the chain of the workstation where it was granted: also a second use, which is refused."""
    station = lookups.station(conn, grant.workstation)
    event = Event(
        action,
        "success" if first else "refused",
        now,
        reason=None if first else "already_used",
        person=grant.person,
        login=str(grant.claims.get("sub")),
        workstation=grant.workstation,
        station=station.name if station else None,
        session=grant.session,
        ceremony=grant.ceremony,
        detail={"by": by, "jti": grant.jti},
    )
    writer.append(conn, grant.workstation, event)
