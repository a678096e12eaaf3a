"""Tells applications that somebody is signed out (OpenID Connect Back-Channel Logout 1.0), within a second.

Twice a second it is seen which sign-ins go on although their session has ended: whatever ended it, and on whichever
replica. What is to be told is a row by then, so that it is told after a crash too, and again where it was not taken.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from kiosk.service.openid import claims, posting
from kiosk.service.platform import background
from kiosk.service.shared.context import Service
from kiosk.service.store import openid_grants, openid_logouts
from kiosk.service.store.openid_logouts import LogoutNotice

if TYPE_CHECKING:  # 100 ms, imported once there is something to send
    import httpx

log = logging.getLogger("kiosk.service.openid.logout_delivery")
LOOK_EVERY = 0.4
MAX_PAUSE = 60.0
MAX_AT_ONCE = 20
SPARE = 10
FIRST_WAIT, MAX_WAIT = 2, 1800
MAX_TRIES = 16
"""Some three hours in all: what the application holds then has ended by itself, or will be refused here."""


async def run(service: Service) -> None:
    """Look and tell, until cancelled."""
    await background.run_periodically(
        "telling applications of sign-outs", lambda: once(service), every=LOOK_EVERY, first=1.0, longest=MAX_PAUSE
    )


async def once(service: Service) -> None:
    """End what is over, and tell whom it is to be told. Raises ``StoreError``."""
    now = service.now()
    believed = service.upstream.issuer if service.upstream is not None else None
    over = await service.db.read(openid_grants.over, now, believed)
    if over:
        await service.db.write(openid_grants.end_some, over, now)
    if not await service.db.read(openid_logouts.waiting, now):
        return
    due = await service.db.write(openid_logouts.claim, now, now + int(posting.SECONDS) + SPARE, MAX_AT_ONCE)
    if due:
        await _tell_all(service, due)


async def _tell_all(service: Service, due: list[LogoutNotice]) -> None:
    """All at once: one that does not answer keeps no other waiting."""
    async with posting.opened(service) as line:
        await asyncio.gather(*(_tell(service, line, notice) for notice in due))


async def _tell(service: Service, line: httpx.AsyncClient, notice: LogoutNotice) -> None:
    error = await _posted(service, line, notice)
    now = service.now()
    if error is None:
        await service.db.write(openid_logouts.sent, notice.id, now)
        return
    log.warning("an application was not told of a sign-out: %s", error)
    wait = min(MAX_WAIT, FIRST_WAIT << min(notice.tries - 1, 10))
    again = None if notice.tries >= MAX_TRIES or notice.to is None else now + wait
    await service.db.write(openid_logouts.failed, notice.id, error, again, now)


async def _posted(service: Service, line: httpx.AsyncClient, notice: LogoutNotice) -> str | None:
    """None once it was taken, else what went wrong."""
    if notice.to is None:
        return "it has no address any more"
    made = claims.logout_claims(service.issuer, notice.application, notice.person, notice.sid, notice.id, service.now())
    alg = await service.db.read(openid_logouts.alg_of, notice.application)
    token = service.mint.sign(claims.LOGOUT_TYP, made, alg)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await posting.post(service, line, notice.to, urlencode({"logout_token": token}).encode(), headers)
