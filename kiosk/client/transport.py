"""Requests that carry who asks: one kept-alive HTTPS connection, an access token bound to our key, DPoP nonces.

The service refuses a proof without its present nonce, or of another hour, and its answer holds its nonce and its time;
such a request did nothing, so it is sent once more. A lost answer may have been a decision: ``tries`` says what is
repeated then, and where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx
import msgspec

from kiosk.client import clock
from kiosk.client.access_token import AccessToken
from kiosk.client.addresses import Addresses
from kiosk.client.answers import problem_of, unreachable
from kiosk.client.exchange import Exchange
from kiosk.client.lines import HttpLine
from kiosk.client.proofs import Prover
from kiosk.client.second_try import BUSY_WAITS, waited, worth_repeating
from kiosk.client.seen import EventsSeen, fresh_salt
from kiosk.client.silence import AnswerWatch
from kiosk.client.tries import MOVE_ON_SECONDS, Repeat, Tries
from kiosk.model.signing import COUNTER_HEADER, HEAD_HEADER, SALT_HEADER, STALE

KEPT_ALIVE = 60.0
MAX_STALE = 4
"""Times that one request is signed anew because another of ours overtook it."""


class Transport:
    """Thread-safe: the net, events and outbox threads share it. ``line`` is the caller's, made for its own trust."""

    def __init__(
        self, addresses: Addresses | str, prover: Prover, line: HttpLine, seen: EventsSeen | None = None
    ) -> None:
        self.addresses = Addresses((addresses,)) if isinstance(addresses, str) else addresses
        self._prover = prover
        self._line = line
        self._seen = seen or EventsSeen()
        self.exchange = Exchange(prover, line)
        self._token = AccessToken(self.addresses, prover, line, self.exchange)
        self._silence = AnswerWatch(self.addresses, line, lambda error: self.exchange.on_away(error))

    def call(self, method: str, path: str, body: object | None = None, repeat: Repeat = "never") -> bytes:
        """Send ``body`` as JSON; the answer. ``repeat``: where an answer is lost, see ``tries``.

        Raises ``ServiceUnreachableError``, ``ServiceProblemError``, ``UnreadableAnswerError``.
        """
        content = None if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"} if content is not None else {}
        with self._silence.watched(), self._line.client() as client:
            tries = Tries(self.addresses, "safe" if method == "GET" else repeat)
            return self._authorized(client, method, path, headers, content, tries).content

    def form(self, path: str, form: Mapping[str, str]) -> bytes:
        """Send ``form`` once, by nobody's name and without a proof: what it holds says enough. Raises as ``call``."""
        base = self.addresses.now
        with self._silence.watched():
            try:
                with self._line.client() as client:
                    response = client.post(base + path, data=dict(form))
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
                raise unreachable(error, base, self._line.pem) from None
            self.exchange.learn(response)
            if not response.is_success:
                raise problem_of(response)
            return response.content

    @contextmanager
    def stream(self, line: HttpLine, path: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """An open answer to ``GET path`` on ``line``, for reading as it comes. Raises as ``call``."""
        with line.client() as client:
            tries = Tries(self.addresses, "safe")
            response = self._authorized(client, "GET", path, headers, None, tries, stream=True)
            try:
                yield response
            finally:
                response.close()

    @property
    def clock_off(self) -> float:
        """Seconds by which the service's clock was ahead of ours at its last answer; 0 if it does not matter."""
        return self._prover.skew

    def ask_preferred(self) -> bool:
        """Ask the preferred address, if that is due, whether it is good again. Whether it is now the next one."""
        base = self.addresses.due()
        if base is None:
            return False
        try:
            with self._line.client() as client:
                good = client.get(base + clock.ASK, timeout=MOVE_ON_SECONDS).is_success
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            good = False
        self.addresses.asked(good)
        return good

    def warm(self) -> None:
        """Fetch a token if the present one is about to end; this also opens the connection. Raises as ``call``."""
        with self._silence.watched():
            self._token.now()

    def _authorized(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | None,
        tries: Tries,
        *,
        stream: bool = False,
    ) -> httpx.Response:
        """One request; again once for a nonce, for our clock, and for an access token that the service forgot, and for
        a while where somebody else was in the way.

        Requests of two threads may arrive in another order than they were signed: the later one is signed anew.
        """
        mended: set[str] = set()
        stale, waits = 0, list(BUSY_WAITS)
        while True:
            token = self._token.now()
            skew = self._prover.skew
            signed, number = self._signed(tries, method, path, headers, content, token)
            response = self.exchange.send(client, tries, method, path, signed, content, stream=stream)
            if response is None:
                continue
            self._seen.learn(number, response.headers.get(HEAD_HEADER), response.headers.get(COUNTER_HEADER))
            if response.is_success:
                return response
            problem = problem_of(response)
            if problem.code == STALE and stale < MAX_STALE:
                stale += 1
                continue
            if waited(problem, waits):
                continue
            if problem.code == "invalid_token" and problem.code not in mended:
                self._token.forget(token)
            elif not worth_repeating(problem, self._prover.skew - skew, mended):
                raise problem
            mended.add(problem.code)

    def _signed(
        self, tries: Tries, method: str, path: str, headers: Mapping[str, str], content: bytes | None, token: str
    ) -> tuple[dict[str, str], int]:
        """``headers`` and who asks, for one sending; and its number among this workstation's requests."""
        salt, salt_text = fresh_salt()
        told = self._seen.claim(content or b"", salt)
        proof = self._prover.dpop(method, tries.base + path, self.exchange.nonce, token, told)
        signed = {**headers, **tries.headers(), "Authorization": f"DPoP {token}", "DPoP": proof}
        return {**signed, SALT_HEADER: salt_text}, int(str(told["n"]))
