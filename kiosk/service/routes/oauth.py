"""``POST /oauth/token``, and what the service says of itself.

Here: client credentials by ``private_key_jwt``, bound to the client's key by DPoP. Codes and refresh tokens:
``openid_tokens``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlalchemy import Connection

from kiosk.model.asked import ExchangedToken
from kiosk.service.jose import client_assertion
from kiosk.service.jose.dpop import Proof
from kiosk.service.jose.tokens import ACCESS_SECONDS, ACCESS_TYP, access_claims
from kiosk.service.openid import discovery, token_exchange
from kiosk.service.openid.issuing import IssuedTokens
from kiosk.service.platform.problems import HttpProblemError, TokenProblemError, station_revoked
from kiosk.service.routes.door import bases_of, proof_of, service_of, vouch
from kiosk.service.routes.forms import FORM, read_form
from kiosk.service.routes.openid_tokens import GRANTS, by_subject, exchanged
from kiosk.service.store import jtis, lookups
from kiosk.service.store.people import fresh_id

router = APIRouter(tags=["oauth"])


@dataclass(frozen=True, slots=True)
class TokenOut:
    """RFC 6749 section 5.1."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


@dataclass(frozen=True, slots=True)
class _Client:
    kind: str
    jwk: str
    jkt: str
    revoked: bool


_SCHEMA: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"enum": ["client_credentials", *GRANTS, token_exchange.GRANT_TYPE]},
                        "client_assertion_type": {"const": client_assertion.ASSERTION_TYPE},
                        **{
                            name: {"type": "string"}
                            for name in (
                                "audience",
                                "auth_req_id",
                                "client_assertion",
                                "client_id",
                                "code",
                                "code_verifier",
                                "password",
                                "redirect_uri",
                                "refresh_token",
                                "requested_token_type",
                                "scope",
                                "subject_token",
                                "subject_token_type",
                                "username",
                            )
                        },
                    },
                }
            }
        },
    }
}


@router.post("/oauth/token", openapi_extra=_SCHEMA, response_model_exclude_none=True)
async def token(request: Request) -> TokenOut | IssuedTokens | ExchangedToken:
    """For a workstation or an application itself: an access token for 600 s, bound to the key of the DPoP proof, which
    is the client's registered key. For a code, a refresh token, a one-time password or the answer to a
    server's question: the tokens of a person's sign-in. For a subject token: an access token or one-time password."""
    form = await read_form(request)
    if form.get("grant_type") in GRANTS:
        return await exchanged(request, form)
    if form.get("grant_type") == token_exchange.GRANT_TYPE:
        return await by_subject(request, form)
    return await _own(request, form)


async def _own(request: Request, form: Mapping[str, str]) -> TokenOut:
    service = service_of(request)
    _check(form)
    try:
        proof = proof_of(request, access_token=None)
    except HttpProblemError as problem:
        raise TokenProblemError(400, problem.code, problem.detail) from None
    now = service.now()
    try:
        client_id = client_assertion.claimed_client(form["client_assertion"])
        client = await service.db.read(_client, client_id)
        if client is None:
            raise client_assertion.ClientAssertionError("nobody is registered under that id")
        audiences = {base + tail for base in bases_of(request) | {service.issuer} for tail in ("", "/oauth/token")}
        assertion = client_assertion.check(form["client_assertion"], json.loads(client.jwk), audiences, now)
    except client_assertion.ClientAssertionError as error:
        raise _invalid_client(f"The client is not accepted: {error}.") from None
    if form.get("client_id", client_id) != client_id:
        raise _invalid_client("client_id and the assertion name different clients.")
    if client.revoked:
        raise _revoked(client.kind)
    if proof.jkt != client.jkt:
        raise TokenProblemError(
            400, "invalid_dpop_proof", "The DPoP proof must be made with the client's registered key."
        )
    await service.db.write(_use, assertion, proof)
    vouch(request, client_id, client.kind)
    claims = access_claims(service.issuer, client_id, client.kind, proof.jkt, fresh_id(), now)
    return TokenOut(service.mint.sign(ACCESS_TYP, claims), "DPoP", ACCESS_SECONDS, client.kind)


def _client(conn: Connection, client_id: str) -> _Client | None:
    station = lookups.station(conn, client_id)
    if station is not None and station.jwk is not None and station.jkt is not None:
        return _Client("workstation", station.jwk, station.jkt, station.state != "enrolled")
    application = lookups.application_by_id(conn, client_id)
    if application is not None and application.jwk:  # one without a key only signs people in
        return _Client("application", application.jwk, application.jkt, not application.active)
    return None


def _use(conn: Connection, assertion: client_assertion.ClientAssertion, proof: Proof) -> None:
    if not jtis.use(conn, assertion.client_id, assertion.jti, assertion.expires + client_assertion.SKEW):
        raise _invalid_client("The assertion was used before.")
    if not jtis.use(conn, proof.jkt, proof.jti, proof.expires):
        raise TokenProblemError(400, "invalid_dpop_proof", "The DPoP proof was used before.")


def _invalid_client(detail: str) -> TokenProblemError:
    return TokenProblemError(401, "invalid_client", detail)


def _revoked(kind: str) -> TokenProblemError:
    """A workstation is sent to the help desk, an application to an administrator."""
    if kind == "workstation":
        problem = station_revoked()
        return TokenProblemError(401, "invalid_client", problem.detail, code=problem.code)
    return _invalid_client("This application is no longer accepted. Ask an administrator to register it again.")


def _check(form: Mapping[str, str]) -> None:
    """Raises ``TokenProblemError`` for a request that cannot be one by client credentials."""
    if form.get("grant_type") != "client_credentials":
        raise TokenProblemError(400, "unsupported_grant_type", "This grant_type is not served here.")
    if form.get("client_assertion_type") != client_assertion.ASSERTION_TYPE or "client_assertion" not in form:
        raise TokenProblemError(401, "invalid_client", "Authenticate with private_key_jwt.")


@router.get("/.well-known/openid-configuration")
@router.get("/.well-known/oauth-authorization-server", include_in_schema=False)
async def configuration(request: Request) -> dict[str, object]:
    """Discovery."""
    return discovery.document(service_of(request).issuer)


@router.get("/.well-known/jwks.json")
async def jwks(request: Request) -> dict[str, object]:
    """The public keys that tokens are signed with (RFC 7517)."""
    return dict(service_of(request).mint.jwks())
