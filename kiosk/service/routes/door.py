"""Who asks, and how a door reaches the store: the access token and DPoP proof of every ``/v1`` request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar, cast

from fastapi import Depends, Request
from sqlalchemy import Connection

from kiosk.model.signing import AGAIN_HEADER, SALT_HEADER
from kiosk.service.audit import admitting, overspent, requests
from kiosk.service.audit.event import Event
from kiosk.service.audit.requests import StationRequest
from kiosk.service.ceremonies import repeated
from kiosk.service.jose import dpop
from kiosk.service.jose.tokens import ACCESS_TYP, InvalidTokenError
from kiosk.service.platform.connection_places import HeldConnection
from kiosk.service.platform.http_limits import PLACE
from kiosk.service.platform.json_fields import member, text
from kiosk.service.platform.problems import HttpProblemError, station_revoked
from kiosk.service.platform.request_sources import source_of
from kiosk.service.shared import risk_memory
from kiosk.service.shared.context import Service
from kiosk.service.shared.frame import Frame
from kiosk.service.store import jtis, lookups
from kiosk.service.store.lookups import Application, StoredStation
from kiosk.service.store.request_budget import OverBudgetError, settle, storage_low

T = TypeVar("T")
ALGS = 'algs="ES256"'


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, by token and proof; not yet looked up. ``kind``: ``workstation`` or ``application``.

    ``signed``: what a workstation signed with it, to be kept with the rows that it leads to.
    ``source``: where it came from, see ``request_sources``. ``again``: proofs with which the same was asked before.
    """

    client_id: str
    kind: str
    proof: dpop.Proof
    signed: StationRequest | None = None
    source: str = ""
    again: frozenset[str] = frozenset()


def service_of(request: Request) -> Service:
    """The running service."""
    return cast(Service, request.app.state.service)


def bases_of(request: Request) -> frozenset[str]:
    """The addresses under which it may be reached."""
    return cast("frozenset[str]", request.app.state.bases)


async def caller_of(request: Request) -> Caller:
    """Verify token and proof (RFC 9449 section 7.1). Raises ``HttpProblemError`` 401."""
    service = service_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "dpop" or not token:
        raise HttpProblemError(
            401, "invalid_token", "Send an access token with a DPoP proof.", {"WWW-Authenticate": f"DPoP {ALGS}"}
        )
    now = service.clock()
    try:
        claims = service.mint.read(token, ACCESS_TYP, now)
    except InvalidTokenError as error:
        raise _unauthorized("invalid_token", f"The access token is not accepted: {error}.") from None
    proof = proof_of(request, access_token=token)
    client, scope = text(claims, "sub"), text(claims, "scope")
    if claims.get("aud") != service.issuer or scope not in ("workstation", "application"):
        raise _unauthorized("invalid_token", "The access token is for another audience.")
    if text(member(claims, "cnf"), "jkt") != proof.jkt:
        raise _unauthorized("invalid_token", "The access token belongs to another key.")
    signed = await _signed(request, proof) if scope == "workstation" else None
    request.state.signed = signed
    vouch(request, client, scope)
    source = source_of(request.client.host if request.client else "")
    again = repeated.proofs_of(request.headers.get(AGAIN_HEADER, ""))
    return Caller(client, scope, proof, signed, source, again)


async def _signed(request: Request, proof: dpop.Proof) -> StationRequest | None:
    """None for a workstation whose program is too old to sign; ``Frame`` says when that is not taken any more."""
    if proof.told is None:
        return None
    try:
        return requests.read(proof.text, proof.told, await request.body(), request.headers.get(SALT_HEADER, ""))
    except requests.BadRequestError as error:
        raise _unauthorized("invalid_dpop_proof", f"The DPoP proof is not accepted: {error}.") from None


def vouch(request: Request, client: str, kind: str) -> None:
    """Whoever is at the other end has proved to be ``client``: its place is safe (``connection_places``)."""
    place = request.scope.get(PLACE)
    if isinstance(place, HeldConnection):
        place.vouch(client, kind)


def proof_of(request: Request, access_token: str | None) -> dpop.Proof:
    """The request's DPoP proof, verified. Raises ``HttpProblemError`` 401, or 400 at the token endpoint."""
    service = service_of(request)
    sent = request.headers.getlist("dpop")
    if len(sent) != 1:
        raise _unauthorized("invalid_dpop_proof", "Send exactly one DPoP proof.")
    try:
        return dpop.check(
            sent[0],
            method=request.method,
            path=request.url.path,
            bases=bases_of(request),
            now=service.clock(),
            nonces=service.nonces,
            access_token=access_token,
        )
    except dpop.DpopNonceRequiredError as error:
        raise _unauthorized("use_dpop_nonce", f"Ask again with the nonce: {error}.") from None
    except dpop.DpopProofError as error:
        raise _unauthorized("invalid_dpop_proof", f"The DPoP proof is not accepted: {error}.") from None


def _unauthorized(code: str, detail: str) -> HttpProblemError:
    return HttpProblemError(401, code, detail, {"WWW-Authenticate": f'DPoP error="{code}", {ALGS}'})


def replayed() -> HttpProblemError:
    """401: a proof's ``jti`` was used before."""
    return _unauthorized("invalid_dpop_proof", "The DPoP proof was used before.")


def _use_proof(conn: Connection, caller: Caller) -> None:
    if not jtis.use(conn, caller.proof.jkt, caller.proof.jti, caller.proof.expires):
        raise replayed()


def admit_station(conn: Connection, caller: Caller) -> StoredStation:
    """Use the proof up and look the workstation up, in the decision's transaction. Raises ``HttpProblemError``."""
    if caller.kind != "workstation":
        raise HttpProblemError(403, "not_a_workstation", "This is for workstations only.")
    proof = caller.proof
    station, fresh = admitting.station(conn, caller.client_id, proof.jkt, proof.jti, proof.expires)
    if station is None or station.state != "enrolled" or station.jkt != proof.jkt:
        raise station_revoked()
    if not fresh:
        raise replayed()
    return station


def admit_application(conn: Connection, caller: Caller) -> Application:
    """The same for an application. Raises ``HttpProblemError``."""
    application = lookups.application_by_id(conn, caller.client_id) if caller.kind == "application" else None
    if caller.kind != "application":
        raise HttpProblemError(403, "not_an_application", "This is for registered applications only.")
    if application is None or not application.active or application.jkt != caller.proof.jkt:
        raise _unauthorized("invalid_token", "This application is no longer accepted.")
    _use_proof(conn, caller)
    return application


async def decide(service: Service, caller: Caller, act: Callable[[Frame], T]) -> T:
    """Admit the workstation and ``act``, in one write transaction. Raises ``HttpProblemError``."""
    now = service.now()
    told: list[Event] = []

    def run(conn: Connection) -> T:
        told.clear()  # a transaction may be run again
        frame = Frame(service, conn, admit_station(conn, caller), now, caller.signed, caller.source, told=told)
        done = act(frame)
        risk_memory.write(conn, frame.memory, now)
        if (frame.spent.other.rows or frame.spent.replayed.rows) and service.storage.low():
            raise storage_low()
        settle(conn, service.budgets, frame.station.id, frame.spent, now)
        return done

    try:
        done = await service.db.write(run)
    except BaseException as error:
        if caller.signed is not None:
            caller.signed.wrote = None  # the rows were taken back
        if isinstance(error, OverBudgetError):
            await service.db.write(overspent.tell, caller.client_id, error.party, 1, now)
        raise
    for event in told:
        service.tally.act(event)
    return done


TheService = Annotated[Service, Depends(service_of)]
TheCaller = Annotated[Caller, Depends(caller_of)]
