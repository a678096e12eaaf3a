"""The phone's page: small HTML, one script and one style of our own, and a policy that lets nothing else in.

It is the same for everybody: what is asked comes only to a script that has read the QR code. The code stands behind
``#`` in the address, so no server, proxy or log sees it.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from kiosk.service.phone.page_texts import ENDS, text

SCRIPT, STYLE = "/phone/page.js", "/phone/page.css"
_HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "publickey-credentials-create=(self), publickey-credentials-get=(self)",
}


def script() -> bytes:
    """The page's script."""
    return (_HERE / "page.js").read_bytes()


def style() -> bytes:
    """The page's style."""
    return (_HERE / "page.css").read_bytes()


def html(language: str) -> str:
    """The page. Its script shows one part at a time."""

    def said(name: str) -> str:
        return escape(text(language, name))

    def button(name: str, kind: str) -> str:
        return f'<button type="button" class="{kind}" data-do="{name}">{said(name)}</button>'

    title = said("title")
    pair = f'<p>{said("pair_for")} <b data-of="name"></b></p><p>{said("pair_at")} <b data-of="station"></b></p>'
    number = (
        f'<form><label for="number">{said("number")}</label>'
        '<input id="number" inputmode="numeric" autocomplete="off" maxlength="7" required aria-describedby="wrong">'
        f'<p id="wrong" role="alert"></p><button class="yes">{said("go_on")}</button></form>'
    )
    parts = (
        _part("working", said("working"), f"<p>{said('wait')}</p>"),
        _part("pair", said("pair_title"), f"{pair}<p>{said('pair_only')}</p>{button('pair', 'yes')}"),
        _part("confirm", said("confirm_title"), f"<p>{said('confirm_why')}</p>{button('confirm', 'yes')}"),
        _part("paired", said("paired_title"), f'<p class="number" data-of="number"></p><p>{said("paired_then")}</p>'),
        _part("type", said("type_title"), f"{number}{button('not_me', 'no')}<p>{said('not_me_why')}</p>"),
        _part(
            "ask",
            said("ask_title"),
            f"<dl></dl>{button('approve', 'yes')}{button('refuse', 'no')}{button('not_me', 'no')}",
        ),
        *(_part(name, said(f"{name}_title"), f"<p>{said(name)}</p>") for name in ENDS),
    )
    again = f'<p id="again" role="alert" hidden>{said("try_again")}</p>'
    none = f"<noscript><p>{said('script')}</p></noscript>"
    wrong = f'data-wrong="{said("wrong")}" data-wrong-last="{said("wrong_last")}"'
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{STYLE}"><script src="{SCRIPT}" defer></script></head>'
        f"<body><main {wrong}>{none}{''.join(parts)}{again}</main></body></html>"
    )


def _part(name: str, title: str, body: str) -> str:
    """``body`` is HTML already."""
    return f'<section id="{name}" hidden><h1 tabindex="-1">{title}</h1>{body}</section>'
