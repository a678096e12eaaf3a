"""A message bus of its own (the real dbus-daemon) and, on it, a logind that says and counts what the real one would."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from jeepney import (
    DBusAddress,
    FileDescriptor,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

NAME = "org.freedesktop.login1"
SESSION = "/org/freedesktop/login1/session/c1"
_MANAGER = DBusAddress("/org/freedesktop/login1", NAME, f"{NAME}.Manager")


@contextlib.contextmanager
def message_bus_daemon(folder: Path) -> Iterator[str]:
    """Its address: a socket in ``folder``."""
    address = f"unix:path={folder}/bus"
    words = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address", f"--address={address}"]
    daemon = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert daemon.stdout is not None and daemon.stdout.readline().startswith(address)
        yield address
    finally:
        daemon.kill()
        daemon.wait()
        if daemon.stdout is not None:
            daemon.stdout.close()
        (folder / "bus").unlink(missing_ok=True)


class FakeLogind:
    """Owns logind's name on the bus at ``address`` while it is entered. ``refuses``: it lets nobody delay a sleep."""

    def __init__(self, address: str, refuses: bool = False) -> None:
        self._line: DBusConnection = open_dbus_connection(address, enable_fds=True)
        self._refuses = refuses
        self._over = threading.Event()
        self._changed = threading.Condition()
        self._delays: list[int] = []
        self.asked: list[tuple[str, ...]] = []

    def __enter__(self) -> FakeLogind:
        self._line.send_and_get_reply(message_bus.RequestName(NAME))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Its name is nobody's afterwards."""
        self._over.set()
        self._thread.join()
        self._line.close()
        for pipe in self._delays:
            os.close(pipe)

    def delay(self, patience: float = 10) -> int:
        """Wait for the next inhibitor; the read end of its pipe, which ends when its owner closes it."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._delays, patience), "nobody asked for a delay"
            return self._delays.pop(0)

    def prepare(self, asleep: bool) -> None:
        """PrepareForSleep."""
        self._line.send(new_signal(_MANAGER, "PrepareForSleep", "b", (asleep,)))

    def order_lock(self, session: str = SESSION) -> None:
        """Lock, as ``loginctl lock-session`` has it sent."""
        self._line.send(new_signal(DBusAddress(session, NAME, f"{NAME}.Session"), "Lock"))

    def _serve(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                self._answer(self._line.receive(timeout=0.05))

    def _answer(self, message: Message) -> None:
        if message.header.message_type != MessageType.method_call:
            return
        method = message.header.fields[HeaderFields.member]
        if method == "GetSessionByPID":
            self._line.send(new_method_return(message, "o", (SESSION,)))
        elif method != "Inhibit" or self._refuses:
            self._line.send(new_error(message, "org.freedesktop.DBus.Error.AccessDenied"))
        else:
            ours, theirs = os.pipe()
            with FileDescriptor(theirs) as lent:
                self._line.send(new_method_return(message, "h", (lent,)))
            with self._changed:
                self.asked.append(message.body)
                self._delays.append(ours)
                self._changed.notify_all()


def is_held(delay: int) -> bool:
    """Whether the inhibitor whose pipe this is has not been let go."""
    return not select.select([delay], [], [], 0)[0]


def wait_until_let_go(delay: int, patience: float = 10) -> None:
    """Returns the moment that it is."""
    assert select.select([delay], [], [], patience)[0], "the sleep is still delayed"
    assert os.read(delay, 1) == b""
    os.close(delay)
