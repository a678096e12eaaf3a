"""A browser's push subscription, sealed where it is kept: nobody who reads the database can wake a phone."""

from __future__ import annotations

import hmac
import json

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from kiosk.service.platform.web_push import PushSubscription

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class SealedSubscriptions:
    """``key``: 32 bytes that only the service's replicas share; used under a label of its own."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(hmac.digest(key, b"kiosk/push-subscription/v1\x00", "sha256"))

    def seal(self, phone: str, subscription: PushSubscription) -> str:
        """A JWE (RFC 7516) of it. ``phone``: whose it is, which is told where it is opened."""
        parts = [phone, subscription.endpoint, subscription.p256dh, subscription.auth]
        return jwe.encrypt_compact(dict(_HEADER), json.dumps(parts).encode(), self._key)

    def open(self, phone: str, sealed: str) -> PushSubscription | None:
        """That of ``phone``; None where it is not one of ours, or another phone's."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, algorithms=["dir", "A256GCM"]).plaintext
            whose, endpoint, p256dh, auth = json.loads(opened or b"")
        except (JoseError, ValueError, TypeError, LookupError):
            return None
        return PushSubscription(str(endpoint), str(p256dh), str(auth)) if whose == phone else None
