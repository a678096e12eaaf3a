"""What a ping says, sealed until it is sent: nobody who reads the database can answer or fetch in a server's place."""

from __future__ import annotations

import hmac
import json

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class SealedPings:
    """``key``: 32 bytes that only the service's replicas share; used under a label of its own."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(hmac.digest(key, b"kiosk/openid-ping/v1\x00", "sha256"))

    def seal(self, auth_req_id: str, token: str) -> str:
        """A JWE (RFC 7516) of both."""
        return jwe.encrypt_compact(dict(_HEADER), json.dumps([auth_req_id, token]).encode(), self._key)

    def open(self, sealed: str) -> tuple[str, str] | None:
        """``auth_req_id`` and the server's token; None where it is not one of ours."""
        try:
            found = json.loads(jwe.decrypt_compact(sealed, self._key, algorithms=["dir", "A256GCM"]).plaintext or b"")
            return str(found[0]), str(found[1])
        except (JoseError, ValueError, TypeError, LookupError):
            return None
