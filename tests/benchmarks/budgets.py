"""What one party can do to all: whom it can lock out, what it can fill, how long it can shut the door.

Each is tried for real, on a service process over TLS. What a station may add in an hour is what it added until it was
refused, and what its budget lets in besides while an hour passes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import statistics
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from kiosk.service.platform.budgets import Budgets
from tests.benchmarks.table import Row, at_most
from tests.fakes import attacked_service
from tests.fakes.attacked_service import Ward
from tests.fakes.client import NOW, Client
from tests.fakes.postgres import cluster

COLLEAGUES = 30
TRIES = 10
DESCRIPTORS, SILENT = 300, 600
PAIRS = 150
MIB = 1024 * 1024


def measure(work: Path) -> Iterator[Row]:
    with cluster(durable=True) as postgres:
        for kind, database in (("SQLite", ""), ("PostgreSQL", postgres.fresh())):
            locked = asyncio.run(lockable(work / f"lock-{kind}", database))
            yield at_most(f"colleagues that one can lock out of badge and PIN, of {COLLEAGUES}, {kind}", locked, "", 0)
        rows, size = asyncio.run(fill(work / "fill"))
        yield at_most("rows that one station can add in an hour", rows, "rows", 10_000)
        yield at_most("what it can add in an hour", size / MIB, "MiB", 32, 10 * 1024)
        shut = asyncio.run(silence(work / "silent"))
        what = f"a stranger's request while {SILENT} silent connections come, {DESCRIPTORS} descriptors"
        yield at_most(f"{what}, the longest of 20", shut, "s", 2, 61)
        for kind, database in (("SQLite", ""), ("PostgreSQL", postgres.fresh())):
            apart, noise, known = asyncio.run(timing(work / f"time-{kind}", database))
            what = f"a wrong PIN at a login that nobody has answers sooner or later by, {kind}"
            limit = max(1.0, 3 * noise)
            yield at_most(what, apart, "ms", limit, known, f"≤ 1 ms, or 3 standard errors ({3 * noise:.1f} ms)")


async def lockable(path: Path, database: str) -> int:
    """How many cannot open a session with badge and PIN after one colleague has tried everything at every login."""
    colleagues = [f"nurse{number}" for number in range(COLLEAGUES)]
    async with attacked_service.ward(path, ["eve", *colleagues], stations=2, database=database) as ward:
        evil, other = await ward.station(), await ward.station()
        for login in colleagues:
            for _ in range(TRIES):
                await evil.pin((await evil.login(login)).body["id"], "000000")
            view = (await evil.tap(ward.uids["eve"])).body
            if view["state"] == "prove":
                await evil.pin(view["id"], attacked_service.PIN)
        locked = 0
        for login in colleagues:
            view = (await other.tap(ward.uids[login])).body
            if view["state"] == "prove":
                view = (await other.pin(view["id"], attacked_service.PIN)).body
            locked += view["state"] != "done"
        return locked


async def fill(path: Path) -> tuple[float, float]:
    """Rows and bytes of an hour: reports as long as may be, then as short, and taps, each until it is refused."""
    async with attacked_service.ward(path, ["ada"], stations=2) as ward:
        short, long = await ward.station(), await ward.station()
        reports = await until_refused(short, 1)
        taps = 0
        while (await short.tap("04FFFFFFFFFFFF")).status == 200:
            taps += 1
        await until_refused(long, 16)
        size = sum(len(json.dumps(row)) for row in await ward.trail("tap_failed") if len(json.dumps(row)) > 2000)
        budgets = Budgets()
        rows = reports + taps + budgets.other_rows + budgets.sign_in_rows
        hour = (budgets.other_rows + budgets.sign_in_rows) * budgets.row_bytes
        return rows, size + budgets.sign_in_rows * budgets.row_bytes + hour


async def until_refused(station: Client, details: int) -> int:
    """How many reports were taken, each with so many texts."""
    taken = 0
    while True:
        detail = {f"{number:0256}": "x" * 256 for number in range(details)} if details > 1 else {}
        batch = [
            {"id": str(uuid.uuid4()), "action": "tap_failed", "at": NOW, "session": None, "reason": None}
            | {"detail": detail}
            for _ in range(5 if details > 1 else 100)
        ]
        if (await station.post("/v1/reports", {"reports": batch})).status != 204:
            return taken
        taken += len(batch)


async def silence(path: Path) -> float:
    """Seconds of a stranger's slowest request while silent connections come without a pause."""
    async with attacked_service.ward(path, [], descriptors=DESCRIPTORS) as ward:
        held: list[socket.socket] = []
        try:
            for _ in range(SILENT):
                one = socket.socket()
                held.append(one)
                with contextlib.suppress(OSError):
                    one.connect(("127.0.0.1", ward.service.port))
            return max([await asked(ward) for _ in range(20)])
        finally:
            for connection in held:
                connection.close()


async def asked(ward: Ward) -> float:
    begun = time.monotonic()
    reader, writer = await asyncio.open_connection("localhost", ward.service.port, ssl=ward.service.trust())
    writer.write(b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    await reader.readline()
    writer.close()
    return time.monotonic() - begun


async def timing(path: Path, database: str) -> tuple[float, float, float]:
    """Of wrong PINs at known logins and at those that nobody has, in turn: how far apart a pair is (median), the
    standard error of that, and the median of the known ones. Milliseconds."""
    rules = "[policy]\nquick_failures = 100\nslow_first = 1\nslow_most = 1\ntyped_tries = 1000\nlockout = 50\n"
    rules += "lock_first = 30\nlock_most = 30\nsource_tries = 100000\n"
    names = [f"nurse{number}" for number in range(PAIRS // 5)]
    took: dict[bool, list[float]] = {True: [], False: []}
    async with attacked_service.ward(path, names, stations=PAIRS // 25, database=database, rules=rules) as ward:
        stations = [await ward.station() for _ in range(PAIRS // 25)]
        for number in range(PAIRS):
            for known in (True, False) if number % 2 else (False, True):
                login = names[number % len(names)] if known else f"other{number % len(names)}"
                station = stations[number % len(stations)]
                begun = (await station.login(login)).body["id"]
                before = time.perf_counter()
                await station.pin(begun, "000000")
                took[known].append(time.perf_counter() - before)
    apart = [(known - nobody) * 1000 for known, nobody in zip(took[True], took[False], strict=True)]
    error = 1.253 * statistics.stdev(apart) / len(apart) ** 0.5
    return abs(statistics.median(apart)), error, statistics.median(took[True]) * 1000
