"""How a program checks a step-up token: with any JOSE library and the service's published keys, nothing of ours.

Copy it, and hold every claim against what you are about to do (``Wanted``), not against what the token says. Where it
must count once, redeem it as well: a token that was checked can be checked again (docs/step-up.md).
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

TYPE = "stepup+jwt"


class TokenRefusedError(Exception):
    """Why the token is not good enough; a sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is about to be done; None for what does not matter here. ``person``: login of whose session it is.

    ``records``: at most so many as were approved. ``patients``: identifiers, as they were asked for. ``second``: two
    people have to have agreed.
    """

    audience: str
    action: str
    resource: str | None = None
    records: int | None = None
    person: str | None = None
    patients: Sequence[str] | None = None
    second: bool = False


def check_token(
    token: str,
    url: str,
    trust: Path,
    audience: str,
    action: str,
    *,
    resource: str | None = None,
    records: int | None = None,
    person: str | None = None,
    patients: Sequence[str] | None = None,
    second: bool = False,
) -> dict[str, Any]:
    """The claims of ``token`` if its type, signature, issuer, audience and age hold and it is for what is wanted.

    ``url``: the service's origin. ``trust``: PEM of its CA. RFC 7519 section 7.2, RFC 8725 section 3.11 (the type).
    Raises ``TokenRefusedError``.
    """
    try:
        with httpx.Client(verify=ssl.create_default_context(cafile=str(trust)), timeout=5) as client:
            about = client.get(f"{url}/.well-known/openid-configuration").raise_for_status().json()
            keys = KeySet.import_key_set(client.get(about["jwks_uri"]).raise_for_status().json())
    except (httpx.HTTPError, ssl.SSLError, KeyError, ValueError) as error:
        raise TokenRefusedError(f"the service's keys could not be fetched ({type(error).__name__}).") from error
    try:
        if jws.extract_compact(token.encode()).headers().get("typ") != TYPE:
            raise TokenRefusedError("it is a token of another type.")
        decoded = jwt.decode(token, keys, algorithms=["ES256"])
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": about["issuer"]},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
            action={"essential": True, "value": action},
        ).validate(decoded.claims)
    except (JoseError, ValueError) as error:
        raise TokenRefusedError(f"its token is not valid ({error}).") from error
    claims = dict(decoded.claims)
    _hold_against(claims, Wanted(audience, action, resource, records, person, patients, second))
    return claims


def _hold_against(claims: dict[str, Any], wanted: Wanted) -> None:
    """Raises ``TokenRefusedError`` unless the person approved what is about to be done."""
    if wanted.person is not None and claims["sub"] != wanted.person:
        raise TokenRefusedError("somebody else approved it.")
    if wanted.resource is not None and claims.get("resource") != wanted.resource:
        raise TokenRefusedError("it was approved for another resource.")
    if wanted.records is not None and not wanted.records <= claims.get("records", -1):
        raise TokenRefusedError("it was approved for fewer records.")
    if wanted.patients is not None and claims.get("patients") != patients_claim(wanted.patients):
        raise TokenRefusedError("it was approved for other patients.")
    agreed = claims.get("second")
    if wanted.second and (not isinstance(agreed, dict) or agreed.get("sub") in (None, claims["sub"])):
        raise TokenRefusedError("one person alone approved it.")


def patients_claim(patients: Sequence[str]) -> dict[str, object]:
    """How a token names patients: their number, and SHA-256 of the JSON array of their identifiers (RFC 8785)."""
    listed = json.dumps(list(patients), ensure_ascii=False, separators=(",", ":")).encode()
    digest = base64.urlsafe_b64encode(hashlib.sha256(listed).digest()).rstrip(b"=").decode()
    return {"count": len(patients), "sha256": digest}
