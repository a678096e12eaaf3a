"""The page “Waiting requests”: the same for everybody, under the same policy as the page of QR codes."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from kiosk.service.away.page_texts import text
from kiosk.service.phone.page import HEADERS, Say, ask_part, button, number_form, part, said, whole
from kiosk.service.phone.page_texts import ENDS

PAGE, SCRIPT, WORKER = "/phone/waiting", "/phone/waiting.js", "/phone/sw.js"
_HERE = Path(__file__).parent
MANIFEST = "/phone/waiting.webmanifest"
_OWN = "worker-src 'self'; manifest-src 'self'"
HEADERS_WAKING = {**HEADERS, "Content-Security-Policy": f"{HEADERS['Content-Security-Policy']}; {_OWN}"}
"""Of the page where phones may be woken: worker and manifest are the service's own."""
HEADERS_WORKER = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-cache"}


def script() -> bytes:
    """The page's script."""
    return (_HERE / "waiting.js").read_bytes()


def worker() -> bytes:
    """What a push message wakes (Service Workers)."""
    return (_HERE / "sw.js").read_bytes()


def manifest(language: str) -> str:
    """Of the page on a home screen (Web Application Manifest): an iPhone wakes for no page that is not there."""
    name = text(language, "title")
    said = {"name": name, "short_name": name, "start_url": PAGE, "scope": "/phone/", "display": "standalone"}
    return json.dumps({**said, "lang": language}, ensure_ascii=False)


def html(language: str, push_key: str = "") -> str:
    """The page. Its script shows one part at a time. ``push_key``: the service's key for Web Push, base64url; empty
    where phones are not woken."""
    say: Say = partial(said, text, language)
    again = f'<button type="button" class="yes" data-do="open">{say("again_open")}</button>'
    asked = f'<p>{say("asked_by")} <b data-of="server"></b></p><p>{say("left")} <b data-of="minutes"></b></p>'
    answers = f"{button(say, 'refuse', 'no')}{button(say, 'not_me', 'no')}<p>{say('not_me_why')}</p>"
    waking = (
        f'<div id="wake" hidden><p>{say("wake_why")}</p>{button(say, "wake", "no")}</div>'
        f'<div id="woken" hidden><p>{say("woken")}</p>{button(say, "sleep", "no")}</div>'
        f'<p id="not_woken" role="alert" hidden>{say("not_woken")}</p>'
    )
    parts = (
        part("start", say("title"), f"<p>{say('start_why')}</p>{button(say, 'open', 'yes')}{waking}"),
        part("nothing", say("nothing_title"), f"<p>{say('nothing')}</p>{again}"),
        part("at_station", say("at_station_title"), f"<p>{say('at_station')}</p>{again}"),
        part("type", say("type_title"), f"{asked}{number_form(say)}{answers}"),
        ask_part(say),
        *(part(name, say(f"{name}_title"), f"<p>{say(name)}</p>") for name in ENDS),
    )
    return whole(language, say, SCRIPT, parts, push_key, MANIFEST if push_key else "")
