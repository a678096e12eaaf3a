"""How a program checks a step-up token: with any JOSE library and the service's published keys, nothing of ours."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet


class TokenRefused(Exception):
    """Why the token is not good enough; a sentence."""


def check_token(token: str, url: str, trust: Path, audience: str, action: str) -> dict[str, Any]:
    """The claims of ``token`` if its signature, issuer, audience, age and action hold. Raises ``TokenRefused``.

    ``url``: the service's origin. ``trust``: PEM of its CA. RFC 7519 section 7.2.
    """
    try:
        with httpx.Client(verify=ssl.create_default_context(cafile=str(trust)), timeout=5) as client:
            about = client.get(f"{url}/.well-known/openid-configuration").raise_for_status().json()
            keys = KeySet.import_key_set(client.get(about["jwks_uri"]).raise_for_status().json())
    except (httpx.HTTPError, ssl.SSLError, KeyError, ValueError) as error:
        raise TokenRefused(f"the service's keys could not be fetched ({type(error).__name__}).") from error
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": about["issuer"]},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        action={"essential": True, "value": action},
    )
    try:
        decoded = jwt.decode(token, keys, algorithms=["ES256"])
        registry.validate(decoded.claims)
    except (JoseError, ValueError) as error:
        raise TokenRefused(f"its token is not valid ({error}).") from error
    return dict(decoded.claims)
