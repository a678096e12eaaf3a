"""The doors of tokens that come of a sign-in: exchanged, looked at, given back; and the person's claims."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from kiosk.model.asked import ExchangedToken
from kiosk.model.binding import Json
from kiosk.service.jose.dpop import Proof
from kiosk.service.openid import (
    backchannel_tokens,
    client_auth,
    exchanging,
    one_time,
    refresh_tokens,
    token_exchange,
    token_use,
)
from kiosk.service.openid.claims import Claims, person_claims
from kiosk.service.openid.client_auth import KnownClient, ShownCredentials
from kiosk.service.openid.issuing import IssuedTokens
from kiosk.service.openid.standing import standing_of
from kiosk.service.platform.json_fields import JsonObject, member
from kiosk.service.platform.problems import HttpProblemError, TokenProblemError
from kiosk.service.routes.door import ALGS, bases_of, proof_of, replayed, service_of
from kiosk.service.routes.forms import read_form
from kiosk.service.store import jtis, openid_looks

router = APIRouter(tags=["openid"])
GRANTS = {
    "authorization_code": exchanging.by_code,
    "refresh_token": exchanging.by_refresh,
    backchannel_tokens.GRANT_TYPE: backchannel_tokens.by_question,
    one_time.GRANT_TYPE: one_time.by_password,
}


async def known_client(request: Request, form: Mapping[str, str]) -> KnownClient:
    """Which application asks. Raises ``TokenProblemError``."""
    service = service_of(request)
    return await service.db.look(client_auth.check, _shown(request, form), service.now())


def _shown(request: Request, form: Mapping[str, str]) -> ShownCredentials:
    """What it shows. Raises ``TokenProblemError``."""
    tails = ("", "/oauth/token", request.url.path)
    bases = bases_of(request) | {service_of(request).issuer}
    audiences = frozenset(base + tail for base in bases for tail in tails)
    return client_auth.shown(request.headers.get("authorization", ""), form, audiences)


async def exchanged(request: Request, form: Mapping[str, str]) -> IssuedTokens:
    """Tokens for a code or a refresh token. Raises ``TokenProblemError``."""
    service, now = service_of(request), service_of(request).now()
    proof = shown_proof(request)
    ours = refresh_tokens.read(service.keys.badge, form.get("refresh_token", "")) if _refreshes(form) else None
    if ours is not None:
        done = await service.db.write(exchanging.refreshed, service, _shown(request, form), ours, form, proof, now)
    else:
        who = await known_client(request, form)
        done = await service.db.write(GRANTS[form["grant_type"]], service, who, form, proof, now)
    if isinstance(done, TokenProblemError):
        raise done
    return done


def _refreshes(form: Mapping[str, str]) -> bool:
    return form["grant_type"] == "refresh_token"


async def by_subject(request: Request, form: Mapping[str, str]) -> ExchangedToken:
    """An access token for a subject token (RFC 8693). Raises ``TokenProblemError``."""
    service, now = service_of(request), service_of(request).now()
    said = token_exchange.read(service, form, now)
    return await service.db.write(token_exchange.exchange, service, said, form, shown_proof(request), now)


def shown_proof(request: Request) -> Proof | None:
    """The DPoP proof, where one was sent. Raises ``TokenProblemError``."""
    if "dpop" not in request.headers:
        return None
    try:
        return proof_of(request, access_token=None)
    except HttpProblemError as problem:
        raise TokenProblemError(400, problem.code, problem.detail) from None


@router.post("/oauth/introspect")
async def introspect(request: Request) -> dict[str, object]:
    """What a token is worth now, for the application that it was given to (RFC 7662)."""
    service, now = service_of(request), service_of(request).now()
    form = await read_form(request)
    shown, token = _shown(request, form), token_use.shown_token(service, form.get("token", ""), now)
    found = await service.db.look(openid_looks.look, shown.client_id, token.grant)
    who = client_auth.known(found.client, shown, now)
    if who.client.rules.auth == "none":
        raise TokenProblemError(401, "invalid_client", "Only an application with a key or a secret may look at tokens.")
    if who.assertion is not None:
        await service.db.write(who.use)
    return {**token_use.introspect(token, found, now)}


@router.post("/oauth/revoke", response_class=Response)
async def revoke(request: Request) -> Response:
    """A token is given back: the sign-in that it comes of ends (RFC 7009)."""
    service = service_of(request)
    form = await read_form(request)
    who = await known_client(request, form)
    grant = token_use.grant_of(service, form.get("token", ""), service.now())
    if grant is not None or who.assertion is not None:  # else there is nothing to be written for a stranger
        await service.db.write(token_use.revoke, who, grant, service.now())
    return Response()


@router.get("/oauth/userinfo")
@router.post("/oauth/userinfo", include_in_schema=False)
async def userinfo(request: Request) -> dict[str, object]:
    """Who it is, by the access token (OpenID Connect Core section 5.3)."""
    service, now = service_of(request), service_of(request).now()
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    claims = token_use.read_access(service, token, now) if scheme.lower() in ("bearer", "dpop") else None
    if claims is None:
        raise _refused("The access token is not accepted.")
    await _check_bound(request, claims, scheme, token)

    def who(conn: Connection) -> Claims | None:
        found = standing_of(openid_looks.look(conn, str(claims.get("client_id")), str(claims["grant"])), now)
        return None if found is None else person_claims(found, str(claims["scope"]))

    said = await service.db.look(who)
    if said is None:
        raise _refused("The sign-in has ended.")
    return dict(said)


async def _check_bound(request: Request, claims: JsonObject, scheme: str, token: str) -> None:
    """A token that is bound to a key comes with a proof of that key, and no other does (RFC 9449 section 7.1)."""
    jkt: Json = str(member(claims, "cnf").get("jkt", ""))
    if (scheme.lower() == "dpop") is not bool(jkt):
        raise _refused("The access token was sent in another way than it was given.")
    if not jkt:
        return
    proof = proof_of(request, access_token=token)
    if proof.jkt != jkt:
        raise _refused("The access token belongs to another key.")
    if not await service_of(request).db.write(jtis.use, proof.jkt, proof.jti, proof.expires):
        raise replayed()


def _refused(detail: str) -> HttpProblemError:
    headers = {"WWW-Authenticate": f'Bearer error="invalid_token", DPoP {ALGS}'}
    return HttpProblemError(401, "invalid_token", detail, headers)
