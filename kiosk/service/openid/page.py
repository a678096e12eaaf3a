"""The sign-in page: small HTML, one script and one style of our own, and a policy that lets nothing else in.

The page holds no secret: the ticket is sealed, and the browser's cookie is not to be seen by scripts.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from kiosk.service.openid.page_texts import OF_OTHER, SAID, text

SCRIPT = "/oauth/page.js"
STYLE = "/oauth/page.css"
_HERE = Path(__file__).parent


def script() -> bytes:
    """The page's script."""
    return (_HERE / "page.js").read_bytes()


def style() -> bytes:
    """The page's style."""
    return (_HERE / "page.css").read_bytes()


def headers(doorbell_port: int | None = None) -> dict[str, str]:
    """Of a page. ``doorbell_port``: its script rings there, on its own machine; None for a page without one."""
    door = f" http://127.0.0.1:{doorbell_port}" if doorbell_port is not None else ""
    policy = [
        "default-src 'none'",
        "style-src 'self'",
        *(["script-src 'self'", f"connect-src 'self'{door}"] if door else []),
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def sign_in(language: str, app: str, ticket: str, doorbell_port: int, *, silent: bool, other: str | None = None) -> str:
    """The page on which the script rings the workstation's doorbell. ``app``: the application's title. ``other``: by
    whose provider people may sign in where no workstation answers; None for nobody's."""

    def said(name: str) -> str:
        return escape(text(language, name, (other or "") if name in OF_OTHER else app))

    elsewhere = f'<button id="elsewhere" type="button" hidden>{said("elsewhere")}</button>' if other else ""

    lines = "".join(f'<p id="{name}" role="status" hidden>{said(name)}</p>' for name in SAID)
    data = f'data-ticket="{escape(ticket)}" data-door="http://127.0.0.1:{doorbell_port}" data-silent="{int(silent)}"'
    body = (
        f'<main id="sign-in" {data}><h1>{said("title")}</h1>{lines}'
        f"<noscript><p>{said('script')}</p></noscript>"
        f'<div id="choices" hidden>{elsewhere}<button id="again" type="button">{said("again")}</button>'
        f'<button id="back" type="button">{said("back")}</button></div></main>'
    )
    return _whole(language, said("title"), body, f'<script src="{SCRIPT}" defer></script>')


def told(language: str, name: str, detail: str = "", of: str = "") -> str:
    """A page that says one thing. ``detail``: a sentence for support. ``of``: whom it is about."""
    title = escape(text(language, name, of))
    return _whole(language, title, f"<main><h1>{title}</h1>{f'<p>{escape(detail)}</p>' if detail else ''}</main>", "")


def _whole(language: str, title: str, body: str, head: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{STYLE}">{head}</head><body>{body}</body></html>'
    )
