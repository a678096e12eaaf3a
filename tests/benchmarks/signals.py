"""How long from another system's signal until the workstation of its person has heard to lock.

A service that is a process of its own, over TLS: the token is posted, verified, carried out and in the trail, and the
lock comes by the workstation's open stream. Transmitter, workstation and service share this machine's cores.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.table import Row, at_most, p95
from tests.fakes.central import ServiceProcess
from tests.fakes.signalled import signalled

ROUNDS = 20
LIMIT_MS = 1000
AT_ONCE = 5
"""Signals of one person until the brake would hold: it counts anew after an administrator's word."""


def measure(work: Path) -> Iterator[Row]:
    process = ServiceProcess(work)
    try:
        process.start()
        heard = asyncio.run(_heard(process, work))
    finally:
        process.close()
    yield at_most("a signal in until its lock is heard, p95, SQLite", p95(heard), "ms", LIMIT_MS)
    yield at_most("a signal in until its lock is heard, the longest, SQLite", max(heard), "ms", LIMIT_MS)


async def _heard(process: ServiceProcess, work: Path) -> list[float]:
    found = []
    async with signalled(process, work) as ward:
        others = [f"nurse{number}" for number in range(ROUNDS // AT_ONCE)]
        for login in others:
            process.admin("person", "add", login, "--name", login, "--role", "nurse")
        for number, _ in enumerate(others):
            uid = f"04B1C2D3E4F5{number:02X}"
            login = others[number]
            process.admin("badge", "add", login, "--uid", uid)
            process.admin("pin", "set", login, typed="735190\n")
            async with ward.listening() as events:
                await anext(events)
                for _again in range(AT_ONCE):
                    await ward.here.open(uid, "735190")
                    begun = time.monotonic()
                    status = await ward.revoke(login)
                    while (await anext(events))["reason"] != "signal":
                        pass
                    found.append((time.monotonic() - begun) * 1000)
                    if status != 202:
                        raise AssertionError(f"the signal was answered {status}")
    return found
