"""Limits and headers of every request and answer, as plain ASGI around the application."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk.model.signing import HEAD_HEADER, head_text
from kiosk.service.platform.problems import SCIM, SCIM_TYPE, HttpProblemError, scim_body

MAX_BODY = 64 * 1024
MAX_SCIM_BODY = 1024 * 1024
"""A group of ten thousand members, whole. Only whoever showed a token gets so far as to send it."""
MAX_LENGTH_DIGITS = 16
"""Of a declared length: Python refuses to read numbers of thousands of digits, by an error of its own."""
HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000"),
]


class BodyLimit:
    """Refuses bodies over ``MAX_BODY`` bytes (``MAX_SCIM_BODY`` below ``SCIM``) with 413, by their declared length or
    as they come in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        scim = scope["path"].startswith(SCIM)
        most = MAX_SCIM_BODY if scim else MAX_BODY
        if not declared.isdigit() or len(declared) > MAX_LENGTH_DIGITS or int(declared) > most:
            await _refuse(send, most, scim=scim)
            return
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise too_large(most)
            return message

        await self._app(scope, limited, send)


def too_large(most: int = MAX_BODY) -> HttpProblemError:
    """413."""
    return HttpProblemError(413, "too_large", f"A request's body has at most {most} bytes.", {"Connection": "close"})


async def _refuse(send: Send, most: int, *, scim: bool) -> None:
    problem = too_large(most)
    body = scim_body(problem) if scim else problem.body()
    kind = SCIM_TYPE if scim else "application/json"
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Headers:
    """Adds the security headers, the present DPoP nonce (RFC 9449 section 8.2), and the row that was written last."""

    def __init__(self, app: ASGIApp, nonce: Callable[[], str]) -> None:
        self._app = app
        self._nonce = nonce

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(header for header in HEADERS if header[0] not in there)]
                if path.startswith(("/v1/", "/oauth/", "/access/")):
                    message["headers"].append((b"dpop-nonce", self._nonce().encode("ascii")))
                signed = scope.get("state", {}).get("signed")
                if signed is not None and signed.wrote is not None:
                    message["headers"].append((HEAD_HEADER.lower().encode(), head_text(*signed.wrote).encode("ascii")))
            await send(message)

        await self._app(scope, receive, answer)
