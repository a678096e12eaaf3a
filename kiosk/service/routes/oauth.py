"""``POST /oauth/token``: client credentials by ``private_key_jwt``, bound to the client's key by DPoP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from sqlalchemy import Connection

from kiosk.service.jose import client_assertion
from kiosk.service.jose.dpop import Proof
from kiosk.service.jose.tokens import ACCESS_SECONDS, ACCESS_TYP, access_claims
from kiosk.service.platform.problems import HttpProblemError, TokenProblemError, station_revoked
from kiosk.service.routes.door import bases_of, proof_of, service_of, vouch
from kiosk.service.shared.context import Service
from kiosk.service.store import jtis, lookups
from kiosk.service.store.people import fresh_id

router = APIRouter(tags=["oauth"])
FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 12


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
                    "required": ["grant_type", "client_assertion_type", "client_assertion"],
                    "properties": {
                        "grant_type": {"const": "client_credentials"},
                        "client_assertion_type": {"const": client_assertion.ASSERTION_TYPE},
                        "client_assertion": {"type": "string"},
                        "client_id": {"type": "string"},
                    },
                }
            }
        },
    }
}


@router.post("/oauth/token", openapi_extra=_SCHEMA)
async def token(request: Request) -> TokenOut:
    """An access token for 600 s, bound to the key of the DPoP proof, which is the client's registered key."""
    service = service_of(request)
    form = await _form(request)
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
        revoked = station_revoked()
        raise TokenProblemError(401, "invalid_client", revoked.detail, code=revoked.code)
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
    if application is not None:
        return _Client("application", application.jwk, application.jkt, not application.active)
    return None


def _use(conn: Connection, assertion: client_assertion.ClientAssertion, proof: Proof) -> None:
    if not jtis.use(conn, assertion.client_id, assertion.jti, assertion.expires + client_assertion.SKEW):
        raise _invalid_client("The assertion was used before.")
    if not jtis.use(conn, proof.jkt, proof.jti, proof.expires):
        raise TokenProblemError(400, "invalid_dpop_proof", "The DPoP proof was used before.")


def _invalid_client(detail: str) -> TokenProblemError:
    return TokenProblemError(401, "invalid_client", detail)


async def _form(request: Request) -> dict[str, str]:
    """The form's fields. Raises ``TokenProblemError`` for another form, or a field given twice (RFC 6749 section
    3.2)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise TokenProblemError(415, "invalid_request", f"Send the body as {FORM}.")
    try:
        pairs = parse_qsl((await request.body()).decode("ascii"), strict_parsing=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise TokenProblemError(400, "invalid_request", "The form cannot be read.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise TokenProblemError(400, "invalid_request", "A field was given twice.")
    if form.get("grant_type") != "client_credentials":
        raise TokenProblemError(400, "unsupported_grant_type", "Only client_credentials is served here.")
    if form.get("client_assertion_type") != client_assertion.ASSERTION_TYPE or "client_assertion" not in form:
        raise TokenProblemError(401, "invalid_client", "Authenticate with private_key_jwt.")
    return form


def discovery(service: Service) -> dict[str, object]:
    """OpenID Connect Discovery 1.0 section 3 and RFC 8414: only what is true here.

    There is no authorization endpoint and there are no ID tokens, so the fields that speak of them are left out.
    """
    issuer = service.issuer
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "acr_values_supported": ["urn:kiosk:mfa", "phr", "phrh"],
        "claims_supported": [
            "iss",
            "aud",
            "sub",
            "acr",
            "amr",
            "auth_time",
            "iat",
            "exp",
            "jti",
            "action",
            "resource",
            "records",
            "purpose",
            "workstation",
            "request_id",
        ],
        "service_documentation": f"{issuer}/v1/openapi.json",
    }


@router.get("/.well-known/openid-configuration")
@router.get("/.well-known/oauth-authorization-server", include_in_schema=False)
async def configuration(request: Request) -> dict[str, object]:
    """Discovery."""
    return discovery(service_of(request))


@router.get("/.well-known/jwks.json")
async def jwks(request: Request) -> dict[str, object]:
    """The public keys that tokens are signed with (RFC 7517)."""
    return dict(service_of(request).mint.jwks())
