"""Codes and refresh tokens are exchanged for tokens, once each. One that comes twice ends the whole sign-in.

A refusal that ends something is a value, not an error: an error would take the end back with the transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from hmac import compare_digest

from sqlalchemy import Connection

from kiosk.model.binding import Json, b64u
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.jose.dpop import Proof
from kiosk.service.openid import client_auth, issuing
from kiosk.service.openid.client_auth import KnownClient, ShownCredentials
from kiosk.service.openid.issuing import IssuedTokens
from kiosk.service.openid.standing import standing, standing_of
from kiosk.service.platform.problems import TokenProblemError
from kiosk.service.shared.context import Service
from kiosk.service.store import openid_grants, openid_looks
from kiosk.service.store.openid_grants import OpenIdGrant
from kiosk.service.store.openid_looks import LookedUp

REPLAYED, REUSED = "app_code_replayed", "app_refresh_reused"
"""In the trail."""


def by_code(
    conn: Connection, service: Service, who: KnownClient, form: Mapping[str, str], proof: Proof | None, now: int
) -> IssuedTokens | TokenProblemError:
    """Tokens for a code. ``proof``: the DPoP proof that came with it, verified. Raises ``HttpProblemError``."""
    grant = _own(who, openid_grants.by_code(conn, hashlib.sha256(form.get("code", "").encode()).hexdigest()))
    with issuing.paying(conn, service, who, proof, grant, now):
        return _by_code(conn, service, who, grant, form, proof, now)


def _by_code(
    conn: Connection,
    service: Service,
    who: KnownClient,
    grant: OpenIdGrant | None,
    form: Mapping[str, str],
    proof: Proof | None,
    now: int,
) -> IssuedTokens | TokenProblemError:
    if grant is None:
        return _invalid("There is no such code.")
    if grant.used is not None:
        _end(conn, grant, who, REPLAYED, now)
        return _invalid("The code was used before, so its tokens have ended.")
    fault = _code_fault(grant, form, now)
    if fault is not None:
        return _invalid(fault)
    jkt = proof.jkt if proof is not None else None
    if jkt is None and (who.client.rules.dpop or grant.jkt is not None):
        return TokenProblemError(400, "invalid_dpop_proof", "This application's tokens are bound: send a DPoP proof.")
    if grant.jkt not in (None, jkt):
        return TokenProblemError(400, "invalid_dpop_proof", "The code is bound to another key.")
    openid_grants.use_code(conn, grant, jkt, now)
    found = standing(conn, replace(grant, used=now, jkt=jkt, refreshed=1), now, who.client)
    return _invalid("The sign-in has ended.") if found is None else issuing.issued(service, found, now)


def _code_fault(grant: OpenIdGrant, form: Mapping[str, str], now: int) -> str | None:
    if grant.code_until is None or now >= grant.code_until:
        return "The code's time is over."
    if form.get("redirect_uri") != grant.redirect_uri:
        return "The code was given to another address."
    made = b64u(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
    if not 43 <= len(form.get("code_verifier", "")) <= 128 or not compare_digest(made, grant.challenge):
        return "The code_verifier does not belong to the code."
    return None


def by_refresh(
    conn: Connection, service: Service, who: KnownClient, form: Mapping[str, str], proof: Proof | None, now: int
) -> IssuedTokens | TokenProblemError:
    """For a refresh token that we did not make. Raises ``HttpProblemError``."""
    with issuing.paying(conn, service, who, proof, None, now):
        return _invalid("There is no such refresh token.")


def refreshed(
    conn: Connection,
    service: Service,
    shown: ShownCredentials,
    named: tuple[str, int],
    form: Mapping[str, str],
    proof: Proof | None,
    now: int,
) -> IssuedTokens | TokenProblemError:
    """New tokens for a refresh token, which is replaced (RFC 9700 section 4.14). ``named``: sign-in and number of one
    that we made. So who asks is looked up together with it, and not before. Raises ``HttpProblemError``."""
    openid_looks.hold(conn, named[0])
    found = openid_looks.look(conn, shown.client_id, named[0])
    who = client_auth.known(found.client, shown, now)
    with issuing.paying(conn, service, who, proof, _own(who, found.grant), now):
        return _refreshed(conn, service, who, found, named[1], form, proof, now)


def _refreshed(
    conn: Connection,
    service: Service,
    who: KnownClient,
    found: LookedUp,
    number: int,
    form: Mapping[str, str],
    proof: Proof | None,
    now: int,
) -> IssuedTokens | TokenProblemError:
    grant, stands = _own(who, found.grant), standing_of(found, now)
    if grant is None or found.row is None:
        return _invalid("There is no such refresh token.")
    if number != grant.refreshed:
        _end(conn, grant, who, REUSED, now)
        return _invalid("The refresh token was used before, so the sign-in has ended.")
    if stands is None:
        return _invalid("The sign-in has ended.")
    if grant.jkt is not None and (proof is None or proof.jkt != grant.jkt):
        return TokenProblemError(400, "invalid_dpop_proof", "The refresh token is bound to another key.")
    wanted = set(form.get("scope", grant.scope).split())
    if not wanted <= grant.scopes:
        return TokenProblemError(400, "invalid_scope", "No more can be asked for than was granted.")
    grant = replace(grant, refreshed=openid_grants.refresh(conn, found.row))
    return issuing.issued(service, replace(stands, grant=grant), now, wanted)


def _own(who: KnownClient, grant: OpenIdGrant | None) -> OpenIdGrant | None:
    return grant if grant is not None and grant.application == who.client.id else None


def _end(conn: Connection, grant: OpenIdGrant, who: KnownClient, action: str, now: int) -> None:
    """Somebody has what only one may have. It is told once: the second time there is nothing left to end."""
    if grant.ended is not None:
        return
    openid_grants.end(conn, grant, now, tell=True)
    detail: dict[str, Json] = {"app": who.client.name, "grant": grant.id}
    event = Event(action, "refused", now, person=grant.person, session=grant.session, detail=detail)
    writer.append(conn, SERVICE, event)


def _invalid(detail: str) -> TokenProblemError:
    return TokenProblemError(400, "invalid_grant", detail)
