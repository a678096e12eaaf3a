"""How often one request may be sent, where to, and what is said of the times before.

What nobody took is sent to the next address. What somebody may have taken is sent again only if the service can tell
(``asked``: it finds the request in its trail, by the proofs that we name) or if twice is as good as once (``safe``).
"""

from __future__ import annotations

import hashlib
import socket
import ssl
from typing import Literal

import httpx

from kiosk.client.addresses import Addresses
from kiosk.model.signing import AGAIN_HEADER

Repeat = Literal["safe", "asked", "never"]
CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
MOVE_ON_SECONDS = 1.8
"""For each part of a request where there is another address to go to."""
TIMEOUT = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
MAX_NAMED = 3
"""Proofs of earlier times that the service looks for."""
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol)
MIN_TRIES = 2
"""Further ones of a connection that broke: behind one address there may be several machines."""


class Tries:
    """Of one request. ``base``: where it is to be sent now."""

    def __init__(self, addresses: Addresses, repeat: Repeat) -> None:
        self._addresses = addresses
        self._repeat = repeat
        self._left = max(MIN_TRIES, len(addresses.all))
        self._lost: list[str] = []
        self.base = addresses.now

    def timeout(self, usual: httpx.Timeout) -> httpx.Timeout:
        """Of this time. ``usual``: of the connection; the last time has all of it."""
        if not self._addresses.several or not self._left:
            return usual
        read = usual.read if usual.read is not None and usual.read > READ_SECONDS else MOVE_ON_SECONDS
        return httpx.Timeout(read, connect=MOVE_ON_SECONDS, write=MOVE_ON_SECONDS, pool=usual.pool)

    def headers(self) -> dict[str, str]:
        """What is said of the times before."""
        return {AGAIN_HEADER: ",".join(self._lost)} if self._lost and self._repeat == "asked" else {}

    def again(self, error: Exception, proof: str) -> bool:
        """It failed with ``error`` under the DPoP proof ``proof``. Whether to try once more, at ``base``."""
        never_sent = isinstance(error, NEVER_SENT)
        if isinstance(error, httpx.TransportError):
            self._addresses.failed(self.base)
        if not never_sent:
            self._lost.append(hashlib.sha256(proof.encode("ascii")).hexdigest())
        if self._left == 0 or not (never_sent or self._repeat != "never") or len(self._lost) > MAX_NAMED:
            return False
        if not self._addresses.several and not _broke(error):
            return False
        self._left -= 1
        self.base = self._addresses.now
        return True


def _broke(error: BaseException) -> bool:
    """Whether a connection was there, to somebody whom we believe, and then was not."""
    if not isinstance(error, httpx.TransportError) or isinstance(error, httpx.TimeoutException):
        return False
    under: BaseException | None = error
    while under is not None:
        if isinstance(under, ConnectionRefusedError | ssl.SSLCertVerificationError | socket.gaierror):
            return False
        under = under.__cause__ or under.__context__
    return True
