"""Somebody at a real station pairs the phone in their hand, whose camera reads the station's screen."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from kiosk.demo.phone_browser import PhoneBrowser
from kiosk.demo.processes import until
from tests.fakes.buttons import place_of
from tests.fakes.colleague import Colleague
from tests.fakes.wizard import Wizard
from tests.fakes.workplace import Workplace

READER = shutil.which("zbarimg")


def scanned(place: Workplace, folder: Path) -> str:
    """What a camera reads on the station's screen, once there is a QR code."""

    def look() -> str:
        picture = place.screen.picture(folder / "screen.png")
        words = [str(READER), "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)]
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()

    return until("a QR code on the screen", look)


def pair(place: Workplace, who: Colleague, own: PhoneBrowser, folder: Path) -> None:
    """Signed in, “My keys”, “Add”, “Phone”, by their key; then they are back at work."""
    wizard = Wizard(place)
    place.sign_in(who)
    wizard.press("active", "My keys")
    place.wait("my_keys")
    wizard.press("my_keys.3", "Add")
    wizard.at("who.choose")
    place.touch(*place_of("choose_with_phone", "Phone"))
    wizard.proved(who, "new.phone")
    own.scan(scanned(place, folder))
    own.at("pair")
    assert who.name in own.text() and place.station.name in own.text()
    own.press("pair")
    own.at("confirm")
    own.press("confirm")
    own.at("paired")
    place.enter(str(own.run("document.querySelector('#paired .number').textContent")).replace(" ", ""))
    wizard.at("done.done")
    wizard.press("done", "Finish")
    place.wait("active", login=who.login)
