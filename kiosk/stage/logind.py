"""Locked before the machine sleeps, and whenever logind is told to lock this session.

A delay inhibitor makes logind wait with sleeping until its descriptor is closed; it is closed only when the shield is
on the screen. Without a bus, or without logind, the stage works all the same, says so once, and goes on trying.
[org.freedesktop.login1(5), systemd.dev/INHIBITOR_LOCKS]
"""

from __future__ import annotations

import os
from collections.abc import Callable

from jeepney import DBusAddress

from kiosk.stage.bus import ITSELF, Bus, BusMessage
from kiosk.stage.loop import Loop

NAME = "org.freedesktop.login1"
_MANAGER = DBusAddress("/org/freedesktop/login1", NAME, "org.freedesktop.login1.Manager")
_WHAT = ("sleep", "kiosk", "The screen is locked before the machine sleeps.", "delay")
_RULES = (
    f"type='signal',sender='{NAME}',interface='{NAME}.Manager',member='PrepareForSleep'",
    f"type='signal',sender='{NAME}',interface='{NAME}.Session',member='Lock'",
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" + NAME + "'",
)
_AGAIN = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds until a lost bus is tried again, by how often it failed."""
_GREETING = 10.0
SYSTEM_BUS = "/run/dbus/system_bus_socket"


class Logind:
    """``lock(reason)``: ``SUSPEND`` or ``ORDERED``; the screen must be locked when it returns. ``say``: for the log.

    ``address``: as in ``DBUS_SYSTEM_BUS_ADDRESS``, empty for the usual place.
    """

    def __init__(self, loop: Loop, address: str, lock: Callable[[str], None], say: Callable[[str], None]) -> None:
        self._loop, self._lock, self._say = loop, lock, say
        self._path = socket_of(address)
        self._bus: Bus | None = None
        self._owner = ""
        self._session = ""
        self._inhibitor = -1
        self._asked_delay = self._asked_session = 0
        self._failures = 0
        self._said = ""
        self._open()

    def _open(self) -> None:
        self._loop.after(_GREETING, "logind", self._lose)
        try:
            self._bus = Bus(self._loop, self._path, self._greet, self._heard, self._lost)
        except OSError:
            self._lost()

    def _lose(self) -> None:
        """It never answered."""
        if self._bus is not None:
            self._bus.close()
        self._lost()

    def _lost(self) -> None:
        self._bus = None
        self._owner = self._session = ""
        self._say_once("There is no message bus: nothing locks before this machine sleeps.")
        delay = _AGAIN[min(self._failures, len(_AGAIN) - 1)]
        self._failures += 1
        self._loop.after(delay, "logind", self._open)

    def _greet(self) -> None:
        self._loop.cancel("logind")
        if self._bus is not None:
            for rule in _RULES:
                self._bus.call(ITSELF, "AddMatch", "s", (rule,))
        self._ask()

    def _ask(self) -> None:
        """For a new inhibitor, which starts logind if need be, and for the name of our session."""
        if self._bus is not None:
            self._asked_delay = self._bus.call(_MANAGER, "Inhibit", "ssss", _WHAT)
            self._asked_session = self._bus.call(_MANAGER, "GetSessionByPID", "u", (os.getpid(),))

    def _heard(self, word: BusMessage) -> None:
        if word.answers:
            self._answered(word)
        elif word.sender == ITSELF.bus_name and word.name == "NameOwnerChanged":
            self._owner = ""
            if word.body[2:] and word.body[2]:
                self._ask()
        elif word.sender == self._owner:
            self._told(word)

    def _answered(self, word: BusMessage) -> None:
        if word.answers == self._asked_delay:
            self._owner, self._failures = word.sender, 0
            if word.failed:
                self._say_once(f"logind does not wait for the lock before it sleeps: {word.failed}.")
            else:
                self._said = ""
                self._keep(word.keep())
        elif word.answers == self._asked_session and not word.failed and word.body:
            self._session = str(word.body[0])

    def _told(self, word: BusMessage) -> None:
        if word.name == "PrepareForSleep" and word.body == (True,):
            self._lock("SUSPEND")
            self._keep(-1)
        elif word.name == "PrepareForSleep" and self._bus is not None:
            self._ask()
        elif word.name == "Lock" and word.path == self._session:
            self._lock("ORDERED")

    def _keep(self, descriptor: int) -> None:
        """The new one before the old one goes: no moment without."""
        before, self._inhibitor = self._inhibitor, descriptor
        if before >= 0:
            os.close(before)

    def _say_once(self, sentence: str) -> None:
        if self._said != sentence:
            self._said = sentence
            self._say(sentence)


def socket_of(address: str) -> str:
    """Path of the first Unix socket among D-Bus addresses; the system bus's usual one if there is none."""
    for way in address.split(";"):
        transport, _, rest = way.partition(":")
        pairs = dict(pair.partition("=")[::2] for pair in rest.split(","))
        if transport == "unix" and pairs.get("path"):
            return pairs["path"]
        if transport == "unix" and pairs.get("abstract"):
            return "\0" + pairs["abstract"]
    return SYSTEM_BUS
