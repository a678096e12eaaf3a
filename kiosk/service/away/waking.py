"""Phones are woken by Web Push: what is to be sent is a row by then, and is tried until the question's time is over.

The message says nothing: no name, no question, no number, and it is the same for everybody. What goes wrong here stops
nobody: the page shows what waits to whoever opens it by themselves.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.service.away import subscribing
from kiosk.service.away.found import allowed
from kiosk.service.away.sealed_subscription import SealedSubscriptions
from kiosk.service.openid import posting
from kiosk.service.openid.posting import NotPostedError
from kiosk.service.platform.phone_settings import origin_of
from kiosk.service.platform.web_push import VapidKey, encrypted
from kiosk.service.shared.context import Service
from kiosk.service.store import phone_subscriptions
from kiosk.service.store.phone_subscriptions import WakeNotice

if TYPE_CHECKING:  # 100 ms, imported once there is something to send
    import httpx

log = logging.getLogger("kiosk.service.away.waking")
MESSAGE = b'{"kiosk":"waiting"}'
"""Of every push message: what the phone then says, it knows itself."""
MAX_AT_ONCE = 20
SPARE = 10
FIRST_WAIT = 2
MAX_TRIES = 5
GONE = frozenset({404, 410})
"""The subscription is no more (RFC 8030 section 7.3)."""
LATER = frozenset({408, 425, 429})
"""Besides what the push service's own trouble is (5xx): it may take it later."""


async def wake(service: Service) -> None:
    """Send what is due. Raises ``StoreError``."""
    now = service.now()
    if not allowed(service) or not service.phone.push_services:
        return
    if not await service.db.read(phone_subscriptions.waiting, now):
        return
    due = await service.db.write(phone_subscriptions.claim, now, now + int(posting.SECONDS) + SPARE, MAX_AT_ONCE)
    if due:
        ca_file = Path(service.phone.ca_file) if service.phone.ca_file else None
        async with posting.opened_for("[phone]", ca_file) as line:
            await asyncio.gather(*(_send(service, line, notice) for notice in due))


async def _send(service: Service, line: httpx.AsyncClient, notice: WakeNotice) -> None:
    status = await _sent(service, line, notice)
    now = service.now()
    if status in GONE:
        await service.db.write(subscribing.gone, notice.person, notice.phone, now)
    elif _may_later(status) and notice.tries < MAX_TRIES:
        await service.db.write(phone_subscriptions.again, notice, now + (FIRST_WAIT << (notice.tries - 1)))
    else:
        await service.db.write(phone_subscriptions.ended, notice)


def _may_later(status: int | None) -> bool:
    """Whether another try helps. A redirect is a no: it leads where nobody allowed."""
    return status is None or status in LATER or status >= 500


async def _sent(service: Service, line: httpx.AsyncClient, notice: WakeNotice) -> int | None:
    """What the push service answered; None for nothing, 0 for what is not sent at all."""
    to = None if notice.sealed is None else SealedSubscriptions(service.keys.nonce).open(notice.phone, notice.sealed)
    origin = None if to is None else origin_of(to.endpoint)
    if to is None or origin not in service.phone.push_services:
        return 0
    try:
        status = await posting.posted(
            line,
            to.endpoint,
            encrypted(to, MESSAGE),
            _headers(service, origin, notice),
            loopback=service.phone.loopback,
            public=True,
        )
        if not 200 <= status < 300:
            log.warning("a phone was not woken by way of %s: it answered %d", origin, status)
        return status
    except NotPostedError as error:
        log.warning("a phone was not woken by way of %s: %s", origin, error)
        return 0 if error.never else None


def _headers(service: Service, origin: str, notice: WakeNotice) -> dict[str, str]:
    """RFC 8030 section 5, RFC 8291 section 4: what is late helps nobody, and the newest is enough."""
    contact = service.phone.push_contact or service.issuer
    return {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(max(1, notice.left)),
        "Urgency": "high",
        "Topic": "waiting",
        "Authorization": VapidKey(service.keys.nonce).authorization(origin, contact, service.now()),
    }
