"""One request and its answer, and what every answer teaches: the nonce of the next proof, and the service's clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import httpx

from kiosk.client import clock
from kiosk.client.answers import unreachable
from kiosk.client.errors import ClientError
from kiosk.client.lines import HttpLine
from kiosk.client.proofs import Prover
from kiosk.client.second_try import SKEW_MATTERS
from kiosk.client.tries import Tries


class Exchange:
    """Thread-safe. ``line``: whose certificate authorities an error names."""

    def __init__(self, prover: Prover, line: HttpLine) -> None:
        self._prover, self._line = prover, line
        self.nonce: str | None = None
        self.last_answer = float("-inf")
        self.on_clock: Callable[[float], None] = lambda _off: None
        """Called at every answer, with the seconds by which the service's clock is ahead of ours; 0: no matter."""
        self.on_away: Callable[[ClientError], None] = lambda _error: None
        """Called on any thread for each request that shows that nobody who could decide is there."""

    def send(
        self,
        client: httpx.Client,
        tries: Tries,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
        *,
        data: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> httpx.Response | None:
        """The answer; None where none came, and it is to be tried once more. Raises ``ServiceUnreachableError``."""
        base, timeout = tries.base, tries.timeout(client.timeout)
        try:
            url = base + path
            request = client.build_request(method, url, headers=headers, content=content, data=data, timeout=timeout)
            response = client.send(request, stream=stream)
            if stream and not response.is_success:
                response.read()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            if tries.again(error, headers["DPoP"]):
                return None
            raise unreachable(error, base, self._line.pem) from None
        self.learn(response)
        return response

    def learn(self, response: httpx.Response) -> None:
        """Take the service's nonce for the next proof, and its clock if ours is off by more than seconds."""
        self.last_answer = time.monotonic()
        self.nonce = response.headers.get("DPoP-Nonce", self.nonce)
        date = clock.date_of(response.headers.get("Date"))
        if date is not None:
            off = date - (self._prover.now() - self._prover.skew)
            self._prover.skew = off if abs(off) > SKEW_MATTERS else 0.0
            self.on_clock(self._prover.skew)
