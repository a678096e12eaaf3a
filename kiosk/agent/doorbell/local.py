"""The doorbell's local socket: one JSON line in, one JSON line out, then closed.

The station has one (``HOME/run/doorbell.sock``), and each workspace its own, whose path its programs find in
``KIOSK_DOORBELL``. Only the station's user gets in; the stage tells which workspace a process belongs to.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import selectors
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from kiosk.agent.doorbell import address, peers
from kiosk.agent.doorbell.local_answers import Kerberos, LocalAnswers, Token
from kiosk.agent.doorbell.one_line import SLOWEST, hear_out, process_of
from kiosk.agent.doorbell.open_requests import PendingStepUps
from kiosk.agent.doorbell.places import Places
from kiosk.agent.doorbell.programs import Programs, none
from kiosk.agent.doorbell.request import Request

BACKLOG = 128
"""Connections that the kernel keeps until they are looked at, a door."""
MAX_DOORS = 1 + 65
"""The station's, and one for each of the most workspaces that a station may keep and for whoever comes next. Each is a
descriptor for as long as the agent runs; thousands of people come by a station."""
log = logging.getLogger("kiosk.agent.doorbell")


class LocalDoor:
    """Listens on its own threads. ``status`` gives what ``{"op": "status"}`` answers, from any thread.

    ``help_desk`` hands an approval on to the service, on the thread of whoever asked, and raises
    ``DoorbellRequestError``.
    """

    def __init__(
        self,
        home: Path,
        rings: PendingStepUps,
        owner: peers.Owner,
        status: Callable[[], object],
        help_desk: Callable[[Request], object] | None = None,
        programs: Programs = none,
        token: Token | None = None,
        kerberos: Kerberos | None = None,
    ) -> None:
        self._answers = LocalAnswers(rings, owner, programs, status, help_desk, token, kerberos)
        self._folder = home / address.FOLDER
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._paths: dict[Path, socket.socket] = {}
        self._lock = threading.Lock()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._listen(address.doorbell(home), None)
        self._thread = threading.Thread(target=self._serve, name="doorbell", daemon=True)
        self._thread.start()

    def path_for(self, login: str) -> Path:
        """The doorbell of ``login``'s workspace, opened now if it is not.

        In a folder of its own: a workspace that outlives this agent sees the next one's socket there. Beyond
        ``MAX_DOORS`` that of whoever has been away longest is closed: their workspace has ended.
        """
        folder = self._folder / hashlib.sha256(login.encode()).hexdigest()[:16]
        # Only ever seen from inside, by a user who may be another; the folder around it is ours alone.
        folder.mkdir(mode=0o711, exist_ok=True)
        folder.chmod(0o711)
        path = folder / address.NAME
        with self._lock:
            if path in self._paths:
                self._paths[path] = self._paths.pop(path)  # now the last to be closed
            else:
                self._listen(path, login)
                self._shut_beyond_most()
                self._wake.send(b".")
        return path

    def _shut_beyond_most(self) -> None:
        """The station's own is the first, and stays."""
        while len(self._paths) > MAX_DOORS:
            path = list(self._paths)[1]
            listener = self._paths.pop(path)
            self._selector.unregister(listener)
            listener.close()
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Take the sockets away; connections under way end by themselves."""
        self._wake.close()
        self._thread.join(1)
        for path, listener in self._paths.items():
            listener.close()
            path.unlink(missing_ok=True)
        self._selector.close()
        self._woken.close()

    def _listen(self, path: Path, login: str | None) -> None:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Made where nobody else comes, given its mode, then put in its place: a umask is the whole process's, and
        # whatever another thread makes at that moment would have it.
        made = self._folder / f"{address.NAME}.new"
        made.unlink(missing_ok=True)
        address.bind(listener, made)
        made.chmod(0o600 if login is None else 0o666)
        made.replace(path)
        # Said of what is written from the first byte on, also before we accept: connections inherit it.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        listener.listen(BACKLOG)
        listener.setblocking(False)
        self._paths[path] = listener
        # Each door has its own: who crowds at theirs keeps nobody from another.
        self._selector.register(listener, selectors.EVENT_READ, (listener, login, Places()))

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    if not self._woken.recv(64):
                        return
                    continue
                listener, login, places = key.data
                with contextlib.suppress(OSError):  # the program went away before we came
                    connection, _ = listener.accept()
                    self._admit(connection, login, places)

    def _admit(self, connection: socket.socket, login: str | None, places: Places) -> None:
        if not places.enter(connection, process_of(connection)):
            connection.close()
            return
        guest = threading.Thread(
            target=self._attend, args=(connection, login, places), name="doorbell-peer", daemon=True
        )
        try:
            guest.start()
        except RuntimeError:  # no thread is left on this machine: this ring is lost, the next one need not be
            places.leave(connection)
            connection.close()

    def _attend(self, connection: socket.socket, login: str | None, places: Places) -> None:
        try:
            with connection:
                try:
                    reply = self._answers.reply(connection, login, places)
                    places.answered(connection)
                    if reply is not None:
                        connection.settimeout(SLOWEST)
                        connection.sendall(reply + b"\n")
                        hear_out(connection)
                finally:
                    places.leave(connection)
        except OSError:
            pass  # it went away, or does not read: its own loss
        except Exception:
            log.exception("the doorbell failed")
