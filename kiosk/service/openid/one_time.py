"""One-time passwords: what a person's own program hands to a server that knows nothing but names and passwords.

A remote desktop, a VPN, a wireless network: each asks for a password, and a token of ours is too long to be one. A
program in the workspace gets 26 letters in place of a token. They are good once, for a minute, for one audience and for
the person's own login. The audience, under its own key or secret, exchanges them for the tokens of a sign-in.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.jose.dpop import Proof
from kiosk.service.openid import issuing
from kiosk.service.openid.client_auth import KnownClient
from kiosk.service.openid.issuing import IssuedTokens
from kiosk.service.openid.standing import StandingGrant, standing
from kiosk.service.platform.problems import TokenProblemError
from kiosk.service.shared.context import Service
from kiosk.service.store import openid_grants
from kiosk.service.store.openid_grants import OpenIdGrant

GRANT_TYPE = "urn:kiosk:params:oauth:grant-type:one-time-password"
TOKEN_TYPE = "urn:kiosk:params:oauth:token-type:one-time-password"  # noqa: S105  (a name)
SECONDS = 60
_BYTES = 16
"""128 bits: nobody guesses one, so no tries are counted."""
SCOPE = "openid profile roles"
ACT = "one_time_used"
"""In the trail."""


def given(grant: OpenIdGrant, now: int) -> tuple[OpenIdGrant, str]:
    """``grant``, new and not recorded yet, with a password in place of tokens; and the password."""
    password = base64.b32encode(secrets.token_bytes(_BYTES)).decode("ascii").rstrip("=").lower()
    waiting = replace(grant, scope=SCOPE, code=_digest(password), code_until=now + SECONDS, used=None, refreshed=0)
    return replace(waiting, jkt=None), password


def by_password(
    conn: Connection, service: Service, who: KnownClient, form: Mapping[str, str], proof: Proof | None, now: int
) -> IssuedTokens | TokenProblemError:
    """Tokens for ``username`` and ``password``. Whatever comes of it, that password is used up: one that was shown
    with another name, or twice, has been in other hands. Raises ``HttpProblemError``."""
    if who.client.rules.auth == "none":
        raise TokenProblemError(401, "invalid_client", "Only an application with a key or a secret may do this.")
    grant = openid_grants.by_code(conn, _digest(form.get("password", "")))
    if grant is not None and (grant.application != who.client.id or grant.challenge):
        grant = None  # of another application, or the code of a page, which goes to its own address alone
    with issuing.paying(conn, service, who, proof, grant, now):
        if grant is None:
            return _invalid("There is no such one-time password.")
        return _used_up(conn, service, who, grant, form.get("username", ""), proof, now)


def _used_up(
    conn: Connection, service: Service, who: KnownClient, grant: OpenIdGrant, login: str, proof: Proof | None, now: int
) -> IssuedTokens | TokenProblemError:
    jkt = proof.jkt if proof is not None else None
    found = standing(conn, grant, now, who.client)
    why = _fault(grant, found, login, now, bound=jkt is not None)
    _write(conn, grant, found, who, None if why is None else why[0], now)
    if found is None or why is not None:
        openid_grants.end(conn, grant, now, tell=True)
        return _invalid(why[1] if why is not None else "")
    openid_grants.use_code(conn, grant, jkt, now)
    return issuing.issued(service, replace(found, grant=replace(grant, used=now, jkt=jkt, refreshed=1)), now)


def _fault(
    grant: OpenIdGrant, found: StandingGrant | None, login: str, now: int, *, bound: bool
) -> tuple[str, str] | None:
    """A word for the trail and a sentence, where it is worth nothing."""
    if grant.used is not None:
        return "already_used", "The one-time password was used before, so what it gave has ended."
    if found is None:
        return "ended", "The person's session has ended."
    if grant.code_until is None or now >= grant.code_until:
        return "expired", "The one-time password's minute is over."
    if found.known.person.login != login:
        return "other_person", "The one-time password is somebody else's."
    roles = found.client.rules.roles
    if roles and not set(roles) & set(found.known.person.roles):
        return "may_not", "This person may not use this application any more."
    if found.client.rules.dpop and not bound:
        return "bad_proof", "This application's tokens are bound: send a DPoP proof."
    return None


def _write(
    conn: Connection, grant: OpenIdGrant, found: StandingGrant | None, who: KnownClient, reason: str | None, now: int
) -> None:
    if grant.ended is not None:
        return  # what had ended was told when it ended
    detail: dict[str, Json] = {"app": who.client.name, "grant": grant.id}
    event = Event(
        ACT,
        "success" if reason is None else "refused",
        now,
        reason=reason,
        person=grant.person,
        login=found.known.person.login if found is not None else None,
        session=grant.session,
        acr=grant.assurance.acr,
        amr=grant.assurance.amr,
        detail=detail,
    )
    writer.append(conn, SERVICE, event)


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def _invalid(detail: str) -> TokenProblemError:
    return TokenProblemError(400, "invalid_grant", detail)
