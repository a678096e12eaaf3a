"""Twice a second: servers' questions go to the phones of people who are active at no workstation, and wake them."""

from __future__ import annotations

import asyncio
from functools import partial

from kiosk.service.away import asking, waking
from kiosk.service.openid.backchannel_delivery import LOOK_EVERY, MAX_PAUSE
from kiosk.service.platform import background
from kiosk.service.shared.context import Service


async def run(service: Service) -> None:
    """Look, ask and wake, until cancelled. Two loops: a push service that is slow to answer keeps nobody's question."""
    kinds = (("servers' questions on phones", offer), ("waking phones", waking.wake))
    await asyncio.gather(
        *(
            background.run_periodically(what, partial(act, service), every=LOOK_EVERY, first=1.0, longest=MAX_PAUSE)
            for what, act in kinds
        )
    )


async def offer(service: Service) -> None:
    """Ask the phones that are to be asked now, each in a transaction of its own: one locks one person. Raises
    ``StoreError``."""
    now = service.now()
    for question in await service.db.read(asking.waiting, service, now):
        await service.db.write(asking.offer, service, question, now)
