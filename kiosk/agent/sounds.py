"""How loud the station is now: its rules (``model.loudness``) this machine's clock, and whoever touched the button."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QTimer

from kiosk.model.loudness import Loudness
from kiosk.session.facts.station_news import SoundsChanged

LOCALTIME = Path("/etc/localtime")
_LATEST = 3600.0
"""Seconds until it is looked again: a clock may be set, and a machine sleep."""


def local_zone() -> tzinfo:
    """This machine's, with its summer times; by ``TZ``, else as tzfile(5) in /etc; where neither is, today's offset."""
    try:
        if name := os.environ.get("TZ", "").removeprefix(":"):
            return ZoneInfo(name)
        with LOCALTIME.open("rb") as file:
            return ZoneInfo.from_file(file)
    except (OSError, ValueError, KeyError):
        return datetime.now().astimezone().tzinfo or UTC


class Sounds:
    """On the ui thread. ``place()``: the station's. ``say``: called with what the button shows, whenever it changes."""

    def __init__(
        self,
        rules: Loudness,
        place: Callable[[], str],
        say: Callable[[SoundsChanged], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        zone: Callable[[], tzinfo] = local_zone,
    ) -> None:
        self._rules, self._place, self._say = rules, place, say
        self._now, self._zone = now, zone
        self._said = SoundsChanged("")
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)

    def level(self) -> int:
        """Percent, now."""
        return self._rules.level(self._now(), self._zone(), self._place())

    def toggle(self) -> None:
        """Somebody touched the button."""
        if self._rules.can_be_heard:
            self._rules = self._rules.touch(self._now(), self._zone(), self._place())
            self.look()

    def look(self) -> None:
        """Say how it stands, if that is new, and look again when the hours change it. To be called at the beginning,
        and when the station's place is another."""
        if not self._rules.can_be_heard:
            return
        now, zone, place = self._now(), self._zone(), self._place()
        change = self._rules.changes(now, zone, place)
        on = self._rules.level(now, zone, place) > 0
        # A change of the level that is none for whoever asks only whether it is heard has no moment on the button.
        other = change is not None and (self._rules.by_hour(change, zone, place) > 0) != on
        until = change.astimezone(zone).strftime("%H:%M") if change is not None and other else ""
        said = SoundsChanged("on" if on else "off", until)
        if said != self._said:
            self._said = said
            self._say(said)
        if change is not None:
            wait = min(max((change - now).total_seconds(), 0.0), _LATEST)
            self._timer.start(round(wait * 1000) + 1)

    def stop(self) -> None:
        """No more looks."""
        self._timer.stop()
