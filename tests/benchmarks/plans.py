"""What a tap costs the database beside ever more persons and rows of the trail: counted, so that no load matters.

``python -m tests.benchmarks plans``. ``SCALE_MOST`` is the largest number (1,000,000), as in ``scale``. A plan is flat
where the largest size costs at most ``FLAT`` times what the smallest does, and the database goes about it the same way.
"""

from __future__ import annotations

import asyncio
import functools
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection, text

from kiosk.service.folder import finish
from tests.benchmarks import finding
from tests.benchmarks.scale import FLAT, people
from tests.benchmarks.table import Row, at_most
from tests.fakes.client import Client
from tests.fakes.meter import Meter, plans_of
from tests.fakes.postgres import cluster
from tests.fakes.service import Hospital, hospital

MAX_SIZE = int(os.environ.get("SCALE_MOST", "1000000"))
SIZES = tuple(size for size in (10_000, 100_000, 1_000_000) if size <= max(MAX_SIZE, 10_000))
AT_ONCE = 10_000
ADA = "04A1B2C3D4E5F6"
TAPS = 5
WAY = re.compile(r"(SEARCH|SCAN|[A-Z][A-Za-z ]* Scan) .*")
Found = list[tuple[str, int, int, int, bool]]
"""What grew, to which size, what a tap costs, what it cost at the smallest size, whether it is done the same way."""


def measure(work: Path) -> Iterator[Row]:
    yield from _rows("SQLite", "steps", asyncio.run(grown(work / "sqlite", "")))
    with cluster() as postgres:
        yield from _rows("PostgreSQL", "rows read", asyncio.run(grown(work / "postgres", postgres.fresh())))


def _rows(kind: str, unit: str, found: Found) -> Iterator[Row]:
    for what, size, cost, least, same in found:
        name = f"a tap beside {size:,} {what}, {kind}, {unit}; against {SIZES[0]:,}"
        yield at_most(name, cost, "", FLAT * least, least, f"≤ {FLAT:g}×")
        yield Row(f"the database goes about it the same way beside {size:,} {what}, {kind}", int(same), "", 1, "", same)


async def grown(work: Path, url: str) -> Found:
    found: Found = []
    async with hospital(work / "data", url) as running:
        finish(running.folder)
        running.clock.now = time.time()
        running.tampered = True  # the rows that make it large are chained, and signed by no workstation
        station = await running.station()
        await running.badge(await running.person("ada"), ADA)
        await station.open(ADA)
        meter = Meter(running)
        for what, fill in (("rows of the trail", trail), ("persons", functools.partial(staff, running))):
            there, least, plan = 0, 0, frozenset[str]()
            for size in SIZES:
                there = await asyncio.to_thread(_fill, running, fill, there, size)
                cost, ways = await tap(running, station, meter)
                least, plan = least or cost, plan or ways
                found += [(what, size, cost, least, ways == plan)] if size > SIZES[0] else []
    return found


def _fill(running: Hospital, fill: Callable[[Connection, int, int], None], there: int, size: int) -> int:
    """As a command does it: with more time than the service gives itself. How many there are now."""
    store = running.folder.database()
    try:
        for first in range(there, size, AT_ONCE):
            store.write_now(fill, first, AT_ONCE)
        store.write_now(_analyse)
    finally:
        store.close_now()
    return size


def trail(conn: Connection, first: int, number: int) -> None:
    for chain in range(finding.CHAINS):
        finding.fill(conn, f"o{first}{chain:02}", number // finding.CHAINS)


def staff(running: Hospital, conn: Connection, first: int, number: int) -> None:
    people(conn, running.folder.keys.badge, first, number)


async def tap(running: Hospital, station: Client, meter: Meter) -> tuple[int, frozenset[str]]:
    """The least that one of several taps costs, and how the database goes about it."""
    costs = []
    for _ in range(TAPS):
        meter.cost, meter.statements = 0, []
        answer = await station.tap(ADA)
        if answer.body.get("state") != "done":
            raise RuntimeError(f"a tap was told {answer.body}")
        costs.append(meter.cost)
    lines = await running.db.read(plans_of, meter.statements, running.db.kind)
    found = (WAY.search(line.partition("(cost=")[0]) for line in lines)
    return min(costs), frozenset(way[0].strip() for way in found if way is not None)


def _analyse(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":  # as the server does by itself within a minute of so many new rows
        conn.execute(text("ANALYZE"))
