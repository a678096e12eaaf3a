"""Signs how far the trail has come, every few minutes, after every row of it was read."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from kiosk.service.audit import checkpoint, seal
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.finding import Finding
from kiosk.service.audit.reading import REFUSED
from kiosk.service.audit.seal import Read
from kiosk.service.audit.writer import append
from kiosk.service.shared.context import Service
from kiosk.service.store.errors import StoreError

log = logging.getLogger("kiosk.service.jobs.checkpoint_signing")
PAGE = 1000


class CheckpointSealer:
    """``checkpoints``: the file that is to be copied elsewhere; every replica has one, and who leads signs.

    Each thing that does not hold is told of once a run.
    """

    def __init__(self, service: Service, checkpoints: Path) -> None:
        self._service = service
        self._path = checkpoints
        self._told: set[Finding] = set()

    async def once(self) -> None:
        """Read and sign if it is ours to do, and bring the file up to date.

        Raises nothing that the store or the disk can bring about.
        """
        service = self._service
        try:
            kept = checkpoint.last_in(self._path)
            if service.lead.leads:
                what = await asyncio.to_thread(self._read, kept)
                await self._tell(what)
                await service.db.write(seal.write, service.keys.checkpoint, service.now(), what)
            while missing := await service.db.read(checkpoint.after, kept, PAGE):
                checkpoint.append_to(self._path, missing)
                kept = missing[-1].id
        except StoreError as error:
            if not error.told:
                log.warning("no checkpoint could be written: %s", error)
        except OSError as error:
            log.warning("the checkpoint could not be appended to its file: %s", error.strerror)
        except ValueError:
            log.error("%s does not end with a checkpoint: move it away, and a whole one is written", self._path)

    def _read(self, kept: int) -> Read:
        """On a thread and a connection of its own: it may take seconds, and nobody waits for it."""
        beside = self._service.db.beside()
        try:
            return beside.read_now(seal.read, self._service.keys.checkpoint.public, kept)
        finally:
            beside.close_now()

    async def _tell(self, what: Read) -> None:
        """Say what does not hold, in the log and in the service's own chain."""
        for refusal in what.refused:
            if refusal in self._told:
                continue
            log.error("the audit trail does not hold, and is not signed further: %s", refusal)
            detail = {"chain": refusal.chain, "seq": refusal.seq, "checkpoint": refusal.checkpoint, "why": refusal.why}
            event = Event(REFUSED, "failure", self._service.now(), reason="trail", detail={**detail})
            self._told.add(refusal)
            try:
                await self._service.db.write(append, SERVICE, event)
            except StoreError as error:  # the service's own chain may be the one; the others are signed all the same
                log.error("that could not be written down: %s", error)
