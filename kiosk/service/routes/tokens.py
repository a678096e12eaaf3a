"""Step-up tokens in the hands of their audience: redeemed once, or collected by its backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fastapi import APIRouter
from sqlalchemy import Connection

from kiosk.service.audit import overspent
from kiosk.service.ceremonies import granted, token_rows, token_standing
from kiosk.service.ceremonies.granted import Claims
from kiosk.service.jose.tokens import STEP_UP_TYP, InvalidTokenError
from kiosk.service.platform.json_fields import JsonObject, number
from kiosk.service.platform.problems import HttpProblemError, not_found
from kiosk.service.routes.door import Caller, TheCaller, TheService, admit_application
from kiosk.service.routes.strict import StrictRoute
from kiosk.service.shared.context import Service
from kiosk.service.store import grants
from kiosk.service.store.grants import StepUpGrant
from kiosk.service.store.request_budget import OverBudgetError, settle_application

T = TypeVar("T")
router = APIRouter(prefix="/v1", tags=["tokens"], route_class=StrictRoute)


@dataclass(frozen=True, slots=True)
class RedeemIn:
    """Body of ``POST /v1/tokens/redeem``. ``records``: of a standing batch, how many go now; None for any other."""

    token: str
    records: int | None = None


@dataclass(frozen=True, slots=True)
class TokenView:
    """Answer of ``POST /v1/stepups/{request_id}/token``."""

    token: str


@router.post("/tokens/redeem")
async def redeem(body: RedeemIn, service: TheService, caller: TheCaller) -> dict[str, object]:
    """The claims of a token that was issued for this application, once (409 ``already_used`` from then on); of a
    standing batch in parts, until so many records have gone."""
    now = service.now()
    try:
        claims = service.mint.read(body.token, STEP_UP_TYP, now)
    except InvalidTokenError as error:
        raise HttpProblemError(422, "bad_token", f"The token is not accepted: {error}.") from None

    def act(conn: Connection) -> Claims | None:
        application = admit_application(conn, caller)
        grant = grants.by_jti(conn, str(claims.get("jti")))
        if grant is None and claims.get("aud") == application.audience:
            raise HttpProblemError(410, "expired", "The token is not good any more. Ask again.")
        if grant is None or grant.audience != application.audience:
            raise HttpProblemError(403, "wrong_audience", "This token is for another audience.")
        _check_standing(conn, service, grant, application.name)
        said = granted.claims_of(conn, service.issuer, grant)
        if not _is_of(claims, said, application.audience):
            raise HttpProblemError(422, "bad_token", "The token is not accepted: it does not say what was approved.")
        if grant.batch is not None:
            return _redeem_part(conn, grant, said, body.records, now, application.name)
        first = grants.redeem(conn, grant.jti, now)
        token_rows.used(conn, grant, said, "token_redeemed", first, now, application.name)
        return said if first else None

    try:
        answer = await _decide(service, caller, act)
    except _WithdrawnError as refused:
        withdrawn = refused
        await _decide(service, caller, lambda conn: withdrawn.write(conn, "token_redeemed", now))
        raise
    if answer is None:
        raise HttpProblemError(409, "already_used", "This token was redeemed before, or has not so many records left.")
    return dict(answer)


def _redeem_part(
    conn: Connection, grant: StepUpGrant, said: Claims, records: int | None, now: int, by: str
) -> Claims | None:
    """A part of a standing batch goes. Raises ``HttpProblemError`` where it is not said how much."""
    if records is None or records < 1:
        raise HttpProblemError(422, "bad_records", "Say how many records of this batch go now.")
    left = grants.redeem_part(conn, grant.jti, records, now)
    token_rows.used(conn, grant, said, "token_redeemed", left is not None, now, by, part=records)
    return None if left is None else {**said, "left": left}


@router.post("/stepups/{request_id}/token")
async def collect(request_id: str, service: TheService, caller: TheCaller) -> TokenView:
    """The token of a web page's request, for its audience's backend, once."""
    try:
        token = await _decide(service, caller, lambda conn: _collect(conn, service, caller, request_id))
    except _WithdrawnError as refused:
        withdrawn = refused
        await _decide(service, caller, lambda conn: withdrawn.write(conn, "token_collected", service.now()))
        raise
    if token is None:
        raise HttpProblemError(409, "already_used", "This token was collected before.")
    return TokenView(token)


def _is_of(token: JsonObject, said: Claims, audience: str) -> bool:
    """Whether a token says what its grant does, for this audience."""
    return said["aud"] == audience and token == said


async def _decide(service: Service, caller: Caller, act: Callable[[Connection], T]) -> T:
    """``act`` in one write transaction, charged to the application: every use of a token is a row."""
    now = service.now()

    def run(conn: Connection) -> T:
        done = act(conn)
        settle_application(conn, service.budgets, caller.client_id, now)
        return done

    try:
        return await service.db.write(run)
    except OverBudgetError as over:
        await service.db.write(overspent.tell, None, over.party, 1, now)
        raise


def _collect(conn: Connection, service: Service, caller: Caller, request_id: str) -> str | None:
    now = service.now()
    application = admit_application(conn, caller)
    grant = grants.by_request(conn, request_id)
    if grant is None or grant.audience != application.audience or grant.delivery != "collect":
        raise not_found("token")
    if grant.expires <= now:
        raise HttpProblemError(410, "expired", "The token has expired. Ask again.")
    _check_standing(conn, service, grant, application.name)
    said = granted.claims_of(conn, service.issuer, grant)
    if number(said, "exp") <= now:
        raise HttpProblemError(410, "expired", "The token has expired. Ask again.")
    first = grants.collect(conn, request_id, now)
    token_rows.used(conn, grant, said, "token_collected", first, now, application.name)
    return service.mint.sign_step_up(said, application.audience) if first else None


class _WithdrawnError(HttpProblemError):
    """What made the token does not hold any more. ``by``: who brought it."""

    def __init__(self, code: str, sentence: str, grant: StepUpGrant, by: str) -> None:
        super().__init__(403, code, sentence)
        self.grant, self.by = grant, by

    def write(self, conn: Connection, action: str, now: int) -> None:
        """The refusal, in the trail: what was tried is taken back."""
        token_rows.refused(conn, self.grant, action, self.code, now, self.by)


def _check_standing(conn: Connection, service: Service, grant: StepUpGrant, by: str) -> None:
    """Whoever approved it, what they did it with, and where, must still be good. Raises ``_WithdrawnError``."""
    fault = token_standing.fault(conn, service, grant, service.now())
    if fault is not None:
        raise _WithdrawnError(*fault, grant, by)
