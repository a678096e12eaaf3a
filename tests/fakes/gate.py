"""A port that lets connections through to another one, until it is shut: a cable that somebody pulls."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class Gate:
    """Listens on ``port`` of the loopback; what comes goes to ``behind`` while the gate is ``open``."""

    def __init__(self, port: int, behind: int) -> None:
        self.behind = behind
        self.open = True
        self.loses = False
        """The next answer is lost: its first bytes cut the connection."""
        self.silent = threading.Event()
        """Nothing comes through either way, and nothing is cut."""
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port))
        self._thread = threading.Thread(target=self._accept, name="gate")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.shut()
        self._thread.join(10)

    def shut(self) -> None:
        """Nothing comes through, and what was open is cut."""
        with self._lock:
            self.open = False
            for link in self._sockets:
                with contextlib.suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)
            self._sockets.clear()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                try:
                    if not self.open:
                        raise OSError
                    there = socket.create_connection(("127.0.0.1", self.behind))
                except OSError:
                    here.close()
                    continue
                self._sockets |= {here, there}
            threading.Thread(target=self._both_ways, args=(here, there), daemon=True).start()

    def _both_ways(self, here: socket.socket, there: socket.socket) -> None:
        with here, there:
            back = threading.Thread(target=self._pump, args=(there, here, True), daemon=True)
            back.start()
            self._pump(here, there, False)
            back.join()

    def _pump(self, one: socket.socket, other: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if self.silent.is_set():
                    continue
                if answers and self.loses:
                    self.loses = False
                    break
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
