"""Checkpoints and the exchange of our own CA: acts on the data folder as well as on the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from cryptography.x509 import Certificate
from sqlalchemy import Connection

from kiosk.service.admin.act import Admin, record
from kiosk.service.audit.checkpoint import Checkpoint, append_to, write_checkpoint
from kiosk.service.keys import CheckpointKeys
from kiosk.service.store import workstations
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreError
from kiosk.service.tls import spki_pin

CHECKPOINT_SECONDS = 300
_LOG = logging.getLogger(__name__)


def record_ca(conn: Connection, admin: Admin, act: str, certificate: Certificate) -> None:
    """Write down ``ca.next`` or ``ca.switch``, and let every workstation fetch what it is to trust."""
    record(conn, admin, act, detail={"spki_sha256": spki_pin(certificate).hex()})
    workstations.tell_settings(conn, admin.now)


async def checkpoint(db: Database, keys: CheckpointKeys, file: Path, now: int) -> Checkpoint | None:
    """Sign what moved and append it to ``file``; None if nothing did. Raises ``StoreError``, ``OSError``."""
    made = await db.write(write_checkpoint, keys, now)
    if made is not None:
        append_to(file, made)
    return made


async def keep_checkpoints(
    db: Database, keys: CheckpointKeys, file: Path, clock: Callable[[], float], every: float = CHECKPOINT_SECONDS
) -> None:
    """Write a checkpoint every ``every`` seconds until cancelled. Trouble is logged and tried again."""
    while True:
        await asyncio.sleep(every)
        try:
            await checkpoint(db, keys, file, int(clock()))
        except (StoreError, OSError) as error:
            _LOG.error("No checkpoint could be written: %s", error)
