"""Whether a request that waits for its answer waits for nobody: found out while it waits, and said.

A request may take its time, for a service has much to do at times. So nothing is given up early. Where no answer has
come for a second, something small is asked besides. If that is not answered either, nobody is there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from kiosk.client import clock
from kiosk.client.addresses import Addresses
from kiosk.client.errors import ClientError, ServiceUnreachableError, is_away
from kiosk.client.lines import HttpLine

PATIENCE = 0.9
"""Seconds without an answer until something else is asked."""
LOOK_SECONDS = 0.9
"""For each part of asking: together less than the two seconds within which an outage is noticed."""
log = logging.getLogger("kiosk.client.silence")


class AnswerWatch:
    """Thread-safe. ``told``: called on any thread with what shows that the service is away."""

    def __init__(self, addresses: Addresses, line: HttpLine, told: Callable[[ClientError], None]) -> None:
        self._addresses, self._line, self._told = addresses, line, told
        self._looking = threading.Lock()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Around one request: it is told of if it fails because nobody is there, or if nobody seems to be."""
        answered = threading.Event()
        waited = threading.Timer(PATIENCE, self._look, (answered,))
        waited.name, waited.daemon = "silence", True
        waited.start()
        try:
            yield
        except ClientError as error:
            if is_away(error):
                self._told(error)
            raise
        finally:
            answered.set()
            waited.cancel()

    def _look(self, answered: threading.Event) -> None:
        if not self._looking.acquire(blocking=False):
            return
        try:
            if not any(self._answers(base) for base in self._addresses.all) and not answered.is_set():
                log.info("a request waits, and nobody answers another one either")
                self._told(ServiceUnreachableError("The service does not answer."))
        finally:
            self._looking.release()

    def _answers(self, base: str) -> bool:
        try:
            with self._line.client() as client:
                client.get(base + clock.ASK, timeout=LOOK_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            return False
        except RuntimeError:  # closed meanwhile: nobody waits any more
            return True
        return True
