"""DPoP proofs (RFC 9449) with the server's own nonces; pure functions of what is sent and the time.

::

    DpopProofError
    └── DpopNonceRequiredError  the proof is right but carries no nonce, or an old one
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeGuard
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kiosk.model.signing import CLAIM
from kiosk.service.platform import bounds

NONCE_SECONDS = 300
"""A server nonce is offered for this long and accepted for twice as long."""
IAT_WINDOW = 300
"""How far a proof's ``iat`` may lie from our clock; the nonce is what makes it fresh (section 11.1)."""
MAX_PROOF_CHARS = 4096
MAX_JTI_CHARS = 128


class DpopProofError(Exception):
    """The proof is refused; ``str()`` says in a few words why, without repeating what was sent."""


class DpopNonceRequiredError(DpopProofError):
    """Ask again with the nonce of the ``DPoP-Nonce`` header (section 8)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A verified proof. ``jkt``: RFC 7638 SHA-256 thumbprint; ``jti`` is to be used once, until ``expires``.

    ``text``: as it was sent; ``told``: its claim ``kiosk``, not looked at yet.
    """

    jkt: str
    jti: str
    expires: int
    text: str = ""
    told: object = None


class Nonces:
    """Stateless server nonces: an HMAC over a time slot, so every replica that shares the key accepts them."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, now: float) -> str:
        """The nonce of the present slot."""
        return self._of(int(now) // NONCE_SECONDS)

    def good(self, nonce: str, now: float) -> bool:
        """Whether ``nonce`` is of the present slot or the one before."""
        slot = int(now) // NONCE_SECONDS
        sent = nonce.encode("utf-8", "replace")
        return any(hmac.compare_digest(sent, self._of(s).encode()) for s in (slot, slot - 1))

    def _of(self, slot: int) -> str:
        mac = hmac.digest(self._key, b"kiosk/dpop-nonce/v1\x00" + slot.to_bytes(8, "big"), "sha256")
        return base64.urlsafe_b64encode(mac[:18]).decode("ascii")


def check(
    proof: str,
    *,
    method: str,
    path: str,
    bases: Collection[str],
    now: float,
    nonces: Nonces,
    access_token: str | None = None,
) -> Proof:
    """Verify ``proof`` for this request (section 4.3). ``bases``: our own ``https://host[:port]`` forms.

    ``access_token``: the token sent with it, whose hash ``ath`` must be. Raises ``DpopProofError``,
    ``DpopNonceRequiredError``.
    """
    claims, jkt = _verified(proof)
    if claims.get("htm") != method:
        raise DpopProofError("the proof is for another method")
    if not _same_target(claims.get("htu"), path, bases):
        raise DpopProofError("the proof is for another address")
    jti = claims.get("jti")
    if not usable_jti(jti):
        raise DpopProofError("the proof has no usable jti")
    iat = bounds.seconds(claims.get("iat"))
    if iat is None or abs(now - iat) > IAT_WINDOW:
        raise DpopProofError("the proof's iat is too far from the service's clock")
    if access_token is not None:
        ath = claims.get("ath")
        if not isinstance(ath, str) or not hmac.compare_digest(
            ath.encode("utf-8", "replace"), _hash(access_token).encode()
        ):
            raise DpopProofError("the proof is for another access token")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonces.good(nonce, now):
        raise DpopNonceRequiredError("the proof needs the service's nonce")
    return Proof(jkt, jti, iat + 2 * IAT_WINDOW, proof, claims.get(CLAIM))


def usable_jti(jti: object) -> TypeGuard[str]:
    """Whether ``jti`` is printable ASCII of a fair length, which every database can hold."""
    return isinstance(jti, str) and 8 <= len(jti) <= MAX_JTI_CHARS and jti.isascii() and jti.isprintable()


def _verified(proof: str) -> tuple[dict[str, object], str]:
    """Claims and thumbprint of a proof whose signature by its own key is right."""
    if len(proof) > MAX_PROOF_CHARS:
        raise DpopProofError("the proof is too long")
    try:
        header = bounds.loads(_segment(proof))
        if not isinstance(header, dict) or header.get("typ") != "dpop+jwt" or header.get("alg") != "ES256":
            raise DpopProofError("the proof is not an ES256 dpop+jwt")
        jwk = header.get("jwk")
        if not isinstance(jwk, dict) or "d" in jwk:
            raise DpopProofError("the proof does not carry a public key")
        key, jkt = _key(json.dumps({name: jwk.get(name) for name in ("kty", "crv", "x", "y")}, sort_keys=True))
        claims = bounds.loads(jws.deserialize_compact(proof, key, algorithms=["ES256"]).payload)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise DpopProofError("the proof cannot be read or its signature is wrong") from error
    if not isinstance(claims, dict):
        raise DpopProofError("the proof has no claims")
    return claims, jkt


def _segment(compact: str) -> bytes:
    head = compact.split(".", 1)[0]
    return base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))


@lru_cache(maxsize=4096)
def _key(jwk: str) -> tuple[ECKey, str]:
    """Parsed public key and its thumbprint; one of a few thousand workstations comes back every few seconds."""
    read = json.loads(jwk)
    key = ECKey.import_key(read)
    if read["kty"] != "EC" or key.curve_name != "P-256":
        raise DpopProofError("the proof's key is not on P-256")
    return key, key.thumbprint()


def _same_target(htu: object, path: str, bases: Collection[str]) -> bool:
    """Compare ``htu`` without query and fragment (section 4.3 point 9)."""
    if not isinstance(htu, str):
        return False
    try:
        parts = urlsplit(htu)
    except ValueError:  # half an IPv6 address, and the like
        return False
    return f"{parts.scheme}://{parts.netloc}".lower() in bases and parts.path == path


def _hash(access_token: str) -> str:
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
