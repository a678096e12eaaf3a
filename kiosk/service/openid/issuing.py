"""Tokens are made of a sign-in that stands; and what every request for some costs. The ways to them: ``exchanging``,
``backchannel_tokens``."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from kiosk.service.ceremonies import agents
from kiosk.service.jose.dpop import Proof
from kiosk.service.jose.tokens import ACCESS_TYP
from kiosk.service.openid import claims, refresh_tokens
from kiosk.service.openid.client_auth import KnownClient
from kiosk.service.openid.parameters import ID_TOKEN_TYP, SCOPES
from kiosk.service.openid.standing import StandingGrant
from kiosk.service.platform.problems import TokenProblemError
from kiosk.service.shared.context import Service
from kiosk.service.store import jtis
from kiosk.service.store.people import fresh_id
from kiosk.service.store.request_budget import settle_application


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3; ``authorization_details`` by RFC 9396 section 7."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    id_token: str
    refresh_token: str | None = None
    authorization_details: list[dict[str, object]] | None = None


@contextmanager
def paying(
    conn: Connection, service: Service, who: KnownClient, proof: Proof | None, named: object, now: int
) -> Iterator[None]:
    """The request's proofs count once, and once it is answered its application pays for it: a counter is locked after
    every head (decision 33). ``named``: the sign-in or question that it is about; None for none. Raises
    ``HttpProblemError``.

    Anybody can ask in the name of an application without a key. So there only who brings something that we gave it
    costs anything: else a stranger would fill our rows, and use up what its people are signed in by.
    """
    pays = use_proofs(conn, who, proof, named)
    yield
    if pays:
        settle_application(conn, service.budgets, who.client.id, now)


def use_proofs(conn: Connection, who: KnownClient, proof: Proof | None, named: object) -> bool:
    """The first half of ``paying``; whether its application is to pay. Raises ``TokenProblemError``."""
    if named is None and who.client.rules.auth == "none":
        return False
    who.use(conn)
    if proof is not None and not jtis.use(conn, proof.jkt, proof.jti, proof.expires):
        raise TokenProblemError(400, "invalid_dpop_proof", "The DPoP proof was used before.")
    return True


def issued(
    service: Service,
    found: StandingGrant,
    now: int,
    wanted: Collection[str] = SCOPES,
    act: str | None = None,
    more: claims.Claims | None = None,
) -> IssuedTokens:
    """``wanted``: no more scopes than these, and ``openid``; the next refresh token has all of before (RFC 6749
    section 6). ``act``: as of ``claims.token_claims``; ``more``: who agreed as a second person. Both are said here, and
    kept nowhere. An agent's tokens say that it acts (RFC 8693 section 4.1), the ID token too: whichever grant they come
    of."""
    refresh, issuer = "offline_access" in found.grant.scopes, service.issuer
    narrowed = (scope for scope in found.grant.scope.split() if scope in wanted or scope == "openid")
    grant = replace(found.grant, scope=" ".join(narrowed))
    found = replace(found, grant=grant)
    also = {**(more or {}), **agents.act_of(found.client)}
    return IssuedTokens(
        access_token=service.mint.sign(
            ACCESS_TYP, {**claims.token_claims(issuer, found, fresh_id(), now, act), **also}
        ),
        token_type="Bearer" if grant.jkt is None else "DPoP",
        expires_in=claims.TOKEN_SECONDS,
        scope=grant.scope,
        id_token=service.mint.sign(
            ID_TOKEN_TYP, {**claims.id_claims(issuer, found, now), **also}, found.client.rules.alg
        ),
        refresh_token=refresh_tokens.make(service.keys.badge, grant.id, grant.refreshed) if refresh else None,
        authorization_details=None if act is None else json.loads(act),
    )
