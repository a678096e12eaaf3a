"""The table's things for the hand: a code app whose code the service would take, and a phone in a real browser."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from kiosk.demo import pocket_phone
from kiosk.demo.cast import ANNA
from kiosk.demo.code_app import CodeApp
from kiosk.demo.hospital import Hospital
from kiosk.demo.phone import phone_browser
from kiosk.demo.pocket_phone import CLOSED, NO_BROWSER, NOTHING, PocketPhone
from kiosk.demo.processes import until
from kiosk.demo.screen import VirtualScreen
from kiosk.service.platform.tls import Tls
from kiosk.ui.gallery import picture
from kiosk.ui.samples import SAMPLES
from kiosk.ui.samples.factors import PHONE_URI

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ORIGIN = PHONE_URI.partition("/phone")[0]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = 1_790_000_000


def test_the_code_app_shows_the_code_of_this_half_minute(qapp: QApplication) -> None:
    made = pyotp.TOTP(SECRET, name="anna", issuer="Hospital")
    app = CodeApp(ANNA, made.provisioning_uri())
    before = made.now()
    app.look()
    digits = "".join(letter for letter in app.text().split("\n")[1].partition("·")[0] if letter.isdigit())
    assert digits in (before, app.code) and ANNA.name in app.text()
    app.click()
    assert QApplication.clipboard().text() in (digits, app.code)


def test_the_code_app_takes_no_other_address(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="totp"):
        CodeApp(ANNA, pyotp.HOTP(SECRET, name="anna").provisioning_uri())


class Camera(VirtualScreen):
    """What its camera sees: one of the station's screens, drawn beforehand."""

    shows = "step-up-phone"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for name in ("step-up-phone", "locked"):
            picture(SAMPLES[name], QSize(1280, 800)).save(str(folder / f"{name}.png"))

    def picture(self, path: Path) -> Path:
        return self._folder / f"{self.shows}.png"


class Told:
    """What a phone told the table."""

    def __init__(self, own: PocketPhone) -> None:
        self.said: list[str] = []
        own.told.connect(self.said.append)

    def scan(self, own: PocketPhone, qapp: QApplication) -> str:
        """A click; what came of it."""
        self.said.clear()
        own.click()

        def came() -> bool:
            qapp.processEvents()
            return len(self.said) == 2  # emptied first

        until("the phone's word", came)
        return self.said[-1]


@pytest.fixture
def hospital(tmp_path: Path) -> Hospital:
    """Not started; its certificate is there."""
    made = Hospital(tmp_path)
    made.url = ORIGIN
    made.data.mkdir()
    tls = Tls.make(made.data / "tls", "Demo", NOW)
    tls.ensure_server(("localhost",), NOW)
    return made


@pytest.fixture
def own(qapp: QApplication, hospital: Hospital, tmp_path: Path) -> Iterator[PocketPhone]:
    made = PocketPhone(hospital, Camera(tmp_path), ANNA)
    yield made
    made.put_away()


def test_without_a_browser_the_link_is_said(
    qapp: QApplication, own: PocketPhone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pocket_phone, "phone_browser", lambda: None)
    assert Told(own).scan(own, qapp) == f"{NO_BROWSER}{PHONE_URI}"
    assert capsys.readouterr().out == f"{PHONE_URI}\n"


def test_where_there_is_nothing_to_scan_it_says_how_to_get_there(
    qapp: QApplication, own: PocketPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Camera, "shows", "locked")
    assert Told(own).scan(own, qapp) == NOTHING
    monkeypatch.setattr(Camera, "shows", "step-up-phone")
    monkeypatch.setattr(own._hospital, "url", "https://elsewhere.example")
    assert Told(own).scan(own, qapp) == NOTHING, "an address of another service is not opened"


@pytest.mark.skipif(phone_browser() is None, reason="there is no Chromium here; apt-get install chromium")
def test_its_window_stays_between_two_scans_and_comes_again_once_it_was_closed(
    qapp: QApplication, own: PocketPhone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = VirtualScreen(tmp_path / "display")
    screen.start()
    monkeypatch.setenv("DISPLAY", screen.display)
    told = Told(own)
    try:
        assert told.scan(own, qapp) == ""
        before = windows(screen)
        assert before, "a window that a person can use"
        assert told.scan(own, qapp) == ""
        assert windows(screen) == before
        assert own._own is not None
        own._own.call("Browser.close")
        until("the window to go", lambda: not windows(screen))
        assert told.scan(own, qapp) == CLOSED
        assert windows(screen)
    finally:
        own.put_away()
        screen.stop()


def windows(screen: VirtualScreen) -> set[str]:
    """Of a browser, that are to be seen."""
    words = ["xdotool", "search", "--onlyvisible", "--class", "chromium"]
    env = {**os.environ, "DISPLAY": screen.display}
    return set(subprocess.run(words, capture_output=True, text=True, env=env, check=False).stdout.split())
