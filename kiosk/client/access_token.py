"""The access token that goes with every request: fetched by the workstation's key, and again before it ends."""

from __future__ import annotations

import threading
import time

import msgspec

from kiosk.client.addresses import Addresses
from kiosk.client.answers import decode, problem_of
from kiosk.client.errors import UnreadableAnswerError
from kiosk.client.exchange import Exchange
from kiosk.client.lines import HttpLine
from kiosk.client.proofs import ASSERTION_TYPE, Prover
from kiosk.client.second_try import BUSY_WAITS, waited, worth_repeating
from kiosk.client.tries import Tries

RENEW_BEFORE = 60
"""Seconds before an access token's end at which the next request fetches a new one."""


class TokenAnswer(msgspec.Struct):
    """RFC 6749 section 5.1."""

    access_token: str
    token_type: str
    expires_in: int


class AccessToken:
    """Thread-safe: whoever comes first fetches it, the others wait."""

    def __init__(self, addresses: Addresses, prover: Prover, line: HttpLine, exchange: Exchange) -> None:
        self._addresses, self._prover, self._line, self._exchange = addresses, prover, line, exchange
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renew_at = 0.0

    def now(self) -> str:
        """The present one, or a new one if it is about to end. Raises as ``Transport.call``."""
        with self._lock:
            if self._token is None or time.monotonic() >= self._renew_at:
                answer = self._ask()
                self._token = answer.access_token
                self._renew_at = time.monotonic() + max(answer.expires_in - RENEW_BEFORE, answer.expires_in / 2)
            return self._token

    def forget(self, token: str) -> None:
        """The service does not know it any more; another one that was fetched meanwhile stays."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _ask(self) -> TokenAnswer:
        """``POST /oauth/token`` by client credentials (RFC 6749 section 4.4, RFC 7523, RFC 9449 section 5)."""
        path = "/oauth/token"
        mended: set[str] = set()
        tries = Tries(self._addresses, "safe")
        waits = list(BUSY_WAITS)
        while True:
            skew = self._prover.skew
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self._prover.assertion(tries.base + path),
            }
            headers = {"DPoP": self._prover.dpop("POST", tries.base + path, self._exchange.nonce)}
            with self._line.client() as client:
                response = self._exchange.send(client, tries, "POST", path, headers, data=form)
            if response is None:
                continue
            if response.is_success:
                answer = decode(response.content, TokenAnswer)
                if answer.token_type.lower() != "dpop" or answer.expires_in <= 0:
                    raise UnreadableAnswerError("The service gave a token of another kind. Tell the help desk.")
                return answer
            problem = problem_of(response)
            if waited(problem, waits):
                continue
            if not worth_repeating(problem, self._prover.skew - skew, mended):
                raise problem
            mended.add(problem.code)
