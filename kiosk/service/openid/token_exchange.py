"""A subject token is exchanged for an access token (RFC 8693): once, for the audience that it was made for.

Whoever has it may exchange it: it is good for a minute, and asks for no client of its own. With a DPoP proof, or the
thumbprint of a key (``dpop_jkt``), the access token is bound to that key. Where the ``requested_token_type`` says so,
a one-time password is given in place of a token (``one_time``).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from sqlalchemy import Connection

from kiosk.model.asked import ExchangedToken
from kiosk.model.binding import Json
from kiosk.model.proof import Assurance
from kiosk.service.audit import writer
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.jose.dpop import Proof
from kiosk.service.jose.tokens import ACCESS_TYP, InvalidTokenError
from kiosk.service.openid import claims, one_time
from kiosk.service.openid.attesting import sid_of
from kiosk.service.openid.parameters import SCOPES
from kiosk.service.openid.standing import standing
from kiosk.service.openid.subject_tokens import SUBJECT_TYP
from kiosk.service.openid.tickets import fingerprint
from kiosk.service.platform.json_fields import JsonObject, items, number, text
from kiosk.service.platform.problems import TokenProblemError
from kiosk.service.shared.context import Service
from kiosk.service.store import backchannel_clients, jtis, lookups, openid_clients, openid_grants
from kiosk.service.store.openid_grants import OpenIdGrant
from kiosk.service.store.people import fresh_id
from kiosk.service.store.request_budget import settle_application

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  (a name)
JWT = "urn:ietf:params:oauth:token-type:jwt"
ACT = "token_exchanged"
"""In the trail."""
_JKT = re.compile(r"[A-Za-z0-9_-]{43}")


def exchange(
    conn: Connection, service: Service, said: JsonObject, form: Mapping[str, str], proof: Proof | None, now: int
) -> ExchangedToken:
    """The access token. ``said``: as of ``read``. Raises ``TokenProblemError``, ``HttpProblemError``."""
    person = lookups.person_by_id(conn, text(said, "sub"))
    client = openid_clients.find(conn, text(said, "client_id"))
    if client is None or form.get("audience", client.audience) != client.audience:
        raise TokenProblemError(400, "invalid_target", "The subject token is for another audience.")
    if person is None or backchannel_clients.audience_acr(conn, client.id) is None:
        raise _invalid("The subject token does not count any more.")
    if proof is not None and not jtis.use(conn, proof.jkt, proof.jti, proof.expires):
        raise TokenProblemError(400, "invalid_dpop_proof", "The DPoP proof was used before.")
    if not jtis.use(conn, "openid-subject", text(said, "jti"), number(said, "exp")):
        raise _invalid("The subject token was used before.")
    made, password = _grant(said, form, proof, now), None
    if form.get("requested_token_type") == one_time.TOKEN_TYPE:
        made, password = one_time.given(made, now)
    elif made.jkt is None and client.rules.dpop:
        raise TokenProblemError(400, "invalid_dpop_proof", "This application's tokens are bound: send a DPoP proof.")
    openid_grants.add(conn, made)
    found = standing(conn, made, now)
    if found is None:
        raise _invalid("The person's session has ended.")
    detail: dict[str, Json] = {"app": client.name, "grant": made.id, "bound": made.jkt is not None}
    detail |= {"one_time": True} if password is not None else {}
    event = Event(ACT, "success", now, person=made.person, session=made.session, acr=made.assurance.acr, detail=detail)
    writer.append(conn, SERVICE, event)
    settle_application(conn, service.budgets, client.id, now)
    if password is not None:
        return ExchangedToken(password, one_time.TOKEN_TYPE, "N_A", one_time.SECONDS, made.scope)
    token = service.mint.sign(ACCESS_TYP, claims.token_claims(service.issuer, found, fresh_id(), now))
    return ExchangedToken(
        token, ACCESS_TOKEN, "Bearer" if made.jkt is None else "DPoP", claims.TOKEN_SECONDS, made.scope
    )


def read(service: Service, form: Mapping[str, str], now: int) -> JsonObject:
    """Claims of the subject token, before any transaction: anybody may ask. Raises ``TokenProblemError``."""
    wanted = form.get("requested_token_type", ACCESS_TOKEN)
    if form.get("subject_token_type") != JWT or wanted not in (ACCESS_TOKEN, one_time.TOKEN_TYPE):
        raise TokenProblemError(400, "invalid_request", "A jwt is exchanged for an access token or one-time password.")
    if "actor_token" in form or "resource" in form:
        raise TokenProblemError(400, "invalid_request", "actor_token and resource are not served here.")
    try:
        said = service.mint.read(form.get("subject_token", ""), SUBJECT_TYP, now)
    except InvalidTokenError as error:
        raise _invalid(f"The subject token is not accepted: {error}.") from None
    if said.get("aud") != service.issuer or said.get("iss") != service.issuer:
        raise _invalid("The subject token is for another service.")
    return said


def _grant(said: JsonObject, form: Mapping[str, str], proof: Proof | None, now: int) -> OpenIdGrant:
    amr = tuple(str(method) for method in items(said["amr"]))
    session, client = text(said, "session"), text(said, "client_id")
    asked = form.get("scope", "").split()
    return OpenIdGrant(
        id=fresh_id(),
        application=client,
        person=text(said, "sub"),
        workstation=text(said, "workstation"),
        session=session,
        sid=sid_of(session, client),
        scope=" ".join(
            scope for scope in SCOPES if scope != "offline_access" and (scope in asked or scope == "openid")
        ),
        assurance=Assurance(text(said, "acr"), amr, number(said, "auth_time")),
        nonce=None,
        redirect_uri="",
        challenge="",
        browser="",
        receipt=fingerprint(secrets.token_urlsafe(32)),
        created=now,
        used=now,
        jkt=_bound(form, proof),
        refreshed=1,
    )


def _bound(form: Mapping[str, str], proof: Proof | None) -> str | None:
    jkt = form.get("dpop_jkt")
    if jkt is not None and not _JKT.fullmatch(jkt):
        raise TokenProblemError(400, "invalid_request", "dpop_jkt is the SHA-256 thumbprint of a key.")
    if proof is not None and jkt not in (None, proof.jkt):
        raise TokenProblemError(400, "invalid_dpop_proof", "dpop_jkt and the DPoP proof are of different keys.")
    return proof.jkt if proof is not None else jkt


def _invalid(detail: str) -> TokenProblemError:
    return TokenProblemError(400, "invalid_grant", detail)
