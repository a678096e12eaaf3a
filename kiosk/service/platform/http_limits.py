"""How much a connection may send and leave unread, and how long it may take.

httptools keeps a head of any length in memory. uvicorn waits for it for ever, and keeps all requests that wait for
their turn. Without these limits anybody on the network could fill the service's memory: by one endless header, or by
requests whose answers they do not read. By connections that say nothing they could use up its descriptors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sized

from uvicorn import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from kiosk.service.platform.budgets import Budgets
from kiosk.service.platform.connection_places import HeldConnection

MAX_HEAD = 32 * 1024
"""Bytes of a request's line and headers, past the piece in which they begin (an access token and proof take 2 KiB)."""
MAX_UNREAD = 64 * 1024
"""Bytes that are kept for a client that does not read; beyond, whatever answers it waits, for ``reader_seconds``."""
PLACE = "kiosk.place"
"""Where a request's scope has its connection's ``HeldConnection``."""


class _NoneWaiting(FlowControl):
    """Reads on only where no request of this connection is ``waiting`` for its turn.

    uvicorn reads on after each answer, so that whoever asks and does not read has it keep all that they ask.
    """

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if not self._waiting:
            super().resume_reading()


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol with these limits. A connection that breaks one is closed.

    ``budgets``: ``request_seconds`` from a connection's opening to the end of its first request, and from the beginning
    to the end of others; ``reader_seconds`` without room for what it asked for.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        budgets: Budgets | None = None,
        place: HeldConnection | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._budgets = budgets or Budgets()
        self._place = place
        self._reader: asyncio.TimerHandle | None = None
        self._in_head = True
        self._began = False
        self._head = 0
        self._hurry: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """TLS is agreed upon; the first request is awaited."""
        super().connection_made(transport)
        self.flow = _NoneWaiting(transport, self.pipeline)
        transport.set_write_buffer_limits(high=MAX_UNREAD)
        if self._place is not None:
            self._place.close = transport.abort
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._relax()
        self._read_on()
        if self._place is not None:
            self._place.gate.leave(self._place)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a piece; a head that is too long ends the connection."""
        self._began = False
        super().data_received(data)
        if not self._in_head or self._began:
            return
        self._head += len(data)
        if self._head > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too long.")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope[PLACE] = self._place  # type: ignore[literal-required]  # ours
        self._in_head, self._began, self._head = True, True, 0
        if self._hurry is None:
            self._await_request()

    def on_headers_complete(self) -> None:
        """Its body follows, which ``BodyLimit`` measures."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The whole request is here; from now on uvicorn's keep-alive counts."""
        self._relax()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Too much of what it asked for waits to be read."""
        super().pause_writing()
        if self._reader is None:
            self._reader = self.loop.call_later(self._budgets.reader_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads."""
        super().resume_writing()
        self._read_on()

    def _read_on(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None

    def _await_request(self) -> None:
        self._hurry = self.loop.call_later(self._budgets.request_seconds, self.transport.close)

    def _relax(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None
