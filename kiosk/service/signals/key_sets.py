"""The keys of transmitters: those that an administrator gave, or what is published at a registered address.

A published set is fetched where a key is not known, at most every ``PAUSE`` seconds a transmitter, and again once it is
old: so a new key counts at once, and one that was taken back for ``MAX_OLD`` at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.service.openid import posting
from kiosk.service.platform import background
from kiosk.service.shared.context import Service
from kiosk.service.signals import reading
from kiosk.service.signals.reading import SecurityEventError, SignalKey, UnverifiedEvent
from kiosk.service.store.signal_transmitters import TransmitterRules

log = logging.getLogger("kiosk.service.signals.key_sets")
MAX_OLD = 600.0
PAUSE = 10.0
MAX_BYTES = 65_536
MAX_KEPT = 256
"""Addresses whose keys are remembered."""


class KeysAwayError(Exception):
    """Whether the transmitter has such a key cannot be said now: it may try again after ``PAUSE`` seconds."""


@dataclass(slots=True)
class _Fetched:
    keys: list[SignalKey] = field(default_factory=list)
    at: float = float("-inf")
    tried: float = float("-inf")
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class KeySets:
    """What this process fetched, by address. ``clock``: seconds that never go back."""

    clock: Callable[[], float]
    _fetched: dict[str, _Fetched] = field(default_factory=dict)

    async def key(self, service: Service, rules: TransmitterRules, said: UnverifiedEvent) -> SignalKey:
        """The key that a token has to be signed by. Raises ``SecurityEventError``, ``KeysAwayError``."""
        if rules.jwks_uri is None:
            found = reading.key_for(reading.keys_in(rules.keys or '{"keys": []}'), said)
        else:
            found = await self._published(service, rules.jwks_uri, said)
        if found is None:
            raise SecurityEventError("invalid_key", "The transmitter has no such key.")
        return found

    async def _published(self, service: Service, uri: str, said: UnverifiedEvent) -> SignalKey | None:
        kept = self._fetched.setdefault(uri, _Fetched())
        while len(self._fetched) > MAX_KEPT:
            self._fetched.pop(next(iter(self._fetched)))
        if (known := self._fresh(kept, said)) is not None:
            return known  # waits for nobody who asks for keys that there are not
        async with kept.turn:
            if (known := self._fresh(kept, said)) is not None:
                return known
            if self.clock() - kept.tried < PAUSE:
                raise KeysAwayError
            kept.tried = self.clock()
            await self._fetch(service, uri, kept)
            if kept.at != kept.tried:
                raise KeysAwayError
            return reading.key_for(kept.keys, said)

    def _fresh(self, kept: _Fetched, said: UnverifiedEvent) -> SignalKey | None:
        return reading.key_for(kept.keys, said) if self.clock() - kept.at < MAX_OLD else None

    async def _fetch(self, service: Service, uri: str, kept: _Fetched) -> None:
        try:
            async with posting.opened(service) as line:
                kept.keys = reading.keys_in(await posting.fetch(service, line, uri, MAX_BYTES))
                kept.at = kept.tried
        except (posting.NotFetchedError, background.ForeseenError, ValueError) as error:
            log.warning("a transmitter's keys were not fetched: %s", error)
