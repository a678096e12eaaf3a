"""How a workstation shows who it is: the client assertion (RFC 7523) and DPoP proofs (RFC 9449), ES256."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from kiosk.model.binding import Json, b64u
from kiosk.model.signing import CLAIM

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60


class Prover:
    """Signs with the workstation's key. ``clock``: epoch seconds; ``skew`` is added, learnt from the service."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, client_id: str, clock: Callable[[], float] = time.time) -> None:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._key = ECKey.import_key(pem)
        self._public = public_jwk(key)
        self._client_id = client_id
        self._clock = clock
        self.skew = 0.0

    def now(self) -> int:
        """The service's time as far as we know it, epoch seconds."""
        return int(self._clock() + self.skew)

    def assertion(self, audience: str) -> str:
        """A ``private_key_jwt`` for ``audience`` (RFC 7523 section 3): one use, 60 s."""
        now = self.now()
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": audience,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, self._key)

    def dpop(
        self, method: str, url: str, nonce: str | None, token: str | None = None, told: Mapping[str, Json] | None = None
    ) -> str:
        """A proof for one request (RFC 9449 section 4.2). ``url`` without query; ``token`` adds ``ath``.

        ``told``: see ``kiosk.model.signing``.
        """
        claims: dict[str, object] = {"jti": str(uuid.uuid4()), "htm": method, "htu": url, "iat": self.now()}
        if nonce is not None:
            claims["nonce"] = nonce
        if token is not None:
            claims["ath"] = b64u(hashlib.sha256(token.encode("ascii")).digest())
        if told is not None:
            claims[CLAIM] = told
        return jwt.encode({"alg": "ES256", "typ": "dpop+jwt", "jwk": self._public}, claims, self._key)


def public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """The public half as a JWK (RFC 7518 section 6.2.1)."""
    numbers = key.public_key().public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": b64u(numbers.x.to_bytes(32, "big")),
        "y": b64u(numbers.y.to_bytes(32, "big")),
    }
