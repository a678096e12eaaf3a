"""Accepts connections: TLS within seconds, and a place (``connection_places``) from first byte to last."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import ssl
from collections.abc import Callable

from kiosk.service.platform.connection_places import ConnectionGate, HeldConnection
from kiosk.service.platform.request_sources import source_of

log = logging.getLogger("kiosk.service.platform.listening")
BACKLOG = 2048
PAUSE = 0.05
"""Seconds until the next try where the machine has no descriptor or memory left."""
CLOSING_SECONDS = 0.5
"""For the other end to agree that TLS ends. A service that stops waits so long for those that do not."""
USER_TIMEOUT_MS = 30_000
"""Until what was sent must have been acknowledged (RFC 5482); else the connection is dead, as at a pulled cable."""
Factory = Callable[[HeldConnection], asyncio.Protocol]


class Listener:
    """Listens on ``host``:``port`` once ``start`` has returned; looks like an ``asyncio.Server`` to uvicorn."""

    def __init__(
        self, gate: ConnectionGate, factory: Factory, context: ssl.SSLContext | None, handshake: float
    ) -> None:
        self._gate = gate
        self._factory = factory
        self._context = context
        self._handshake = handshake
        self._sockets: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._shaking: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> None:
        """Raises ``OSError`` where nothing can be listened on."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        failed: OSError | None = None
        for family, _, _, _, address in dict.fromkeys(found):
            try:
                self._sockets.append(_listen(family, address))
            except OSError as error:
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    self.close()
                    raise
                failed = error
        if not self._sockets:
            raise failed or OSError(errno.EADDRNOTAVAIL, "no address")
        self._accepting = [loop.create_task(self._accept(link)) for link in self._sockets]

    def close(self) -> None:
        """Take no more."""
        for task in (*self._accepting, *self._shaking):
            task.cancel()
        for link in self._sockets:
            link.close()

    async def wait_closed(self) -> None:
        """Until nothing is under way here."""
        for task in (*self._accepting, *self._shaking):
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(listener)
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    log.error("no connection can be accepted (%s)", errno.errorcode[error.errno])
                    self._gate.shed()
                    await asyncio.sleep(PAUSE)
                continue  # else it was gone before it was accepted
            self._admit(connection, source_of(str(address[0])))

    def _admit(self, connection: socket.socket, source: str) -> None:
        connection.setblocking(False)
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        place = self._gate.enter(source, lambda: _hang_up(connection))
        task = asyncio.get_running_loop().create_task(self._shake(connection, place))
        self._shaking.add(task)
        task.add_done_callback(self._shaking.discard)

    async def _shake(self, connection: socket.socket, place: HeldConnection) -> None:
        """TLS, after which the protocol answers for the place. Whatever a stranger does wrong here is no news."""
        loop = asyncio.get_running_loop()
        secured = self._context is not None
        try:
            await loop.connect_accepted_socket(
                lambda: self._factory(place),
                connection,
                ssl=self._context,
                ssl_handshake_timeout=self._handshake if secured else None,
                ssl_shutdown_timeout=CLOSING_SECONDS if secured else None,
            )
        except asyncio.CancelledError:
            self._gate.leave(place)
            _hang_up(connection)
            raise
        except (OSError, EOFError):  # of which ssl.SSLError and TimeoutError are kinds
            self._gate.leave(place)
            _hang_up(connection)


def _hang_up(connection: socket.socket) -> None:
    """Its transport closes the descriptor; this lets it see that there is nothing to wait for."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _listen(family: int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        made.listen(BACKLOG)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made
