"""What the risk of a step-up costs among a thousand rows of the trail and among a million.

The past is read, every signal looked at, what was learned is written, in a transaction, with both databases.
What a decision with it costs: ``policy``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from kiosk.model.stepup import StepUpAsk
from kiosk.service.ceremonies import risk_learned, risk_now
from kiosk.service.shared import risk_memory
from kiosk.service.shared.context import Service
from kiosk.service.shared.frame import Frame
from kiosk.service.store import lookups
from tests.benchmarks.finding import CHAINS, fill
from tests.benchmarks.table import Row, at_most, p95
from tests.fakes.postgres import cluster
from tests.fakes.service import Hospital, hospital

SIZES = (1_000, 1_000_000)
TRIES = 300
MAX_RISK_MS = 2.0
ADA = "04A1B2C3"
ASK = StepUpAsk(action="record.export", resource="Ward/3", records=60, purpose="transfer of care")


def measure(work: Path) -> Iterator[Row]:
    yield from asyncio.run(_risk("SQLite", work / "sqlite", ["" for _ in SIZES]))
    with cluster(durable=True) as postgres:
        yield from asyncio.run(_risk("PostgreSQL", work / "postgres", [postgres.fresh() for _ in SIZES]))


async def _risk(kind: str, work: Path, urls: list[str]) -> list[Row]:
    rows: list[Row] = []
    for size, url in zip(SIZES, urls, strict=True):
        async with hospital(work / str(size), url) as running:
            took = await _took(running, size)
        before = rows[0].value if rows else None
        rows.append(at_most(f"risk of a step-up among {size} rows, {kind}, p95", p95(took), "ms", MAX_RISK_MS, before))
    return rows


async def _took(running: Hospital, size: int) -> list[float]:
    """Milliseconds of each try, without the transaction's own beginning and end."""
    person = await running.person("ada")
    await running.badge(person, ADA)
    station = await running.station()
    await station.open(ADA)
    for number in range(CHAINS):
        await running.db.write(fill, f"s{number}", size // CHAINS)
    await asyncio.to_thread(running.db.scrub_now, ("audit_row", "evidence", "opening"))
    took = []
    for _ in range(TRIES):
        running.clock.pass_by(7)
        took.append(await running.db.write(_once, running.service, person, station.client_id))
    return took


def _once(conn: Connection, service: Service, person: str, station: str) -> float:
    here, known = lookups.station(conn, station), lookups.person_by_id(conn, person)
    if here is None or known is None:
        raise RuntimeError("neither was made")
    frame = Frame(service, conn, here, service.now(), source="10.0.0.1")
    begun = time.perf_counter()
    risk_now.of_step_up(frame, known, ASK)
    risk_learned.asked(frame, known)
    risk_memory.write(conn, frame.memory, frame.now)
    return (time.perf_counter() - begun) * 1000
