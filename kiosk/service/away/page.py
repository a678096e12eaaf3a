"""The page “Waiting requests”: the same for everybody, under the same policy as the page of QR codes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from kiosk.service.away.page_texts import text
from kiosk.service.phone.page import Say, ask_part, button, number_form, part, said, whole
from kiosk.service.phone.page_texts import ENDS

PAGE, SCRIPT = "/phone/waiting", "/phone/waiting.js"
_SCRIPT = Path(__file__).parent / "waiting.js"


def script() -> bytes:
    """The page's script."""
    return _SCRIPT.read_bytes()


def html(language: str) -> str:
    """The page. Its script shows one part at a time."""
    say: Say = partial(said, text, language)
    again = f'<button type="button" class="yes" data-do="open">{say("again_open")}</button>'
    asked = f'<p>{say("asked_by")} <b data-of="server"></b></p><p>{say("left")} <b data-of="minutes"></b></p>'
    answers = f"{button(say, 'refuse', 'no')}{button(say, 'not_me', 'no')}<p>{say('not_me_why')}</p>"
    parts = (
        part("start", say("title"), f"<p>{say('start_why')}</p>{button(say, 'open', 'yes')}"),
        part("nothing", say("nothing_title"), f"<p>{say('nothing')}</p>{again}"),
        part("at_station", say("at_station_title"), f"<p>{say('at_station')}</p>{again}"),
        part("type", say("type_title"), f"{asked}{number_form(say)}{answers}"),
        ask_part(say),
        *(part(name, say(f"{name}_title"), f"<p>{say(name)}</p>") for name in ENDS),
    )
    return whole(language, say, SCRIPT, parts)
