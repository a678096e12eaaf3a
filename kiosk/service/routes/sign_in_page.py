"""What the doors of the sign-in page share: the browser's cookie, its language, and pages that say one thing."""

from __future__ import annotations

from fastapi import Request, Response

from kiosk.service.openid import page
from kiosk.service.openid.page_texts import language_of
from kiosk.service.openid.tickets import Tickets
from kiosk.service.shared.context import Service

COOKIE = "__Host-kiosk-browser"
"""Names the browser, and nothing else: whoever has it is signed in to nothing by it."""


def told(request: Request, name: str, detail: str, status: int, of: str = "") -> Response:
    """A page that says ``name``; ``detail``: a sentence for support; ``of``: whom it is about."""
    html = page.told(language(request), name, detail, of)
    return Response(html, status, headers=page.headers(), media_type="text/html")


def language(request: Request) -> str:
    """As the browser says."""
    return language_of(request.headers.get("accept-language", ""))


def tickets_of(service: Service) -> Tickets:
    """They seal authorization requests."""
    return Tickets(service.keys.nonce)
