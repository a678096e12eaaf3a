"""Requests that carry who asks: one kept-alive HTTPS connection, an access token bound to our key, DPoP nonces.

The service refuses a proof without its present nonce, or of another hour, and its answer holds its nonce and its time;
such a request did nothing, so it is sent once more. A lost answer may have been a decision: ``tries`` says what is
repeated then, and where.
"""

from __future__ import annotations

import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import httpx
import msgspec

from kiosk.client import clock
from kiosk.client.addresses import Addresses
from kiosk.client.errors import (
    NameNotFoundError,
    ServiceProblemError,
    ServiceUnreachableError,
    StationRevokedError,
    UnreadableAnswerError,
)
from kiosk.client.lines import HttpLine
from kiosk.client.proofs import ASSERTION_TYPE, Prover
from kiosk.client.seen import EventsSeen, fresh_salt
from kiosk.client.tries import MOVE_ON_SECONDS, Repeat, Tries
from kiosk.model import request_id
from kiosk.model.ceremony import RefusalCode
from kiosk.model.signing import COUNTER_HEADER, HEAD_HEADER, SALT_HEADER, STALE
from kiosk.model.wire import Problem

RENEW_BEFORE = 60
"""Seconds before an access token's end at which the next request fetches a new one."""
KEPT_ALIVE = 60.0
SKEW_MATTERS = 5.0
"""Seconds by which our clock may differ from the service's before proofs follow the service's."""
CLOCK_PROBLEMS = frozenset({"invalid_dpop_proof", "invalid_client"})
MAX_STALE = 4
"""Times that one request is signed anew because another of ours overtook it."""
BUSY = "store_busy"
BUSY_WAITS = (0.2, 0.5, 1.0)
"""The service gave up waiting for somebody else, and nothing was done: it is asked again after so many seconds."""
PROVE_FIRST = 401
MAX_ANSWER = 1 << 20
T = TypeVar("T")


class TokenAnswer(msgspec.Struct):
    """RFC 6749 section 5.1."""

    access_token: str
    token_type: str
    expires_in: int


class Transport:
    """Thread-safe: the net, events and outbox threads share it. ``line`` is the caller's, made for its own trust."""

    def __init__(
        self, addresses: Addresses | str, prover: Prover, line: HttpLine, seen: EventsSeen | None = None
    ) -> None:
        self.addresses = Addresses((addresses,)) if isinstance(addresses, str) else addresses
        self._prover = prover
        self._line = line
        self._seen = seen or EventsSeen()
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renew_at = 0.0
        self._nonce: str | None = None
        self.last_answer = float("-inf")
        self.on_clock: Callable[[float], None] = lambda _off: None
        """Called at every answer, with ``clock_off``."""

    def call(self, method: str, path: str, body: object | None = None, repeat: Repeat = "never") -> bytes:
        """Send ``body`` as JSON; the answer. ``repeat``: where an answer is lost, see ``tries``.

        Raises ``ServiceUnreachableError``, ``ServiceProblemError``, ``UnreadableAnswerError``.
        """
        content = None if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"} if content is not None else {}
        with self._line.client() as client:
            tries = Tries(self.addresses, "safe" if method == "GET" else repeat)
            return self._authorized(client, method, path, headers, content, tries).content

    def form(self, path: str, form: Mapping[str, str]) -> bytes:
        """Send ``form`` once, by nobody's name and without a proof: what it holds says enough. Raises as ``call``."""
        base = self.addresses.now
        try:
            with self._line.client() as client:
                response = client.post(base + path, data=dict(form))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise unreachable(error, base, self._line.pem) from None
        self._learn(response)
        if not response.is_success:
            raise self._problem(response)
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
        self._access_token()

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
            token = self._access_token()
            skew = self._prover.skew
            salt, salt_text = fresh_salt()
            told = self._seen.claim(content or b"", salt)
            proof = self._prover.dpop(method, tries.base + path, self._nonce, token, told)
            signed = {**headers, **tries.headers(), "Authorization": f"DPoP {token}", "DPoP": proof}
            signed[SALT_HEADER] = salt_text
            response = self._send(client, tries, method, path, signed, content, stream=stream)
            if response is None:
                continue
            self._seen.learn(
                int(str(told["n"])), response.headers.get(HEAD_HEADER), response.headers.get(COUNTER_HEADER)
            )
            if response.is_success:
                return response
            problem = self._problem(response)
            if problem.code == STALE and stale < MAX_STALE:
                stale += 1
                continue
            if _waited(problem, waits):
                continue
            if problem.code == "invalid_token" and problem.code not in mended:
                self._forget(token)
            elif not self._worth_repeating(problem, skew, mended):
                raise problem
            mended.add(problem.code)

    def _access_token(self) -> str:
        with self._lock:
            if self._token is None or time.monotonic() >= self._renew_at:
                answer = self._ask_token()
                self._token = answer.access_token
                self._renew_at = time.monotonic() + max(answer.expires_in - RENEW_BEFORE, answer.expires_in / 2)
            return self._token

    def _forget(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._token = None

    def _ask_token(self) -> TokenAnswer:
        """``POST /oauth/token`` by client credentials (RFC 6749 section 4.4, RFC 7523, RFC 9449 section 5)."""
        path = "/oauth/token"
        mended: set[str] = set()
        tries = Tries(self.addresses, "safe")
        waits = list(BUSY_WAITS)
        while True:
            skew = self._prover.skew
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self._prover.assertion(tries.base + path),
            }
            headers = {"DPoP": self._prover.dpop("POST", tries.base + path, self._nonce)}
            with self._line.client() as client:
                response = self._send(client, tries, "POST", path, headers, data=form)
            if response is None:
                continue
            if response.is_success:
                answer = decode(response.content, TokenAnswer)
                if answer.token_type.lower() != "dpop" or answer.expires_in <= 0:
                    raise UnreadableAnswerError("The service gave a token of another kind. Tell the help desk.")
                return answer
            problem = self._problem(response)
            if _waited(problem, waits):
                continue
            if not self._worth_repeating(problem, skew, mended):
                raise problem
            mended.add(problem.code)

    def _worth_repeating(self, problem: ServiceProblemError, skew: float, mended: set[str]) -> bool:
        """Whether the answer has just taught us what the request lacked. ``skew``: when it was made."""
        if problem.code in mended or isinstance(problem, StationRevokedError):
            return False
        clock_learnt = abs(self._prover.skew - skew) > SKEW_MATTERS
        return problem.code == "use_dpop_nonce" or (problem.code in CLOCK_PROBLEMS and clock_learnt)

    def _send(
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
        self._learn(response)
        return response

    def _learn(self, response: httpx.Response) -> None:
        """Take the service's nonce for the next proof, and its clock if ours is off by more than seconds."""
        self.last_answer = time.monotonic()
        self._nonce = response.headers.get("DPoP-Nonce", self._nonce)
        date = clock.date_of(response.headers.get("Date"))
        if date is not None:
            off = date - (self._prover.now() - self._prover.skew)
            self._prover.skew = off if abs(off) > SKEW_MATTERS else 0.0
            self.on_clock(self._prover.skew)

    @staticmethod
    def _problem(response: httpx.Response) -> ServiceProblemError:
        try:
            problem = msgspec.json.decode(response.content[:MAX_ANSWER], type=Problem)
        except (msgspec.DecodeError, UnicodeDecodeError):
            problem = Problem(f"http_{response.status_code}", "The service answered in a way we do not know.")
        # Of whoever has not proved who they are the service's log says nothing.
        proved = response.request.url.path.startswith("/v1/") and response.status_code != PROVE_FIRST
        number = request_id.read(response.headers.get(request_id.REQUEST_HEADER, "")) if proved else ""
        kind = StationRevokedError if problem.code == RefusalCode.STATION_REVOKED else ServiceProblemError
        return kind(problem.code, problem.detail, response.status_code, number, problem.says)


def _waited(problem: ServiceProblemError, waits: list[float]) -> bool:
    """Whether nothing was done because somebody else was in the way, and the next of ``waits`` is over now."""
    if problem.code != BUSY or not waits:
        return False
    time.sleep(waits.pop(0) * (1 + random.random() / 2))  # noqa: S311  (no secret)
    return True


def unreachable(error: Exception, base: str, pem: str = "") -> ServiceUnreachableError:
    """The named error for httpx's; the foreign one's text may quote addresses and stays out. ``pem``: whom we trust."""
    under: BaseException | None = error
    while under is not None:
        if isinstance(under, ssl.SSLCertVerificationError):
            return clock.untrusted(under, base, pem)
        if isinstance(under, socket.gaierror):
            return NameNotFoundError("The service's name is not found. Check the network and its name server.")
        under = under.__cause__ or under.__context__
    return ServiceUnreachableError(f"The service does not answer ({type(error).__name__}). Check the network.")


def decode(content: bytes, kind: type[T]) -> T:
    """``content`` as ``kind``, strictly. Raises ``UnreadableAnswerError``, which never quotes the answer."""
    if len(content) > MAX_ANSWER:
        raise UnreadableAnswerError("The service's answer is too long. Tell the help desk.")
    try:
        return msgspec.json.decode(content, type=kind, strict=True)
    except (msgspec.DecodeError, ValueError):
        raise UnreadableAnswerError(
            f"The service's answer is no {kind.__name__}. Tell the help desk which versions run."
        ) from None
