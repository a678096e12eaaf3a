"""Each request's number, for as long as it is worked on: ``logs`` writes it, the answer carries it."""

from __future__ import annotations

import logging
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk.model import request_id
from kiosk.model.refusal import RefusalCode
from kiosk.model.signing import STALE

log = logging.getLogger("kiosk.service.requests")
_now: ContextVar[str] = ContextVar("request", default="")
ROUTINE = frozenset({STALE, "use_dpop_nonce", "internal", "unreadable", "store_busy", "store_down"})
"""Of a protocol's usual course, or in a line of their own already."""
TOLD = frozenset(str(code) for code in RefusalCode) - {str(RefusalCode.INTEGRITY)} | ROUTINE
"""Codes for which the station has a sentence that says the cause, or that need no line."""


def current() -> str:
    """The number of the request that is worked on here; empty outside any."""
    return _now.get()


def tell(code: str) -> None:
    """One line for an error answer to a workstation that has proved who it is, where it shows the number."""
    if code not in TOLD:
        log.warning("a workstation was answered " + code)


class Numbered:
    """Gives each request of ``app`` its number, and its answer the header. It stays for what the server logs after."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = request_id.fresh()
        _now.set(number)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                header = (request_id.REQUEST_HEADER.lower().encode("ascii"), number.encode("ascii"))
                message["headers"] = [*message["headers"], header]
            await send(message)

        await self._app(scope, receive, answer)
