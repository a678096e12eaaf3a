"""Rows that the service did not write: each is told to the trail, in the service's own chain."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.platform.row_keys import Tampered
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreError

log = logging.getLogger("kiosk.service.integrity")


async def tell(db: Database, now: int) -> None:
    """Write down what was noticed since the last time. Raises nothing."""
    found = db.guard.noticed()
    if found:
        try:
            await db.write(write, found, now)
        except StoreError as error:
            log.error("%s rows that are not believed could not be told to the trail: %s", len(found), error)


def tell_now(db: Database, now: int) -> None:
    """``tell`` for commands."""
    found = db.guard.noticed()
    if found:
        try:
            db.write_now(write, found, now)
        except StoreError as error:
            log.error("%s rows that are not believed could not be told to the trail: %s", len(found), error)


def write(conn: Connection, found: list[Tampered], now: int) -> None:
    """One row each."""
    for fault in found:
        detail = {"table": fault.table, "key": fault.key, "why": fault.why}
        append(conn, SERVICE, Event("integrity", "refused", now, reason="tampered", detail={**detail}))
