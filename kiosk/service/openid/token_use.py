"""What a token is worth now: introspection (RFC 7662), the person's claims, and giving a token back (RFC 7009)."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.ceremonies import agents
from kiosk.service.jose.tokens import ACCESS_TYP, InvalidTokenError
from kiosk.service.openid import refresh_tokens
from kiosk.service.openid.claims import Claims
from kiosk.service.openid.client_auth import KnownClient
from kiosk.service.openid.standing import standing
from kiosk.service.platform.json_fields import JsonObject, as_json
from kiosk.service.shared.context import Service
from kiosk.service.store import openid_grants

INACTIVE: Claims = {"active": False}
_TOLD = (
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
)


def introspect(conn: Connection, service: Service, who: KnownClient, token: str, now: int) -> Claims:
    """What ``token`` is worth, for the application that it was given to; to any other it is none."""
    claims = read_access(service, token, now)
    if claims is not None:
        found = standing(conn, openid_grants.seen(conn, str(claims["grant"])), now, who.client)
        if found is None or found.client.id != who.client.id:
            return INACTIVE
        said: Claims = {name: value for name, value in as_json(claims).items() if name in (*_TOLD, "cnf")}
        return {**said, "active": True, "token_type": "DPoP" if "cnf" in said else "Bearer"}
    named = refresh_tokens.read(service.keys.badge, token)
    found = standing(conn, openid_grants.seen(conn, named[0]), now, who.client) if named else None
    if named is None or found is None or found.client.id != who.client.id or named[1] != found.grant.refreshed:
        return INACTIVE
    whole: dict[str, Json] = {"active": True, "client_id": found.client.id, "sub": found.grant.person}
    whole |= agents.act_of(conn, found.client.id, found.client.rules.title)
    return {**whole, "scope": found.grant.scope, "token_type": "refresh_token"}


def read_access(service: Service, token: str, now: int) -> JsonObject | None:
    """Claims of an access token that comes of a sign-in; None for any other."""
    try:
        claims = service.mint.read(token, ACCESS_TYP, now)
    except InvalidTokenError:
        return None
    return claims if isinstance(claims.get("grant"), str) else None


def grant_of(service: Service, token: str, now: int) -> str | None:
    """Id of the sign-in that ``token`` comes of; None for what we did not make."""
    claims = read_access(service, token, now)
    named = refresh_tokens.read(service.keys.badge, token)
    return str(claims["grant"]) if claims is not None else named[0] if named else None


def revoke(conn: Connection, who: KnownClient, grant_id: str | None, now: int) -> None:
    """That sign-in ends, if it is this application's. Nobody else is told whether it was one."""
    who.use(conn)
    grant = openid_grants.by_id(conn, grant_id) if grant_id is not None else None
    if grant is not None and grant.application == who.client.id:
        openid_grants.end(conn, grant, now, tell=False)
