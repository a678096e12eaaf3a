"""How the service is now: put together from the rooms that know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kiosk.service.operations.readiness import Look, Readiness
from kiosk.service.platform.connection_places import ConnectionGate
from kiosk.service.routes.event_hub import Hub
from kiosk.service.shared.context import Service
from kiosk.service.store import directory_sources
from kiosk.service.store.errors import StoreError
from kiosk.service.store.schema import audit_chain, checkpoint, message


@dataclass(frozen=True, slots=True)
class DirectoryState:
    """A directory by its ``name``, an administrator's word. ``good``: when it was last carried out, Unix time, 0 for
    never. ``trouble``: whether its last answer was not."""

    name: str
    good: int
    trouble: bool


@dataclass(frozen=True, slots=True)
class Measurements:
    """How it is: ``stations`` with an open event stream, ``connections`` by kind (``proved``, ``unproved``), messages
    that wait, rows of all chains of the trail, and Unix times (0: never) of the newest checkpoint and of the end of the
    server's certificate. ``queue`` and ``rows`` are None where the database does not answer."""

    stations: int
    proved: int
    unproved: int
    queue: int | None
    rows: int | None
    checkpoint: int | None
    certificate_ends: int
    storage_low: bool
    looks: tuple[Look, ...]
    directories: tuple[DirectoryState, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stored:
    queue: int
    rows: int
    checkpoint: int
    directories: tuple[DirectoryState, ...]


@dataclass(slots=True)
class ServiceState:
    """``certificate_ends``: of the certificate that is served, Unix time. ``gate``: once the service listens."""

    service: Service
    hub: Hub
    readiness: Readiness
    certificate_ends: Callable[[], int]
    gate: ConnectionGate | None = None

    async def now(self) -> Measurements:
        """Raises nothing: what the database does not say is left out."""
        looks = await self.readiness.now()
        stored: _Stored | None = None
        if all(look.ok for look in looks if look.name == "database"):
            try:
                stored = await self.service.db.read(_stored, self.service.now())
            except StoreError:
                stored = None
        return Measurements(
            stations=len(self.hub.stations()),
            proved=self.gate.proved if self.gate else 0,
            unproved=self.gate.unproved if self.gate else 0,
            queue=stored.queue if stored else None,
            rows=stored.rows if stored else None,
            checkpoint=stored.checkpoint if stored else None,
            certificate_ends=self.certificate_ends(),
            storage_low=self.service.storage.low(),
            looks=looks,
            directories=stored.directories if stored else (),
        )


def _stored(conn: Connection, now: int) -> _Stored:
    """Read by indexes, or from tables that stay small: the same at any length of the trail."""
    waiting = select(func.count()).select_from(message).where(message.c.sent.is_(None), message.c.dead.is_(None))
    return _Stored(
        queue=conn.execute(waiting).scalar_one(),
        rows=int(conn.execute(select(func.sum(audit_chain.c.head_seq))).scalar() or 0),
        checkpoint=conn.execute(select(checkpoint.c.at).order_by(checkpoint.c.id.desc()).limit(1)).scalar() or 0,
        directories=tuple(
            DirectoryState(state.name, state.good or 0, directory_sources.present_trouble(state, now) is not None)
            for state in directory_sources.states(conn)
        ),
    )
