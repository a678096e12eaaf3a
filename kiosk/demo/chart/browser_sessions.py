"""Who is signed in to the chart in which browser. In memory: it is a demo, and its end signs everybody out."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict

from kiosk.demo.chart.relying_party import BegunSignIn, SignedIn

SECONDS = 8 * 3600
BEGUN_SECONDS = 600
MAX_SESSIONS, MAX_BEGUN, MAX_JTIS = 200, 500, 1000


class BrowserSessions:
    """Thread-safe. A cookie's value is random, and new with every sign-in: nobody can know it before (fixation)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[str, tuple[SignedIn, float]] = OrderedDict()
        self._begun: OrderedDict[str, tuple[str, BegunSignIn, float]] = OrderedDict()
        self._seen: OrderedDict[str, None] = OrderedDict()

    def find(self, cookie: str) -> SignedIn | None:
        """Who it is; None for nobody."""
        with self._lock:
            found = self._open.get(cookie)
        return found[0] if found is not None and time.monotonic() - found[1] < SECONDS else None

    def open(self, who: SignedIn, before: str) -> str:
        """A new session in place of that of the cookie ``before``; its cookie."""
        cookie = secrets.token_urlsafe(32)
        with self._lock:
            self._open.pop(before, None)
            self._open[cookie] = (who, time.monotonic())
            while len(self._open) > MAX_SESSIONS:
                self._open.popitem(last=False)
        return cookie

    def begin(self, browser: str, begun: BegunSignIn) -> None:
        """A sign-in was begun in the browser of that cookie."""
        with self._lock:
            self._begun[begun.state] = (browser, begun, time.monotonic())
            while len(self._begun) > MAX_BEGUN:
                self._begun.popitem(last=False)

    def begun(self, browser: str, state: str) -> BegunSignIn | None:
        """The one of that state, once; None where it was not begun in this browser."""
        with self._lock:
            found = self._begun.pop(state, None)
        if found is None or not browser or not secrets.compare_digest(found[0], browser):
            return None
        return found[1] if time.monotonic() - found[2] < BEGUN_SECONDS else None

    def end(self, jti: str, sid: str) -> int:
        """All of that provider's session end; how many. A logout token counts once."""
        with self._lock:
            if jti in self._seen:
                return 0
            self._seen[jti] = None
            while len(self._seen) > MAX_JTIS:
                self._seen.popitem(last=False)
            gone = [cookie for cookie, (who, _) in self._open.items() if who.sid == sid]
            for cookie in gone:
                del self._open[cookie]
        return len(gone)
