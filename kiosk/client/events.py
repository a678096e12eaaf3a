"""The service's event stream (text/event-stream) and, from it, whether the service is there.

One thread, its own connection. It opens the stream, then fetches the station's rules and says ``online``. When the
stream ends it tries again at once, or when a service that stops told it to. It says ``offline`` as soon as that fails:
never later than the connect time-out.
"""

from __future__ import annotations

import contextlib
import logging
import random
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator

import httpx

from kiosk.client.answers import decode
from kiosk.client.api import Api
from kiosk.client.errors import ClientError, ClockWrongError, StationRevokedError, UnreadableAnswerError
from kiosk.model.people import StationView
from kiosk.model.wire import StationEvent

FIRST_WAIT = 0.2
MAX_WAIT = 5.0
MAX_LINE = 65536
MAX_TOLD = 1024
log = logging.getLogger("kiosk.client.events")


class EventStream:
    """Runs ``follow`` on the caller's thread until ``stop``.

    ``online(station)`` at every new contact and changed rule, ``offline()`` once when contact is lost,
    ``event(StationEvent)`` for each that came. ``revoked`` comes as an event too when the service refuses our key.
    ``greeted(fresh)`` once a stream is open: what is open here is to be asked for. ``fresh``: what happened since the
    stream before will not be told, because this one counts its events anew. ``clock(off, True)`` where our clock is
    the reason for no contact: seconds by which the service's is ahead.
    """

    def __init__(
        self,
        api: Api,
        online: Callable[[StationView], None],
        offline: Callable[[], None],
        event: Callable[[StationEvent], None],
        greeted: Callable[[bool], None] = lambda fresh: None,
        clock: Callable[[float, bool], None] = lambda off, stops: None,
    ) -> None:
        self._api = api
        self._online = online
        self._offline = offline
        self._event = event
        self._greeted = greeted
        self._clock = clock
        self._epoch: str | None = None
        self._stopping = threading.Event()
        self._response: httpx.Response | None = None
        self._last: int | None = None
        self._told: deque[int] = deque(maxlen=MAX_TOLD)
        self._told_offline = False
        self.why: ClientError | None = None
        """What the stream ended by, when it was last said that the service is away."""
        self._told_revoked = False
        self._back_in = FIRST_WAIT
        api.addresses.on_moved = self._moved

    def follow(self) -> None:
        """Follow the stream until ``stop``; every failure of ``ClientError`` is waited out."""
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            try:
                self._read()
                wait = self._back_in
            except ClientError as error:
                wait = self._lost(error, wait)
            self._stopping.wait(wait)
        self._response = None

    def stop(self) -> None:
        """End ``follow`` soon, from any thread, even in the middle of a read."""
        self._stopping.set()
        if self._response is not None:
            _cut(self._response)

    def again(self) -> None:
        """Look anew whether the service is there, from any thread: a request of ours got no answer."""
        if self._response is not None:
            _cut(self._response)

    def _lost(self, error: ClientError, wait: float) -> float:
        if self._stopping.is_set():
            return 0.0
        log.info("no event stream: %s", type(error).__name__)
        if isinstance(error, StationRevokedError) and not self._told_revoked:
            self._told_revoked = True
            self._event(StationEvent(0, "revoked"))
        if isinstance(error, ClockWrongError):
            self._clock(error.off, True)
        if not self._told_offline:
            self._told_offline, self.why = True, error
            self._offline()
        return min(wait * 2, MAX_WAIT)

    def _read(self) -> None:
        """One stream from its opening to its end, or until whoever sends it is believed no longer.

        Raises ``ClientError`` if it cannot be opened, or what is open here cannot be asked for.
        """
        generation = self._api.generation
        with self._api.events(self._known()) as response:
            self._response = response
            self._online(self._api.station())
            self._told_offline = self._told_revoked = False
            try:
                for event in read_events(self._here(response.iter_lines())):
                    if self._api.generation == generation:
                        self._take(event)
                    if self._api.generation != generation:
                        return
            except (httpx.HTTPError, httpx.StreamError) as error:
                log.info("the event stream broke: %s", type(error).__name__)

    def _here(self, lines: Iterator[str]) -> Iterator[str]:
        """The lines, heartbeats among them, as long as this is the address to be at."""
        self._back_in = FIRST_WAIT * (0.5 + random.random())  # noqa: S311  (no secret)
        for line in lines:
            yield line
            if line.startswith("retry:") and (told := line[6:].strip()).isascii() and told.isdigit():
                self._back_in = min(int(told[:9]) / 1000, MAX_WAIT)
            if not line and self._api.ask_preferred():
                log.info("the preferred address answers again")
                return

    def _moved(self) -> None:
        """A request went to another address because this one did not answer, on whichever thread."""
        response = self._response
        if response is not None and not str(response.url).startswith(self._api.addresses.now + "/"):
            _cut(response)

    def _known(self) -> str | None:
        return None if self._last is None or self._epoch is None else f"{self._epoch}.{self._last}"

    def _take(self, event: StationEvent) -> None:
        fresh = event.kind == "hello" and event.epoch != self._epoch
        if fresh:
            # The numbers of another epoch, such as those before a backup was restored, mean nothing now.
            self._epoch, self._last = event.epoch, None
            self._told.clear()
        if event.kind != "hello":
            if event.id in self._told:  # it was committed late, and so is told twice
                return
            self._told.append(event.id)
        self._last = max(self._last or 0, event.id)
        if event.kind == "settings":
            self._online(self._api.station())
        elif event.kind == "hello":
            self._greeted(fresh)
        else:
            self._event(event)


def _cut(response: httpx.Response) -> None:
    stream = response.extensions.get("network_stream")
    if stream is not None:
        with contextlib.suppress(OSError):  # already closed by the other side
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def read_events(lines: Iterator[str]) -> Iterator[StationEvent]:
    """The events in the lines of a ``text/event-stream`` (WHATWG HTML section 9.2). Raises
    ``UnreadableAnswerError``."""
    data: list[str] = []
    for line in lines:
        if len(line) > MAX_LINE:
            raise UnreadableAnswerError("The service's event is too long. Tell the help desk.")
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif line == "" and data:
            yield decode("\n".join(data).encode(), StationEvent)
            data = []
