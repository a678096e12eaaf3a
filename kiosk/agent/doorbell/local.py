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
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from kiosk.agent.doorbell import address, peers, same_asker
from kiosk.agent.doorbell.open_requests import PendingStepUps
from kiosk.agent.doorbell.places import Places
from kiosk.agent.doorbell.programs import Programs, none
from kiosk.agent.doorbell.request import (
    MAX_REQUEST,
    DoorbellRequestError,
    Request,
    answer_json,
    error_json,
    read,
    too_large,
)
from kiosk.model.kerberos import KerberosView
from kiosk.model.stepup import Asker, StepUpAnswer, StepUpAsk

SLOWEST = 2.0
"""Seconds within which a program must have said what it wants, and read the answer."""
BACKLOG = 128
"""Connections that the kernel keeps until they are looked at, a door."""
MAX_DOORS = 1 + 65
"""The station's, and one for each of the most workspaces that a station may keep and for whoever comes next. Each is a
descriptor for as long as the agent runs; thousands of people come by a station."""
_CREDENTIALS = struct.Struct("=iII")
_ROOM = socket.CMSG_SPACE(_CREDENTIALS.size)
"""For what the kernel says of the sender; descriptors that are sent along find no room, and are thrown away."""
Token = Callable[[Request, Asker, Callable[[StepUpAsk], StepUpAnswer | None]], object]
"""Gives a person's own program a token, or the ``StepUpAnswer`` that is a no; None where the program went away."""
Kerberos = Callable[[Request, Asker], KerberosView]
"""Asks the service for a certificate for the asker's workspace, on the thread of whoever asked."""
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
        self._token = token or _no_tokens
        self._kerberos = kerberos or _no_kerberos
        self._folder = home / address.FOLDER
        self._rings = rings
        self._owner = owner
        self._status = status
        self._programs = programs
        self._help_desk = help_desk or _no_help_desk
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
        if not places.enter(connection, _process(connection)):
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
                    reply = self._reply(connection, login, places)
                    places.answered(connection)
                    if reply is not None:
                        connection.settimeout(SLOWEST)
                        connection.sendall(reply + b"\n")
                        _hear_out(connection)
                finally:
                    places.leave(connection)
        except OSError:
            pass  # it went away, or does not read: its own loss
        except Exception:
            log.exception("the doorbell failed")

    def _reply(self, connection: socket.socket, login: str | None, places: Places) -> bytes | None:
        try:
            asker = peers.of_socket(connection, self._owner, login, self._programs)
            request = read(receive(connection, asker.pid))
            if not places.asked(connection):
                raise DoorbellRequestError("busy", "Too many requests of this program wait already.")
            same_asker.same_program(connection, asker, self._owner, self._programs)
            if request.op == "status":
                return msgspec.json.encode(self._status_for(asker.login))
            if request.op == "help_desk":
                return msgspec.json.encode(self._help_desk(request))
            if request.op == "kerberos":
                view = self._kerberos(request, asker)
                same_asker.same_program(connection, asker, self._owner, self._programs)
                return msgspec.json.encode(view)
            if request.op == "token":
                given = self._token(request, asker, lambda ask: self._rings.ask(ask, asker, connection.fileno()))
                same_asker.same_program(connection, asker, self._owner, self._programs)
                return None if given is None else _said(given)
            answer = self._rings.ask(request.ask(), asker, connection.fileno())
            if answer is None:
                return None
            same_asker.same_program(connection, asker, self._owner, self._programs)
            return answer_json(answer, with_token=True)
        except DoorbellRequestError as error:
            log.info("doorbell: refused %s", error.code)
            return error_json(error)

    def _status_for(self, login: str | None) -> object:
        """A workspace's programs are not told of anybody else's session: to them the station is locked meanwhile."""
        said = self._status()
        if login is None or not isinstance(said, dict) or said.get("person") in (None, login):
            return said
        return {**said, "state": "locked", "step": None, "person": None, "name": None, "assurance": None}


def _said(given: object) -> bytes:
    """A token; or a no, without the step-up's own."""
    if isinstance(given, StepUpAnswer):
        return answer_json(given, with_token=False)
    return msgspec.json.encode(given)


def _no_tokens(_request: Request, _asker: Asker, _prove: object) -> object:
    raise DoorbellRequestError("bad_request", "No tokens are given at this doorbell.")


def _no_kerberos(_request: Request, _asker: Asker) -> KerberosView:
    raise DoorbellRequestError("bad_request", "There is no Kerberos at this doorbell.")


def _no_help_desk(_request: Request) -> object:
    raise DoorbellRequestError("bad_request", "There is no help desk at this doorbell.")


def receive(connection: socket.socket, pid: int | None = None) -> bytes:
    """One line, without its end; every piece of it from process ``pid``, as the kernel says (SCM_CREDENTIALS).

    Raises ``DoorbellRequestError`` when it is too long, too slow or from another process, ``OSError`` when it breaks.
    """
    deadline = time.monotonic() + SLOWEST
    got = bytearray()
    while b"\n" not in got:
        left = deadline - time.monotonic()
        if left <= 0:
            raise _too_slow()
        connection.settimeout(left)
        try:
            piece, said, _, _ = connection.recvmsg(MAX_REQUEST, _ROOM)
        except TimeoutError:
            raise _too_slow() from None
        if not piece:
            break
        if pid is not None and _sender(said) != pid:
            raise DoorbellRequestError(
                "not_itself", "The program that opened this connection must ask itself, not leave it to another."
            )
        got += piece
        if len(got) > MAX_REQUEST + 1:
            raise too_large()
    return bytes(got).partition(b"\n")[0]


def _sender(said: list[tuple[int, int, bytes]]) -> int | None:
    """Who wrote a piece, in our own process numbers. The kernel lets nobody name another (unix(7))."""
    for level, kind, data in said:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS) and len(data) == _CREDENTIALS.size:
            return int(_CREDENTIALS.unpack(data)[0])
    return None


def _process(connection: socket.socket) -> int:
    """Whose connection it is (SO_PEERCRED), 0 where it has gone."""
    try:
        return int(
            _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))[0]
        )
    except OSError:
        return 0


def _hear_out(connection: socket.socket) -> None:
    """Until it has read the answer and closed, at most ``SLOWEST`` seconds. Raises ``OSError`` when it breaks.

    Whoever is answered before all is said would break off over it (EPIPE), or lose the answer (ECONNRESET), and never
    read why. What still comes is thrown away.
    """
    deadline = time.monotonic() + SLOWEST
    connection.shutdown(socket.SHUT_WR)
    while (left := deadline - time.monotonic()) > 0:
        connection.settimeout(left)
        if not connection.recv(MAX_REQUEST):
            return


def _too_slow() -> DoorbellRequestError:
    return DoorbellRequestError("too_slow", f"The request did not arrive within {SLOWEST:g} s.")
