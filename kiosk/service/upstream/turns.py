"""Whose turn it is to have a code exchanged at the hospital's own provider.

Anybody may come back with a made-up code, as often as they like. So what one sign-in may try is counted, and no source
has more than its share of the places. Who finds none free waits for a moment: honest people who come together all have
their turn. Kept of each replica, and bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kiosk.service.upstream.errors import ProviderAwayError

MAX_AT_ONCE = 8
"""Codes that are being exchanged: we are no crowd at the provider's door."""
MAX_OF_SOURCE = 4
"""Of them by one source (``request_sources``)."""
MAX_WAITING = 32
"""Of one source, with those that have their turn."""
WAIT = 5.0
"""Seconds. A person waits for it."""
MAX_TRIES = 2
"""Codes for one sign-in: the second is for whoever went back and did it again."""
MAX_COUNTED = 20_000
"""Sign-ins whose tries are remembered; beyond, the oldest is forgotten."""


@dataclass(slots=True)
class _Source:
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_OF_SOURCE))
    here: int = 0


class Turns:
    """At one provider's token endpoint."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(MAX_AT_ONCE)
        self._sources: dict[str, _Source] = {}

    @asynccontextmanager
    async def turn(self, source: str) -> AsyncIterator[None]:
        """For as long as the block lasts. Raises ``ProviderAwayError`` where it took too long to come."""
        mine = self._sources.setdefault(source, _Source())
        if mine.here >= MAX_WAITING:
            raise ProviderAwayError("too many from one address ask for it at once")
        mine.here += 1
        try:
            async with asyncio.timeout(WAIT) as patience, mine.places, self._places:
                patience.reschedule(None)
                yield
        except TimeoutError:
            raise ProviderAwayError("too many ask for it at once") from None
        finally:
            mine.here -= 1
            if not mine.here:
                del self._sources[source]


class CodeTries:
    """How many codes were tried for one sign-in, whichever of its states they came with."""

    def __init__(self) -> None:
        self._tries: dict[str, tuple[int, int]] = {}

    def may(self, sign_in: str, until: int, now: int) -> bool:
        """Whether one more may be tried; it is counted. ``until``: when that sign-in is over, epoch seconds."""
        tries = self._tries.get(sign_in, (until, 0))[1] + 1
        if tries > MAX_TRIES:
            return False
        self._tries[sign_in] = until, tries
        while self._tries and (len(self._tries) > MAX_COUNTED or self._oldest() < now):
            del self._tries[next(iter(self._tries))]
        return True

    def _oldest(self) -> int:
        return next(iter(self._tries.values()))[0]
