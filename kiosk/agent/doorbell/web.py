"""The doorbell for web pages: listens on loopback for the origins that the service named. ``web_page`` says what a page
may ask, ``web_exchange`` reads and answers it.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import threading
from collections.abc import Callable, Collection
from socket import socket, socketpair
from socketserver import BaseRequestHandler, ThreadingTCPServer

from kiosk.agent.doorbell import peers
from kiosk.agent.doorbell.descriptors import NetworkLine
from kiosk.agent.doorbell.inside_doors import HandedOver
from kiosk.agent.doorbell.open_requests import PendingStepUps
from kiosk.agent.doorbell.places import Places
from kiosk.agent.doorbell.programs import Programs, none
from kiosk.agent.doorbell.request import DoorbellRequestError
from kiosk.agent.doorbell.sign_in_page import SignInPage, no_page
from kiosk.agent.doorbell.web_page import AskingPage, PageRules

log = logging.getLogger("kiosk.agent.doorbell")


class PortTakenError(Exception):
    """Something else listens on the doorbell's port; the message is a sentence."""


class WebDoor(ThreadingTCPServer):
    """Listens on ``127.0.0.1:port`` (0: any free one). ``origins`` gives those allowed now, from any thread,
    ``programs`` which are browsers, ``page`` what the service's own page may do.

    ``inside``: instead of that, at the socket on the loopback of somebody's own workspace. Raises ``PortTakenError``.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        rings: PendingStepUps,
        owner: peers.Owner,
        origins: Callable[[], Collection[str]],
        programs: Programs = none,
        page: SignInPage | None = None,
        inside: HandedOver | None = None,
    ) -> None:
        self.places = Places()
        try:
            super().__init__(("127.0.0.1", port), BaseRequestHandler, bind_and_activate=inside is None)
        except OSError as error:
            raise PortTakenError(
                f"Port {port} cannot be used for the doorbell ({error.strerror}). Set another."
            ) from None
        self._inside: peers.InsideNetwork | None = None
        self._wake, self._woken = socketpair()
        if inside is not None:
            self.socket.close()
            self.socket = socket(fileno=inside.listener)
            self.server_address = self.socket.getsockname()
            self._inside = peers.InsideNetwork(inside.login, NetworkLine(inside.asking))
        self.socket.setblocking(False)  # another agent may have taken who was there
        self.port = int(self.server_address[1])
        hosts = frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})
        self._rules = PageRules(rings, owner, origins, programs, page or no_page(), self.places, hosts, self._inside)
        self._thread = threading.Thread(target=self._serve, name="doorbell-web", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        """As the base class does, which looks every half second whether to stop."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            selector.register(self.socket, selectors.EVENT_READ)
            while not any(key.fileobj is self._woken for key, _ in selector.select()):
                with contextlib.suppress(OSError):  # the page went away before we came
                    self.process_request(*self.get_request())

    def get_request(self) -> tuple[socket, object]:
        connection, address = self.socket.accept()
        connection.setblocking(True)
        return connection, address

    def close(self) -> None:
        """Stop listening; requests under way end by themselves."""
        self._wake.close()
        self._thread.join(1)
        self.server_close()
        self._woken.close()
        if self._inside is not None:
            self._inside.line.close()

    def process_request(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        if not isinstance(request, socket) or not self.places.enter(request, self._user(client_address)):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread is left on this machine: this request is lost, the next one need not be
            self.places.leave(request)
            self.shutdown_request(request)

    def _user(self, client_address: object) -> int:
        """Whose program it is; -1 where that cannot be told (yet)."""
        with contextlib.suppress(DoorbellRequestError, OSError, ValueError):
            return peers.user_of(_address(client_address), ("127.0.0.1", self.port), self._inside)
        return -1

    def finish_request(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        if isinstance(request, socket):
            AskingPage(self._rules, request, _address(client_address)).serve()

    def process_request_thread(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            if isinstance(request, socket):
                self.places.leave(request)

    def handle_error(self, request: object, client_address: object) -> None:
        log.info("a page's connection broke")


def _address(client_address: object) -> tuple[str, int]:
    """Of a client on loopback, as the base class gives it."""
    address = client_address if isinstance(client_address, tuple) else ("", 0)
    return str(address[0]), int(address[1])
