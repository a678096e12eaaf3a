"""The phone's page: small HTML, one script and one style of our own, and a policy that lets nothing else in.

It is the same for everybody: what is asked comes only to a script that has read the QR code. The code stands behind
``#`` in the address, so no server, proxy or log sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from pathlib import Path

from kiosk.service.phone.page_texts import ENDS, text

SCRIPT, STYLE, TOOLS = "/phone/page.js", "/phone/page.css", "/phone/tools.js"
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


def tools() -> bytes:
    """The script that all of the phone's pages share."""
    return (_HERE / "tools.js").read_bytes()


def style() -> bytes:
    """The page's style."""
    return (_HERE / "page.css").read_bytes()


def html(language: str) -> str:
    """The page. Its script shows one part at a time."""
    say = partial(said, text, language)
    pair = f'<p>{say("pair_for")} <b data-of="name"></b></p><p>{say("pair_at")} <b data-of="station"></b></p>'
    number = number_form(say)
    parts = (
        part("working", say("working"), f"<p>{say('wait')}</p>"),
        part("pair", say("pair_title"), f"{pair}<p>{say('pair_only')}</p>{button(say, 'pair', 'yes')}"),
        part("confirm", say("confirm_title"), f"<p>{say('confirm_why')}</p>{button(say, 'confirm', 'yes')}"),
        part("paired", say("paired_title"), f'<p class="number" data-of="number"></p><p>{say("paired_then")}</p>'),
        part("type", say("type_title"), f"{number}{button(say, 'not_me', 'no')}<p>{say('not_me_why')}</p>"),
        ask_part(say),
        *(part(name, say(f"{name}_title"), f"<p>{say(name)}</p>") for name in ENDS),
    )
    return whole(language, say, SCRIPT, parts)


Say = Callable[[str], str]
"""What is said of a name, escaped."""


def said(texts: Callable[[str, str], str], language: str, name: str) -> str:
    """Of ``texts`` the one of ``name``, as it may stand in HTML."""
    return escape(texts(language, name))


def button(say: Say, name: str, kind: str) -> str:
    """One that does what the script calls ``name``."""
    return f'<button type="button" class="{kind}" data-do="{name}">{say(name)}</button>'


def number_form(say: Say) -> str:
    """Six digits."""
    return (
        f'<form><label for="number">{say("number")}</label>'
        '<input id="number" inputmode="numeric" autocomplete="off" maxlength="7" required aria-describedby="wrong">'
        f'<p id="wrong" role="alert"></p><button class="yes">{say("go_on")}</button></form>'
    )


def ask_part(say: Say) -> str:
    """The lines of what is asked, and the answers."""
    answers = f"{button(say, 'approve', 'yes')}{button(say, 'refuse', 'no')}{button(say, 'not_me', 'no')}"
    return part("ask", say("ask_title"), f"<dl></dl>{answers}")


def part(name: str, title: str, body: str) -> str:
    """``body`` is HTML already."""
    return f'<section id="{name}" hidden><h1 tabindex="-1">{title}</h1>{body}</section>'


def whole(
    language: str, say: Say, own_script: str, parts: Sequence[str], push_key: str = "", manifest: str = ""
) -> str:
    """A page of these parts, for the script at ``own_script``. ``push_key``: for Web Push, where there is one;
    ``manifest``: where that of a home screen is."""
    again = f'<p id="again" role="alert" hidden>{say("try_again")}</p>'
    none = f"<noscript><p>{say('script')}</p></noscript>"
    wrong = f'data-wrong="{say("wrong")}" data-wrong-last="{say("wrong_last")}"'
    wrong += f' data-push-key="{escape(push_key)}"' if push_key else ""
    home = f'<link rel="manifest" href="{manifest}">' if manifest else ""
    scripts = "".join(f'<script src="{address}" defer></script>' for address in (TOOLS, own_script))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{say("title")}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{STYLE}">{home}{scripts}</head>'
        f"<body><main {wrong}>{none}{''.join(parts)}{again}</main></body></html>"
    )
