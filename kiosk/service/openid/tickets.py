"""An authorization request on its way through browser and workstation: sealed, so that nothing is stored for it.

Anybody can send authorization requests. None of them costs a row: what was asked travels as a JWE (RFC 7516, ``dir``
and ``A256GCM``) under a key of the service, which nobody else can read or make, and comes back by the workstation.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

TICKET_SECONDS = 600
PUSHED_SECONDS = 90
MAX_TICKET_CHARS = 16_384
_HEADER = {"alg": "dir", "enc": "A256GCM"}


class TicketError(Exception):
    """It is none of ours, or its time is over; ``str()`` says which."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What an application asks for. ``id``: of the sign-in that comes of it. ``challenge``: of PKCE, S256.

    ``acrs``: any of these will do, empty for any at all. ``max_age``: seconds. ``subject``: only this person (their
    id); ``login``: only this one. ``jkt``: thumbprint of the key that the code is bound to, None for any. ``browser``:
    SHA-256 of the browser's cookie in hex, empty while it is pushed. ``created``: epoch seconds.
    """

    id: str
    client_id: str
    redirect_uri: str
    scope: str
    challenge: str
    created: int
    state: str | None = None
    nonce: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    acrs: tuple[str, ...] = ()
    subject: str | None = None
    login: str | None = None
    jkt: str | None = None
    browser: str = ""

    @property
    def silent(self) -> bool:
        """Nothing may be asked of the person."""
        return "none" in self.prompt


class Tickets:
    """``key``: 32 bytes that only the service's replicas share; used under a label of its own."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(hmac.digest(key, b"kiosk/openid-ticket/v1\x00", "sha256"))

    def seal(self, request: AuthorizationRequest) -> str:
        """Its ticket."""
        return jwe.encrypt_compact(dict(_HEADER), json.dumps(asdict(request)).encode(), self._key)

    def open(self, ticket: str, now: int, seconds: int = TICKET_SECONDS) -> AuthorizationRequest:
        """What was sealed, at most ``seconds`` ago. Raises ``TicketError``."""
        if len(ticket) > MAX_TICKET_CHARS:
            raise TicketError("it is too long")
        try:
            opened = jwe.decrypt_compact(ticket, self._key, algorithms=["dir", "A256GCM"]).plaintext
            values = json.loads(opened or b"")
            lists = {name: tuple(values[name]) for name in ("prompt", "acrs")}
            request = AuthorizationRequest(**{**values, **lists})
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise TicketError("it is not one of ours") from None
        if not request.created - 5 <= now < request.created + seconds:
            raise TicketError("its time is over")
        return request


def fingerprint(secret: str) -> str:
    """SHA-256 of a random secret, in hex: what is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
