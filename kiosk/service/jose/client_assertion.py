"""Client authentication by ``private_key_jwt`` (RFC 7523 section 3, OpenID Connect Core section 9)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kiosk.service.jose.dpop import usable_jti
from kiosk.service.platform import bounds

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_LIFETIME = 300
SKEW = 30
"""Seconds by which a client's clock may be ahead of ours."""
MAX_ASSERTION_CHARS = 4096


_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ClientAssertionError(Exception):
    """The client assertion is refused; ``str()`` says in a few words why."""


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """A verified assertion: whose, and the ``jti`` to be used once, until ``expires``."""

    client_id: str
    jti: str
    expires: int


def claimed_client(assertion: str) -> str:
    """The client id that an assertion claims, not verified. Raises ``ClientAssertionError``."""
    if len(assertion) > MAX_ASSERTION_CHARS:
        raise ClientAssertionError("the assertion is too long")
    try:
        claims = bounds.loads(jws.extract_compact(assertion.encode("ascii")).payload)
    except (JoseError, ValueError, RecursionError) as error:
        raise ClientAssertionError("the assertion cannot be read") from error
    subject = claims.get("sub") if isinstance(claims, dict) else None
    if not isinstance(subject, str) or not _CLIENT_ID.fullmatch(subject):
        raise ClientAssertionError("the assertion names no client")
    return subject


def check(assertion: str, jwk: dict[str, str], audiences: Collection[str], now: float) -> ClientAssertion:
    """Verify ``assertion`` under the client's registered key. Raises ``ClientAssertionError``."""
    try:
        key = public_key(json.dumps(jwk, sort_keys=True))
        claims: object = bounds.loads(jws.deserialize_compact(assertion, key, algorithms=["ES256"]).payload)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise ClientAssertionError("the assertion's signature is wrong") from error
    if not isinstance(claims, dict):
        raise ClientAssertionError("the assertion has no claims")
    subject, jti, exp = claims.get("sub"), claims.get("jti"), claims.get("exp")
    if not isinstance(subject, str) or claims.get("iss") != subject:
        raise ClientAssertionError("iss and sub must both be the client id")
    aud = claims.get("aud")
    named = aud if isinstance(aud, list) else [aud]
    if not any(isinstance(audience, str) and audience in audiences for audience in named):
        raise ClientAssertionError("the assertion is for another audience")
    if not usable_jti(jti):
        raise ClientAssertionError("the assertion has no usable jti")
    exp = bounds.seconds(exp)
    if exp is None or exp <= now:
        raise ClientAssertionError("the assertion has expired")
    if exp > now + MAX_LIFETIME + SKEW:
        raise ClientAssertionError("the assertion lives longer than five minutes")
    not_before = bounds.seconds(claims.get("nbf", claims.get("iat", 0)))
    if not_before is None or not_before > now + SKEW:
        raise ClientAssertionError("the assertion is not valid yet")
    return ClientAssertion(subject, jti, exp)


@lru_cache(maxsize=4096)
def public_key(jwk: str) -> ECKey:
    """The P-256 public key of a JWK in JSON. Raises ``ValueError`` or a joserfc error for any other."""
    read = json.loads(jwk)
    key = ECKey.import_key(read)
    if read.get("kty") != "EC" or key.curve_name != "P-256" or key.is_private:
        raise ValueError("not a public P-256 key")
    return key


def new_key(jwk: dict[str, str]) -> tuple[dict[str, str], str]:
    """The four public members of a key that is being registered, and its thumbprint.

    Raises ``ValueError`` for a private key or one that is not on P-256.
    """
    if "d" in jwk:
        raise ValueError("a private key was sent")
    public: dict[str, str] = {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}
    try:
        key = public_key(json.dumps(public, sort_keys=True))
    except (JoseError, TypeError, KeyError) as error:
        raise ValueError("not a public P-256 key") from error
    return public, key.thumbprint()
