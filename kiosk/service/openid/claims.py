"""What the tokens for applications say (OpenID Connect Core section 2, RFC 9068, Back-Channel Logout section 2.4)."""

from __future__ import annotations

import json

from kiosk.model.binding import Json
from kiosk.service.openid.standing import StandingGrant

ID_SECONDS = 300
TOKEN_SECONDS = 300
LOGOUT_SECONDS = 120
LOGOUT_TYP = "logout+jwt"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
Claims = dict[str, Json]


def person_claims(found: StandingGrant, scope: str) -> Claims:
    """Who it is: as much as ``scope`` lets the application know. ``sub`` never changes and never goes to another."""
    person, scopes = found.known.person, scope.split()
    said: Claims = {"sub": person.id}
    if "profile" in scopes:
        said |= {"name": person.name, "preferred_username": person.login}
    if "roles" in scopes:
        said["roles"] = list(person.roles)
    return said


def _authenticated(found: StandingGrant) -> Claims:
    known = found.grant.assurance
    return {"acr": known.acr, "amr": list(known.amr), "auth_time": known.auth_time, "sid": found.grant.sid}


def id_claims(issuer: str, found: StandingGrant, now: int) -> Claims:
    """Of an ID token."""
    said: Claims = {"iss": issuer, "aud": found.client.id, "iat": now, "exp": now + ID_SECONDS}
    nonce: Claims = {} if found.grant.nonce is None else {"nonce": found.grant.nonce}
    return {**said, **_authenticated(found), **nonce, **person_claims(found, found.grant.scope)}


def token_claims(issuer: str, found: StandingGrant, jti: str, now: int, act: str | None = None) -> Claims:
    """Of an access token, for the application's own audience. ``act``: authorization_details that were granted, in
    JSON (RFC 9396 section 9.1); None for a sign-in."""
    grant, person = found.grant, found.known.person
    bound: Claims = {} if grant.jkt is None else {"cnf": {"jkt": grant.jkt}}
    details: Claims = {} if act is None else {"authorization_details": json.loads(act)}
    roles: Claims = {"roles": list(person.roles)} if "roles" in grant.scopes else {}
    return {
        "iss": issuer,
        "aud": found.client.audience,
        "sub": person.id,
        "client_id": found.client.id,
        "scope": grant.scope,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "jti": jti,
        "grant": grant.id,
        **_authenticated(found),
        **bound,
        **roles,
        **details,
    }


def logout_claims(issuer: str, client_id: str, person: str, sid: str, jti: str, now: int) -> Claims:
    """Of a logout token; never with a ``nonce``."""
    return {
        "iss": issuer,
        "aud": client_id,
        "sub": person,
        "sid": sid,
        "iat": now,
        "exp": now + LOGOUT_SECONDS,
        "jti": jti,
        "events": {LOGOUT_EVENT: {}},
    }
