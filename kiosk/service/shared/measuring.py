"""Counts each request with its door, its status and the seconds until its answer began."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk.service.shared.tally import CountedAnswer, Tally

NOWHERE = "none"
"""The door of a request for an address that there is not: what was asked for is the asker's own word."""
VERBS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Measured:
    """``app``, with its answers counted in ``tally``. ``clock``: seconds, never going back."""

    def __init__(self, app: ASGIApp, tally: Tally, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._tally = tally
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._clock()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                door = getattr(scope.get("route"), "path", NOWHERE)
                verb = scope["method"] if scope["method"] in VERBS else "other"
                self._tally.answered(CountedAnswer(door, verb, message["status"]), self._clock() - began)
            await send(message)

        await self._app(scope, receive, answer)
