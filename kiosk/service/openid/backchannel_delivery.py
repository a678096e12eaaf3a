"""Twice a second: questions are offered to whoever has become active, and servers are told of answers (CIBA Core
section 10.2). Where and how a question was answered does not matter: on whichever replica, it is seen here."""

from __future__ import annotations

import asyncio
import json
import logging
from functools import partial
from typing import TYPE_CHECKING

from kiosk.service.ceremonies import second_asking
from kiosk.service.openid import backchannel_asking, posting
from kiosk.service.openid.sealed_pings import SealedPings
from kiosk.service.platform import background
from kiosk.service.shared.context import Service
from kiosk.service.store import backchannel_pings, backchannel_requests, seconds
from kiosk.service.store.backchannel_pings import PingNotice

if TYPE_CHECKING:  # 100 ms, imported once there is something to send
    import httpx

log = logging.getLogger("kiosk.service.openid.backchannel_delivery")
LOOK_EVERY = 0.4
MAX_PAUSE = 60.0
MAX_AT_ONCE = 20
SPARE = 10
FIRST_WAIT = 1
MAX_TRIES = 6
"""Within the minutes that a question stands; a server that no ping reaches can still poll."""


async def run(service: Service) -> None:
    """Look, offer and tell, until cancelled. Two loops: a server that is slow to answer keeps nobody's question."""
    kinds = (("servers' questions", offer), ("telling servers of answers", tell))
    await asyncio.gather(
        *(
            background.run_periodically(what, partial(act, service), every=LOOK_EVERY, first=1.0, longest=MAX_PAUSE)
            for what, act in kinds
        )
    )


async def once(service: Service) -> None:
    """Both, once. Raises ``StoreError``."""
    await offer(service)
    await tell(service)


async def offer(service: Service) -> None:
    """Offer what waits. Raises ``StoreError``."""
    now = service.now()
    if await service.db.read(backchannel_requests.to_offer, now):
        await service.db.write(backchannel_asking.offer, now)
    if await service.db.read(seconds.to_offer, now):
        await service.db.write(second_asking.offer, now)


async def tell(service: Service) -> None:
    """Tell whom it is to be told. Raises ``StoreError``."""
    now = service.now()
    if not await service.db.read(backchannel_pings.waiting, now):
        return
    until = now + int(posting.SECONDS) + SPARE
    due = await service.db.write(backchannel_pings.claim, now, until, MAX_AT_ONCE)
    if due:
        async with posting.opened(service) as line:
            await asyncio.gather(*(_tell(service, line, notice) for notice in due))


async def _tell(service: Service, line: httpx.AsyncClient, notice: PingNotice) -> None:
    error = await _posted(service, line, notice)
    now = service.now()
    if error is None or notice.to is None or notice.tries >= MAX_TRIES:
        await service.db.write(backchannel_pings.ended, notice.id, now)
    else:
        await service.db.write(backchannel_pings.again, notice.id, now + (FIRST_WAIT << notice.tries))
    if error is not None:
        log.warning("a server was not told that its question is answered: %s", error)


async def _posted(service: Service, line: httpx.AsyncClient, notice: PingNotice) -> str | None:
    """None once it was taken, else what went wrong."""
    said = SealedPings(service.keys.nonce).open(notice.notify)
    if notice.to is None or said is None:
        return "it has no address any more"
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {said[1]}"}
    return await posting.post(service, line, notice.to, json.dumps({"auth_req_id": said[0]}).encode(), headers)
