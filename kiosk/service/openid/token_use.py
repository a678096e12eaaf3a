"""What a token is worth now: introspection (RFC 7662), the person's claims, and giving a token back (RFC 7009)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.ceremonies import agents
from kiosk.service.jose.tokens import ACCESS_TYP, InvalidTokenError
from kiosk.service.openid import refresh_tokens
from kiosk.service.openid.claims import Claims
from kiosk.service.openid.client_auth import KnownClient
from kiosk.service.openid.standing import standing_of
from kiosk.service.platform.json_fields import JsonObject, as_json
from kiosk.service.shared.context import Service
from kiosk.service.store import openid_grants
from kiosk.service.store.openid_looks import LookedUp

INACTIVE: Claims = {"active": False}
_TOLD = frozenset(
    (
        "iss",
        "aud",
        "sub",
        "client_id",
        "scope",
        "iat",
        "exp",
        "jti",
        "acr",
        "amr",
        "auth_time",
        "sid",
        "roles",
        "authorization_details",
        "act",
        "second",
        "cnf",
    )
)


@dataclass(frozen=True, slots=True)
class ShownToken:
    """What somebody asks about. ``grant``: id of the sign-in that it comes of, empty for what we did not make.
    ``claims``: of an access token. ``number``: of a refresh token."""

    grant: str = ""
    claims: JsonObject | None = None
    number: int = 0


def shown_token(service: Service, token: str, now: int) -> ShownToken:
    """``token`` by its signature or code alone: whether it still counts, the store says."""
    claims = read_access(service, token, now)
    if claims is not None:
        return ShownToken(str(claims["grant"]), claims)
    named = refresh_tokens.read(service.keys.badge, token)
    return ShownToken() if named is None else ShownToken(named[0], number=named[1])


def introspect(shown: ShownToken, found: LookedUp, now: int) -> Claims:
    """What it is worth, for the application that it was given to; to any other it is none. ``found``: the application
    that asks, with the token's sign-in."""
    stands = standing_of(found, now)
    if stands is None:
        return INACTIVE
    if shown.claims is not None:
        said: Claims = {name: value for name, value in as_json(shown.claims).items() if name in _TOLD}
        return {**said, "active": True, "token_type": "DPoP" if "cnf" in said else "Bearer"}
    if shown.number != stands.grant.refreshed:
        return INACTIVE
    whole: dict[str, Json] = {"active": True, "client_id": stands.client.id, "sub": stands.grant.person}
    whole |= agents.act_of(stands.client)
    return {**whole, "scope": stands.grant.scope, "token_type": "refresh_token"}


def read_access(service: Service, token: str, now: int) -> JsonObject | None:
    """Claims of an access token that comes of a sign-in; None for any other."""
    try:
        claims = service.mint.read(token, ACCESS_TYP, now)
    except InvalidTokenError:
        return None
    return claims if isinstance(claims.get("grant"), str) else None


def grant_of(service: Service, token: str, now: int) -> str | None:
    """Id of the sign-in that ``token`` comes of; None for what we did not make."""
    return shown_token(service, token, now).grant or None


def revoke(conn: Connection, who: KnownClient, grant_id: str | None, now: int) -> None:
    """That sign-in ends, if it is this application's. Nobody else is told whether it was one."""
    who.use(conn)
    grant = openid_grants.by_id(conn, grant_id) if grant_id is not None else None
    if grant is not None and grant.application == who.client.id:
        openid_grants.end(conn, grant, now, tell=False)
