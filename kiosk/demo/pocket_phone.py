"""A phone on the demo's table: scans the workstation's screen, and opens what it read in a browser of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton

from kiosk.demo.camera import scanned
from kiosk.demo.cast import Clinician
from kiosk.demo.hospital import Hospital
from kiosk.demo.phone import phone, phone_browser
from kiosk.demo.phone_browser import PhoneBrowser
from kiosk.demo.processes import ChildFailedError
from kiosk.demo.screen import VirtualScreen

NOTHING = (
    "There is no phone's code on the workstation's screen. Sign in, then: My keys, Add, Phone. Once it is paired, "
    "a step-up offers “On your phone”."
)
NO_BROWSER = "Chromium is not installed, so nothing here can be the phone. This is what it would open: "
CLOSED = "The phone's window was closed, and its passkey is gone with it. Under My keys it can be paired again."


class _Said(QObject):
    """What came of a scan; empty where the page is open."""

    came = Signal(str)


class PocketPhone(QPushButton):
    """Each click is a look through its camera. ``told`` emits a sentence for the table, empty where all is well.

    The browser's window stays open between two scans, because its passkey lives as long as it does.
    """

    told = Signal(str)

    def __init__(self, hospital: Hospital, screen: VirtualScreen, who: Clinician) -> None:
        super().__init__(f"{who.name}'s phone: scan the screen")
        self._hospital, self._screen, self._login = hospital, screen, who.login
        self._said = _Said()
        self._said.came.connect(self._free)
        self._own: PhoneBrowser | None = None
        self._open = ExitStack()
        self._hand = ThreadPoolExecutor(1, "pocket-phone")
        self.clicked.connect(self._scan)

    def put_away(self) -> None:
        """Close its browser, once nothing is scanned any more. May be called twice."""
        self._hand.shutdown()
        self._open.close()

    def _scan(self) -> None:
        self.setEnabled(False)
        self.told.emit("")
        self._hand.submit(self._scan_in_thread)

    def _scan_in_thread(self) -> None:
        try:
            said = self._look()
        except ChildFailedError as failure:
            said = str(failure)
        self._said.came.emit(said)

    def _look(self) -> str:
        """A sentence, or nothing where the page is open. Raises ``ChildFailedError``."""
        uri = scanned(self._screen.picture(self._folder / "camera.png"))
        if not uri.startswith(f"{self._hospital.url}/"):
            return NOTHING
        if phone_browser() is None:
            print(uri, flush=True)
            return f"{NO_BROWSER}{uri}"
        try:
            self._browser().scan(uri)
        except ChildFailedError:
            if self._own is None:
                raise
            self._own = None
            self._open.close()
            self._browser().scan(uri)
            return CLOSED
        return ""

    def _browser(self) -> PhoneBrowser:
        if self._own is None:
            believed = self._hospital.data / "tls" / "server.pem"
            self._own = self._open.enter_context(phone(self._folder, believed, window=True))
        return self._own

    @property
    def _folder(self) -> Path:
        return self._hospital.folder / f"{self._login}-phone"

    def _free(self, said: str) -> None:
        self.setEnabled(True)
        self.told.emit(said)
