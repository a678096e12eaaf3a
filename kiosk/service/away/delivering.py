"""Twice a second: servers' questions go to the phones of people who are active at no workstation."""

from __future__ import annotations

from functools import partial

from kiosk.service.away import asking
from kiosk.service.openid.backchannel_delivery import LOOK_EVERY, MAX_PAUSE
from kiosk.service.platform import background
from kiosk.service.shared.context import Service


async def run(service: Service) -> None:
    """Look and ask, until cancelled."""
    await background.run_periodically(
        "servers' questions on phones", partial(offer, service), every=LOOK_EVERY, first=1.0, longest=MAX_PAUSE
    )


async def offer(service: Service) -> None:
    """Ask the phones that are to be asked now, each in a transaction of its own: one locks one person. Raises
    ``StoreError``."""
    now = service.now()
    for question in await service.db.read(asking.waiting, service, now):
        await service.db.write(asking.offer, service, question, now)
