"""A security event token (RFC 8417) is verified: strictly, and nothing of it is believed before.

By RFC 8725 (algorithms and types are ours to choose, never the token's), RFC 8935 section 2, SSF 1.0 section 4.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from kiosk.model.binding import unb64u
from kiosk.service.jose.dpop import usable_jti
from kiosk.service.platform import bounds
from kiosk.service.platform.json_fields import JsonObject
from kiosk.service.signals.event_types import NAMES

TYP = "secevent+jwt"
MAX_TOKEN = 16_384
"""Characters."""
MAX_AGE = 7 * 86_400
"""Seconds for which a transmitter may try again to deliver one: what it kept while it was held over a long weekend
counts. A ``jti`` is remembered for longer."""
SKEW = 60
"""Seconds by which a transmitter's clock may be ahead of ours."""
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
MAX_KEYS = 16
HEADERS = frozenset({"alg", "typ", "kid"})
"""No other is taken: neither one that names a key (``jku``, ``jwk``, ``x5u``, ``x5c``) nor one that must be understood
(``crit``, ``b64``)."""
_KID = re.compile(r"[\x21-\x7e]{1,256}")
SignalKey = ECKey | RSAKey


class SecurityEventError(Exception):
    """A token is refused. ``err``: of RFC 8935 section 2.4; ``str()``: a sentence."""

    def __init__(self, err: str, said: str) -> None:
        super().__init__(said)
        self.err = err


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """A verified one. ``name``: of its type, None for one that is not known here. ``subject``: its ``sub_id``."""

    jti: str
    iat: int
    uri: str
    name: str | None
    subject: JsonObject
    says: JsonObject


@dataclass(frozen=True, slots=True)
class UnverifiedEvent:
    """What a token says of itself, before it is verified."""

    issuer: str
    alg: str
    kid: str | None


def peek(token: str) -> UnverifiedEvent:
    """Whose it would be, and by which key. Raises ``SecurityEventError``."""
    if len(token) > MAX_TOKEN:
        raise _bad("The token is too long.")
    try:
        read = jws.extract_compact(token.encode("ascii"))
        header, claims = read.headers(), bounds.loads(read.payload)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise _bad("The body is not a signed token in its compact form.") from None
    if not set(header) <= HEADERS:
        raise _bad("The token's header holds something that is not taken here.")
    if header.get("typ") != TYP:
        raise _bad(f"The token's typ is not {TYP}.")
    alg, kid = header.get("alg"), header.get("kid")
    if alg not in ("RS256", "ES256"):
        raise SecurityEventError("invalid_key", "The token is not signed by RS256 or ES256.")
    if kid is not None and (not isinstance(kid, str) or not _KID.fullmatch(kid)):
        raise _bad("The token's kid cannot be one.")
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    if not isinstance(issuer, str) or "\0" in issuer or not issuer.isprintable():
        raise SecurityEventError("invalid_issuer", "The token names no issuer.")
    return UnverifiedEvent(issuer, str(alg), kid)


def keys_in(text: str | bytes) -> list[SignalKey]:
    """Public keys of a JWK Set that can sign for us; others are passed over. Raises ``ValueError`` for no JWK Set, one
    with a private key, or one without any of ours."""
    try:
        found = bounds.loads(text)
    except RecursionError:
        raise ValueError("it nests too deeply") from None
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise ValueError("it is no JWK Set")
    good: list[SignalKey] = []
    for jwk in listed:
        if not isinstance(jwk, dict) or jwk.get("kty") not in ("RSA", "EC") or jwk.get("use", "sig") != "sig":
            continue
        if "d" in jwk:
            raise ValueError("it holds a private key")
        try:
            key = _imported(jwk)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if key is not None:
            good.append(key)
    if not good:
        raise ValueError("it holds no RSA key of 2048 bits and no P-256 key")
    return good


def _imported(jwk: dict[str, str | list[str]]) -> SignalKey | None:
    """None for a key that is too short, or so long that a check of it would take long."""
    if jwk["kty"] == "EC":
        elliptic = ECKey.import_key(jwk)
        return elliptic if elliptic.curve_name == "P-256" else None
    bits = int.from_bytes(unb64u(str(jwk["n"]))).bit_length()
    return RSAKey.import_key(jwk) if MIN_RSA_BITS <= bits <= MAX_RSA_BITS else None


def key_for(keys: Sequence[SignalKey], said: UnverifiedEvent) -> SignalKey | None:
    """The one key that the token can be signed by: of its ``kid``, and of its algorithm's own kind. Without a ``kid``
    there may be only one of that kind."""
    kind = RSAKey if said.alg == "RS256" else ECKey
    fit = [key for key in keys if isinstance(key, kind) and (said.kid is None or key.kid == said.kid)]
    return fit[0] if len(fit) == 1 else None


def verify(token: str, alg: str, key: SignalKey, issuer: str, audience: str, now: int) -> SecurityEvent:
    """The event of a token that ``key`` signed for ``audience``. Raises ``SecurityEventError``."""
    try:
        claims = bounds.loads(jws.deserialize_compact(token, key, algorithms=[alg]).payload)
    except (JoseError, ValueError, TypeError, RecursionError):
        raise SecurityEventError("invalid_key", "The token's signature is wrong.") from None
    if not isinstance(claims, dict) or claims.get("iss") != issuer:
        raise SecurityEventError("invalid_issuer", "The token is of another issuer.")
    aud = claims.get("aud")
    if audience not in (aud if isinstance(aud, list) else [aud]):
        raise SecurityEventError("invalid_audience", "The token is for another audience.")
    if (
        "sub" in claims or "exp" in claims
    ):  # SSF 1.0 section 4.1: so that it is never taken for a sign-in, or the reverse
        raise _bad("A security event token has neither sub nor exp.")
    jti, iat = claims.get("jti"), bounds.seconds(claims.get("iat"))
    if not usable_jti(jti):
        raise _bad("The token has no usable jti: 8 characters or more.")
    if iat is None or not now - MAX_AGE <= iat <= now + SKEW:
        raise _bad("The token's iat is too old, or in the future.")
    events, subject = claims.get("events"), claims.get("sub_id")
    if not isinstance(events, dict) or len(events) != 1:
        raise _bad("The token has to hold exactly one event.")
    (uri, says), *_ = events.items()
    if not isinstance(says, dict) or not isinstance(subject, dict):
        raise _bad("The event or its sub_id is no object.")
    return SecurityEvent(jti, iat, uri, NAMES.get(uri), subject, says)


def _bad(said: str) -> SecurityEventError:
    return SecurityEventError("invalid_request", said)
