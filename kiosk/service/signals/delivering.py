"""Posts what waits (RFC 8935), one signal after another a receiver, again where one was not taken.

Of one receiver that does not answer no other is kept waiting: each has a task of its own while anything is due.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from kiosk.model.binding import Json
from kiosk.service.openid import posting
from kiosk.service.platform import background
from kiosk.service.shared.context import Service
from kiosk.service.signals.event_types import URIS
from kiosk.service.signals.reading import TYP
from kiosk.service.signals.trail_reader import TrailReader
from kiosk.service.store import signal_events, signal_receivers
from kiosk.service.store.signal_events import SignalNotice
from kiosk.service.store.signal_receivers import SignalReceiver

log = logging.getLogger("kiosk.service.signals.delivering")
LOOK_EVERY = 0.4
MAX_PAUSE = 60.0
SPARE = 10
FIRST_WAIT, MAX_WAIT = 2, 1800
MAX_TRIES = 20
"""Some five hours in all; then it is given up, and the next one has its turn."""
HEADERS = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}


@dataclass(slots=True)
class SignalDelivery:
    """What this process posts now, by application."""

    service: Service
    _busy: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _trail: TrailReader = field(init=False)

    def __post_init__(self) -> None:
        self._trail = TrailReader(self.service)

    async def run(self) -> None:
        """Read the trail, and post, until cancelled."""
        try:
            await background.run_periodically(
                "telling other systems by signals", self.look, every=LOOK_EVERY, first=1.0, longest=MAX_PAUSE
            )
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def look(self) -> None:
        """Begin whatever is due. Raises ``StoreError``."""
        if not self.service.lead.leads:
            return
        await self._trail.look()
        self._busy = {name: task for name, task in self._busy.items() if not task.done()}
        for application in await self.service.db.read(signal_events.due, self.service.now()):
            if application not in self._busy:
                self._busy[application] = asyncio.create_task(self._attempt(application))

    async def settle(self) -> None:
        """Wait for what was begun."""
        await asyncio.gather(*self._busy.values())

    async def _attempt(self, application: str) -> None:
        await background.attempt("posting signals", lambda: _post_all(self.service, application))


async def once(service: Service) -> None:
    """Read the trail and post all that is due, once. Raises ``StoreError``."""
    delivery = SignalDelivery(service)
    await delivery.look()
    await delivery.settle()


async def _post_all(service: Service, application: str) -> None:
    """In their order, until one is not taken."""
    async with posting.opened(service) as line:
        while True:
            now = service.now()
            until = now + int(posting.SECONDS) + SPARE
            notice = await service.db.write(signal_events.claim, application, now, until)
            if notice is None:
                return
            stream = await service.db.read(signal_receivers.find, application)
            error = "its stream has ended"
            if stream is not None:
                body = signed(service, stream, notice).encode()
                error = await posting.post(service, line, stream.address, body, HEADERS) or ""
            if error:
                await _failed(service, notice, error, gone=stream is None)
                return
            await service.db.write(signal_events.sent, notice.number, service.now())


async def _failed(service: Service, notice: SignalNotice, error: str, *, gone: bool) -> None:
    log.warning("a receiver was not told by a signal: %s", error)
    now = service.now()
    wait = min(MAX_WAIT, FIRST_WAIT << min(notice.tries - 1, 10))
    again = None if gone or notice.tries >= MAX_TRIES else now + wait
    await service.db.write(signal_events.failed, notice.number, error, again, now)


def signed(service: Service, stream: SignalReceiver, notice: SignalNotice) -> str:
    """The token: RS256, which every receiver takes (CAEP Interoperability Profile 1.0 section 2.6), one event."""
    claims: dict[str, Json] = {
        "iss": service.issuer,
        "jti": notice.id,
        "iat": notice.created,
        "aud": stream.audience,
        "sub_id": notice.body["sub_id"],
        "events": {URIS[notice.kind]: notice.body["says"]},
    }
    if "txn" in notice.body:
        claims["txn"] = notice.body["txn"]
    return service.mint.sign(TYP, claims, "RS256")
