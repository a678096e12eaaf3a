"""The slowest tap of a stranger while an administrator's long act runs, and while that is stopped in the middle.

One service and its stations are in this process; the act is a command of its own on the same PostgreSQL database,
stopped (SIGSTOP) for seconds at several moments of its life.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from kiosk.service.folder import finish
from tests.benchmarks.table import Row, at_most
from tests.fakes.client import Client
from tests.fakes.keys import give_key
from tests.fakes.postgres import cluster
from tests.fakes.service import Hospital, hospital

LIMIT = 250.0
"""Milliseconds."""
STOPS, STOPPED = 3, 2.0
"""How often the act is stopped, and for how many seconds."""
PERSONS, KEYS = 6000, 300
UID = "04A1B2C3D4E5F6"


def measure(work: Path) -> Iterator[Row]:
    with cluster(durable=True) as postgres:
        for name, slowest, stopped, taken in asyncio.run(acts(work, postgres.fresh())):
            yield at_most(f"slowest tap while “{name}” runs ({taken:.1f} s), PostgreSQL", slowest, "ms", LIMIT)
            yield at_most(f"the same, stopped {STOPS} times for {STOPPED:g} s each", stopped, "ms", LIMIT)


async def acts(work: Path, url: str) -> list[tuple[str, float, float, float]]:
    """Name, slowest tap in milliseconds while it runs, and while it is stopped; how long it ran."""
    found = []
    async with hospital(work / "data", url) as running:
        finish(running.folder)
        running.clock.now = time.time()
        station = await running.station()
        await running.badge(await running.person("ada"), UID)
        await station.open(UID)
        for at in range(KEYS):
            await give_key(running, await running.person(f"k{at}", pin=None), trusted=True)
        for letter in "pq":
            (work / f"{letter}.csv").write_text(people(letter))
        moves = work / "moves.csv"
        moves.write_text("login,place\n" + "".join(f"p{at},Ward 99\n" for at in range(PERSONS // 4)))
        plans: dict[str, tuple[str, ...]] = {
            "import": ("import", str(work / "p.csv")),
            "import --update": ("import", str(moves), "--update", "--yes"),
            "metadata judge": ("metadata", "judge"),
        }
        for name, words in plans.items():
            slowest, taken = await while_running(running, station, words, stops=0)
            again = {"import": ("import", str(work / "q.csv"))}.get(name, words)
            stopped, _ = await while_running(running, station, again, stops=STOPS)
            found.append((name, slowest, stopped, taken))
    return found


def people(letter: str) -> str:
    lines = [f"{letter}{at},Person {at},nurse,04{ord(letter):02X}{at:010X},Ward {at % 30}" for at in range(PERSONS)]
    return "\n".join(["login,name,roles,uid,place", *lines])


async def while_running(running: Hospital, station: Client, words: tuple[str, ...], stops: int) -> tuple[float, float]:
    """The slowest tap in milliseconds, and seconds of the act."""
    begun, slowest = time.monotonic(), 0.0
    async with command(running, words) as process:
        halting = asyncio.create_task(_halt(process, stops))
        while process.returncode is None:
            sent = time.monotonic()
            answer = await station.tap(UID)
            slowest = max(slowest, time.monotonic() - sent)
            if answer.body.get("state") != "done":
                raise RuntimeError(f"a tap was told {answer.body}")
            running.clock.now = time.time()
            await asyncio.sleep(0.05)  # one tap every 50 ms is what is measured
        await halting
        if process.returncode not in (0, 2):
            raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}")
    return slowest * 1000, time.monotonic() - begun


@asynccontextmanager
async def command(running: Hospital, words: tuple[str, ...]) -> AsyncIterator[asyncio.subprocess.Process]:
    whole = [sys.executable, "-m", "kiosk", "admin", "--data", str(running.folder.path), *words]
    null = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*whole, stdin=null, stdout=null, stderr=null)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _halt(process: asyncio.subprocess.Process, stops: int) -> None:
    for _ in range(stops):
        await asyncio.sleep(0.7)  # into the middle of the act
        if process.returncode is not None:
            return
        os.kill(process.pid, signal.SIGSTOP)
        await asyncio.sleep(STOPPED)  # taps are measured while it stands still
        os.kill(process.pid, signal.SIGCONT)
