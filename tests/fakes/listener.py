"""Somebody who listens on the accessibility bus, as a screen reader does, and to all that anybody says there.

A session bus, a registry and an accessibility bus of their own; who is started with ``environment`` is heard.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from kiosk.demo.processes import until

BUS = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
STATUS = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Status")
REGISTRY = DBusAddress("/org/a11y/atspi/registry", "org.a11y.atspi.Registry", "org.a11y.atspi.Registry")
PROGRAMS = new_method_call(
    DBusAddress("/org/a11y/atspi/accessible/root", "org.a11y.atspi.Registry", "org.a11y.atspi.Accessible"),
    "GetChildren",
)
DAEMON = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus.Monitoring")
READ = ("org.a11y.atspi.Accessible", "Name"), ("org.a11y.atspi.Accessible", "Description")
TOLD = ("StateChanged", "PropertyChange")
TELLING = ("focused", "1"), ("showing", "1")
"""Of all that changes, what a screen reader speaks of."""
QUIET = 0.4
"""Seconds without a word on the bus after which all has been said."""


class Listener:
    """``environment``: for the programs that are to be heard."""

    def __init__(self, folder: Path, display: str) -> None:
        self._folder, self._display = folder, display
        self._heard: list[Message] = []
        self._last = time.monotonic()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DISPLAY": self._display,
            "XDG_RUNTIME_DIR": str(self._folder),
            "DBUS_SESSION_BUS_ADDRESS": self._session,
        }

    def start(self) -> None:
        """Raises ``AssertionError`` where the packages that make up the bus are not installed."""
        self._folder.chmod(0o700)
        words = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"]
        env = {**os.environ, "DISPLAY": self._display, "XDG_RUNTIME_DIR": str(self._folder)}
        self._daemon = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
        assert self._daemon.stdout is not None
        self._session = self._daemon.stdout.readline().strip()
        assert self._session, "dbus-daemon did not start"
        session = open_dbus_connection(self._session)
        address = _ask(session, new_method_call(BUS, "GetAddress"))[0].split(",guid")[0]
        for name in ("IsEnabled", "ScreenReaderEnabled"):
            _ask(session, Properties(STATUS).set(name, "b", True))
        session.close()
        self._asking = open_dbus_connection(address)
        for events in ("object:", "focus:", "window:", "document:"):
            _ask(self._asking, new_method_call(REGISTRY, "RegisterEvent", "sass", (events, [], "")))
        self._monitor = open_dbus_connection(address)
        _ask(self._monitor, new_method_call(DAEMON, "BecomeMonitor", "asu", ([], 0)))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._daemon.kill()
        self._daemon.wait()
        assert self._daemon.stdout is not None
        self._daemon.stdout.close()
        self._thread.join(10)
        for connection in (self._asking, self._monitor):
            connection.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError, EOFError, ValueError):
            while True:
                message = self._monitor.receive()
                self._last = time.monotonic()
                self._heard.append(message)

    def hear(self, act: Callable[[], object], awaited: str, *, names: bool = True) -> list[str]:
        """All words in all messages of the programs while ``act`` is done, until ``awaited`` and nothing more is said.

        With ``names`` also what each thing that was told of is called when asked. What the registry says of the pointer
        is left out: it is the display's word, which every program on it has.
        """
        self.settle()
        before = len(self._heard)
        act()
        until(f"{awaited!r} on the bus", lambda: awaited in _words(self._said(before)), every=0.05)
        self.settle()
        said = self._said(before)
        heard = _words(said)
        things = {(_field(m, HeaderFields.sender), _field(m, HeaderFields.path)) for m in said}
        asked = sorted(things) if names else []
        return heard + [word for name, path in asked for word in self._called(name, path)]

    def events(self, act: Callable[[], object], awaited: str) -> list[tuple[str, str, str, str]]:
        """What changed on the bus while ``act`` is done, until ``awaited`` is a name of what changed.

        For each the kind (``StateChanged``), what of it (``focused``), its first number, and the name of its thing now.
        """
        self.settle()
        before = len(self._heard)
        act()
        until(f"{awaited!r} on the bus", lambda: awaited in [told[3] for told in self._events(before)], every=0.1)
        self.settle()
        return self._events(before)

    def _events(self, before: int) -> list[tuple[str, str, str, str]]:
        told = [m for m in self._said(before) if _field(m, HeaderFields.interface) == "org.a11y.atspi.Event.Object"]
        told = [m for m in told if _field(m, HeaderFields.member) in TOLD]
        return [
            (
                _field(m, HeaderFields.member),
                str(m.body[0]),
                str(m.body[1]),
                [*self._called(_field(m, HeaderFields.sender), _field(m, HeaderFields.path)), "", ""][1],
            )
            for m in told
            if (str(m.body[0]), str(m.body[1])) in TELLING or _field(m, HeaderFields.member) != "StateChanged"
        ]

    def _said(self, before: int) -> list[Message]:
        return [m for m in self._heard[before:] if not (_is_pointer(m) or self._is_ours(m))]

    def _is_ours(self, message: Message) -> bool:
        """A question of ours, or its answer."""
        ours = self._asking.unique_name
        return ours in (_field(message, HeaderFields.sender), _field(message, HeaderFields.destination))

    def settle(self) -> None:
        """Until every program has said what it had to say before it answers, and nobody has said anything for a while.

        What a program sends comes in its order, so an answer follows all that it said before, however busy the machine.
        """
        answers = [self._answer_of(name) for name, _path in _ask(self._asking, PROGRAMS)[0]]
        until("the answers on the bus", lambda: all(answer in self._answers() for answer in answers), every=0.05)
        until("silence on the bus", lambda: time.monotonic() - self._last > QUIET, every=0.05)

    def _answer_of(self, program: str) -> str:
        """The number of the question that ``program`` has now answered, or the bus in its place."""
        root = DBusAddress("/org/a11y/atspi/accessible/root", program, "org.a11y.atspi.Accessible")
        answer = self._asking.send_and_get_reply(Properties(root).get("Name"), timeout=20)
        return _field(answer, HeaderFields.reply_serial)

    def _answers(self) -> set[str]:
        """Numbers of our questions whose answers the monitor has heard."""
        ours = self._asking.unique_name
        return {
            _field(m, HeaderFields.reply_serial)
            for m in self._heard
            if _field(m, HeaderFields.destination) == ours and HeaderFields.reply_serial in m.header.fields
        }

    def _called(self, name: str, path: str) -> Iterator[str]:
        if "/accessible/" not in path:
            return
        for interface, word in READ:
            with contextlib.suppress(AssertionError):
                thing = DBusAddress(path, name, interface)
                yield from words_in(_ask(self._asking, Properties(thing).get(word)))


def words_in(body: object) -> list[str]:
    """Every string, however deep."""
    if isinstance(body, str):
        return [body]
    if isinstance(body, dict):
        return [word for pair in body.items() for word in words_in(pair)]
    if isinstance(body, Sequence):
        return [word for part in body for word in words_in(part)]
    return []


def _words(said: list[Message]) -> list[str]:
    return [word for message in said for word in words_in(message.body)]


def _is_pointer(message: Message) -> bool:
    return _field(message, HeaderFields.interface) == "org.a11y.atspi.Event.Mouse"


def _field(message: Message, field: HeaderFields) -> str:
    return str(message.header.fields.get(field, ""))


def _ask(connection: DBusConnection, question: Message) -> tuple[Any, ...]:
    answer = connection.send_and_get_reply(question, timeout=20)
    assert answer.header.message_type is MessageType.method_return, answer.body
    return tuple(answer.body)
