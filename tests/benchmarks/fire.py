"""Several service processes on one PostgreSQL database under fire, by seeds; nothing is lost, doubled or out of order.

Each process is a replica with stations of its own; all tap, prove and administer the same few persons at once. After
each seed the trail is verified by the command that a hospital has. ``python -m tests.benchmarks fire``; ``FIRE_SEEDS``
says how many seeds.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx

from kiosk.service.admin import life, people
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.app import build, service_for
from kiosk.service.folder import finish, open_folder
from kiosk.service.store.errors import StoreError
from tests.benchmarks.table import Row, at_most
from tests.fakes.client import ORIGIN, Client
from tests.fakes.fire import Fire, settled
from tests.fakes.postgres import cluster
from tests.fakes.service import Hospital, hospital

PROCESSES, STATIONS, PERSONS, ACTS = 3, 3, 4, 60
SEEDS = int(os.environ.get("FIRE_SEEDS", "5"))


def measure(work: Path) -> Iterator[Row]:
    with cluster() as postgres:
        wrong, told = 0, Counter[str]()
        for seed in range(SEEDS):
            broken, answers = asyncio.run(burn(work / f"seed{seed}", postgres.fresh(), seed))
            wrong, told = wrong + broken, told + answers
        what = f"seeds of {SEEDS} whose trail or sessions do not hold, {PROCESSES} processes on PostgreSQL"
        yield at_most(what, wrong, "", 0)
        odd = sum(number for word, number in told.items() if word not in ("done", "prove", "refused", "acted"))
        yield at_most(f"of {sum(told.values())} acts at once, those that were told to try again", odd, "", 0)


async def burn(path: Path, url: str, seed: int) -> tuple[bool, Counter[str]]:
    """Whether anything does not hold after it, and what the acts were told."""
    async with hospital(path, url) as running:
        finish(running.folder)
        running.clock.now = time.time()
        for at in range(PERSONS):
            await running.badge(await running.person(f"p{at}"), uid_of(at))
        words = [sys.executable, "-m", "tests.benchmarks.fire", str(path)]
        workers = [
            await asyncio.create_subprocess_exec(*words, str(seed * 100 + at), stdout=subprocess.PIPE)
            for at in range(PROCESSES)
        ]
        told: Counter[str] = Counter()
        for worker in workers:
            out, _ = await worker.communicate()
            told += Counter(out.decode().split())
            told["crashed"] += worker.returncode != 0
        try:
            await Fire(running, [running.app], [running.http], seed).holds()
        except AssertionError as broken:
            print(f"seed {seed}: {broken}", file=sys.stderr)
            return True, told
        verify = [sys.executable, "-m", "kiosk", "audit", "verify", "--data", str(path)]
        return (await (await asyncio.create_subprocess_exec(*verify, stdout=subprocess.DEVNULL)).wait()) != 0, told


def uid_of(at: int) -> str:
    return f"04{at:02X}B2C3D4E5F6"


async def worker(path: Path, seed: int) -> None:
    """One replica and its stations; prints what each act was told."""
    chance, folder = random.Random(seed), open_folder(path)
    db = folder.database()
    app, whole = build(service_for(folder, db, time.time))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=whole), base_url=ORIGIN) as http:
        service = app.state.service
        replica = Hospital(folder, db, time.time, service, http, app)  # type: ignore[arg-type]  # the real clock
        stations = [await replica.station(f"s{seed}-{at}", f"Ward {at}") for at in range(STATIONS)]
        for _ in range(ACTS):
            many = [act(replica, chance.choice(stations), chance) for _ in range(chance.randrange(1, 6))]
            print(*await asyncio.gather(*many), flush=True)
    await app.state.hub.stop()
    await db.close()


async def act(replica: Hospital, station: Client, chance: random.Random) -> str:
    """One act of anybody; what it was told."""
    at, admin = chance.randrange(PERSONS), Admin("root", 0, int(time.time()))
    try:
        match chance.randrange(12):
            case 0:
                await replica.db.write(people.suspend, admin, f"p{at}")
            case 1:
                await replica.db.write(people.resume, admin, f"p{at}")
            case 2:
                await replica.db.write(life.transfer_role, admin, f"p{at}", *chance.sample(["nurse", "doctor"], 2))
            case _:
                return await sign_in(station, uid_of(at), chance.choice(["123456", "123456", "999999"]))
    except ActRefusedError:
        return "refused"
    except StoreError as error:
        return type(error).__name__
    return "acted"


async def sign_in(station: Client, uid: str, pin: str) -> str:
    view = await settled(lambda: station.tap(uid))
    if view.body.get("state") == "prove":
        view = await settled(lambda: station.pin(view.body["id"], pin))
    return str(view.body.get("state") or view.code)


if __name__ == "__main__":
    asyncio.run(worker(Path(sys.argv[1]), int(sys.argv[2])))
