"""A workstation that has PINs checked by the hundred waits for itself; memory stays, and everybody else is served."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import httpx
import pytest

from kiosk.service.platform.budgets import Budgets
from kiosk.service.platform.pin_turns import PinTurns
from kiosk.service.platform.problems import HttpProblemError
from tests.fakes import attacked_service
from tests.fakes.client import Client

MIB_A_CHECK = 19
AT_ONCE = 60


def peak_mib(pid: int) -> int:
    """The most memory that the process has had, in MiB (proc(5), VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


async def test_a_flood_of_pins_delays_nobody_else_and_fills_no_memory(tmp_path: Path) -> None:
    rules = "[policy]\nquick_failures = 100\nlockout = 50\n"
    async with attacked_service.ward(tmp_path, ["ada", "eve"], stations=2, rules=rules) as ward:
        evil, other = await ward.station(), await ward.station()
        await other.open(ward.uids["ada"], attacked_service.PIN)  # one check, so that what it loads is loaded
        before = peak_mib(ward.service.pid)
        begun = (await evil.tap(ward.uids["eve"])).body["id"]
        flood = [asyncio.create_task(_wrong(evil, begun)) for _ in range(AT_ONCE)]
        login = await other.login("ada")
        assert (await other.pin(login.body["id"], attacked_service.PIN)).status == 200
        codes = await asyncio.gather(*flood)
        assert codes.count("overloaded") + codes.count("closed") > AT_ONCE // 2
        assert set(codes) <= {"closed", "stale_counter", "overloaded", "wrong_pin", "too_fast", "locked_out"}
        checks = min(Budgets().pin_checks, os.cpu_count() or 1)
        assert peak_mib(ward.service.pid) - before <= checks * MIB_A_CHECK + 40
        # Once it is over, the flooded workstation serves its people again.
        assert (await evil.pin((await evil.tap(ward.uids["eve"])).body["id"], attacked_service.PIN)).body[
            "state"
        ] == "done"


async def _wrong(station: Client, ceremony: str) -> str:
    try:
        return (await station.pin(ceremony, "000000")).code
    except httpx.TransportError:
        return "closed"  # one of more connections than a workstation may have


def turns(**budgets: int) -> PinTurns:
    return PinTurns(Budgets(**{"pin_checks": 1, **budgets}))


async def test_turns_go_round_by_workstation() -> None:
    queue, done = turns(pin_queue=3), list[str]()

    async def one(party: str, name: str) -> None:
        await queue.run(party, lambda: done.append(name))

    held = threading.Event()
    first = asyncio.create_task(queue.run("evil", held.wait))
    await asyncio.sleep(0)
    tasks = [asyncio.create_task(one("evil", f"evil-{n}")) for n in range(3)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(one("ward", f"ward-{n}")) for n in range(2)]
    await asyncio.sleep(0)
    held.set()
    await asyncio.gather(first, *tasks)
    assert done == ["evil-0", "ward-0", "evil-1", "ward-1", "evil-2"]


async def test_a_turn_that_comes_as_its_owner_leaves_is_the_next_ones() -> None:
    """Too late by a moment, or gone: else that place is lost until the service starts again, and in time all are."""
    queue, held = turns(), threading.Event()
    leaving: list[asyncio.Task[str]] = []

    async def first() -> None:
        await queue.run("ada", held.wait)
        leaving[0].cancel()  # has its turn by now, and has not heard of it

    holding = asyncio.create_task(first())
    await asyncio.sleep(0)
    leaving.append(asyncio.create_task(queue.run("ben", lambda: "never")))
    await asyncio.sleep(0)
    held.set()
    await holding
    with pytest.raises(asyncio.CancelledError):
        await leaving[0]
    async with asyncio.timeout(30):
        assert await queue.run("eve", lambda: "checked") == "checked"


async def test_whoever_has_enough_waiting_is_told_at_once() -> None:
    queue = turns(pin_queue=2)
    tasks = [asyncio.create_task(queue.run("evil", lambda: None)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(HttpProblemError) as told:
        await queue.run("evil", lambda: None)
    assert (told.value.status, told.value.code) == (503, "overloaded")
    other = asyncio.create_task(queue.run("ward", lambda: "checked"))
    await asyncio.gather(*tasks)
    assert await other == "checked"


async def test_whoever_waits_too_long_or_goes_away_leaves_no_turn_behind() -> None:
    queue = turns(pin_seconds=1)
    blocked = asyncio.create_task(queue._turn("ward"))
    await blocked
    with pytest.raises(HttpProblemError):
        await queue.run("ward", lambda: None)
    gone = asyncio.create_task(queue.run("ward", lambda: None))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    queue._next()
    assert await queue.run("ward", lambda: "checked") == "checked"
    assert await queue.run("ward", lambda: "again") == "again"
