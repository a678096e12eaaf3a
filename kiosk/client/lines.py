"""Connections to the service, opened anew when the workstation no longer believes whom it believed before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from kiosk.client.trust import Trust


class HttpLine:
    """One ``httpx.Client`` at a time, made for the present trust. Thread-safe.

    When ``trust`` drops a CA, the next request goes over a new client; the one before is closed as soon as nobody is in
    the middle of a request on it.
    """

    def __init__(self, trust: Trust, make: Callable[[Trust], httpx.Client]) -> None:
        self._trust = trust
        self._make = make
        self._lock = threading.Lock()
        self._users: dict[httpx.Client, int] = {}
        self._client = make(trust)
        self._context = trust.context

    @property
    def generation(self) -> int:
        """Of the trust under which the next request is sent."""
        return self._trust.generation

    @property
    def pem(self) -> str:
        """The CAs that are trusted now."""
        return self._trust.pem

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """The client for one request."""
        mine = self._take()
        try:
            yield mine
        finally:
            self._give_back(mine)

    def close(self) -> None:
        """Close the present client. Safe to call twice."""
        self._client.close()

    def _take(self) -> httpx.Client:
        with self._lock:
            old = None
            if self._context is not self._trust.context:
                old, self._client = self._client, self._make(self._trust)
                self._context = self._trust.context
            mine = self._client
            self._users[mine] = self._users.get(mine, 0) + 1
            unused = old is not None and old not in self._users
        if old is not None and unused:
            old.close()
        return mine

    def _give_back(self, mine: httpx.Client) -> None:
        with self._lock:
            self._users[mine] -= 1
            over = not self._users[mine]
            if over:
                del self._users[mine]
            over = over and mine is not self._client
        if over:
            mine.close()
