"""Forgets what is long over, on the replica that leads: sessions, and rows of the trail that were archived.

What there is to forget is read on a connection and a thread of its own, and taken away in small transactions: nobody's
tap waits for either.
"""

from __future__ import annotations

import asyncio

from kiosk.service.shared.context import Service
from kiosk.service.store import archives, sessions

DAY = 86_400
KEEP_SESSIONS = 400 * DAY
"""As ids of reports: a workstation that comes back after longer than that tells of sessions that nobody knows."""
EVERY = 3600
PAGE, AT_ONCE, MAX_PAGES = 5000, 100, 20
MAX_BATCHES = 200
"""Of archived rows in one run: a hundred thousand."""


async def forget(service: Service) -> None:
    """Both. Raises ``StoreError``: the next run goes on."""
    if service.lead.leads:
        await forget_sessions(service)
        await remove_archived(service)


async def forget_sessions(service: Service) -> None:
    """Those that were over more than ``KEEP_SESSIONS`` ago."""
    for _ in range(MAX_PAGES):
        found = await asyncio.to_thread(_outlived, service, int(service.now()) - KEEP_SESSIONS)
        for at in range(0, len(found), AT_ONCE):
            await service.db.write(sessions.forget, found[at : at + AT_ONCE])
        if len(found) < PAGE:
            return


async def remove_archived(service: Service) -> None:
    """Where ``kiosk audit prune`` was cut off before it was through."""
    for _ in range(MAX_BATCHES):
        if not await service.db.write(archives.remove_some):
            return


def _outlived(service: Service, before: int) -> list[str]:
    beside = service.db.beside()
    try:
        return beside.read_now(sessions.outlived, before, PAGE)
    finally:
        beside.close_now()
