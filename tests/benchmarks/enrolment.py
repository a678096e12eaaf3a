"""What the service takes for each step of an enrolment, on both databases: request in, answer out, its row durable.

The key's own time is left out, because the key is simulated here in memory; a PIN's Argon2id hash, which is slow on
purpose, is measured right before each step that makes one, and taken off.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from kiosk.service.proofs.pin_and_otp import HASHER
from tests.benchmarks.table import Row, at_most, p95
from tests.fakes.enrolling import KEY_PRESENTED, Plastic, Wizard, give_start_code, start_code, supervisor, uid
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.postgres import cluster
from tests.fakes.service import Hospital, hospital

PERSONS = 25
LIMIT = 50.0
BOSS = "04DDDDDDDDDDDD"
ORDER = (
    "begin", "own proof by a key", "a second person taps", "their proof by a key", "a badge made", "a badge tried",
    "a key made", "challenge of a try", "a key tried", "a PIN made", "a PIN tried", "recovery codes tried",
    "list of factors",
)  # fmt: skip


def measure(work: Path) -> Iterator[Row]:
    yield from rows("SQLite", work / "sqlite", "")
    with cluster(durable=True) as postgres:
        yield from rows("PostgreSQL", work / "postgresql", postgres.fresh())


def rows(kind: str, work: Path, url: str) -> Iterator[Row]:
    taken = asyncio.run(a_day(work, url))
    for step in ORDER:
        beyond = " beyond its hash" if " PIN " in step else ""
        yield at_most(f"enrolment: {step}, p95, {kind}{beyond}", p95(taken[step]) * 1000, "ms", LIMIT)


class Timed:
    """Notes how long each step took."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = defaultdict(list)

    async def __call__(self, step: str, call: Callable[[], Awaitable[Any]]) -> Any:
        begun = time.perf_counter()
        answer = await call()
        self.taken[step].append(time.perf_counter() - begun)
        return answer

    async def beyond_hash(self, step: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """The same, without one Argon2id hash on a thread."""
        begun = time.perf_counter()
        await asyncio.to_thread(HASHER.hash, "735190")
        hashing = time.perf_counter() - begun
        answer = await self(step, call)
        self.taken[step][-1] -= hashing
        return answer


async def a_day(work: Path, url: str) -> dict[str, list[float]]:
    """So many persons get a badge on somebody's word, then a key, a PIN and recovery codes on their own."""
    timed = Timed()
    async with hospital(work, url) as running:
        boss = await supervisor(running, BOSS)
        here = Wizard(await running.station())
        for number in range(PERSONS):
            person = await running.person(f"p{number}", f"Person {number}")
            own = await give_key(running, person)
            await first_badge(running, timed, here, person, f"04{number:012X}", boss)
            await with_own_key(timed, here, "key", own, a_key)
            await with_own_key(timed, here, "pin", own, a_pin)
            await with_own_key(timed, here, "recovery", own, some_codes)
            await the_list(timed, here, await opened(here, f"04{number:012X}"))
    return timed.taken


async def first_badge(running: Hospital, timed: Timed, here: Wizard, person: str, number: str, boss: SoftKey) -> None:
    code = await give_start_code(running, person)
    await timed("begin", lambda: here.begin(start_code(code), "badge"))
    await timed("a second person taps", lambda: here.second(uid(BOSS)))
    asked = (await here.station.challenge(here.view["ceremony"]["id"], "fido2")).body
    signed = boss.sign(asked)
    ceremony = here.view["ceremony"]["id"]
    await timed("their proof by a key", lambda: here.station.prove(ceremony, signed))
    await here.look()
    await timed("a badge made", lambda: here.made({"presented": uid(number), "kind": "badge"}))
    await timed("a badge tried", lambda: here.try_badge(number))
    require(here)


async def with_own_key(
    timed: Timed, here: Wizard, kind: str, own: SoftKey, then: Callable[[Timed, Wizard], Awaitable[None]]
) -> None:
    await timed("begin", lambda: here.begin(KEY_PRESENTED, kind))
    ceremony = here.view["ceremony"]["id"]
    signed = own.sign((await here.station.challenge(ceremony, "fido2")).body)
    await timed("own proof by a key", lambda: here.station.prove(ceremony, signed))
    await here.look()
    await then(timed, here)
    require(here)


async def a_key(timed: Timed, here: Wizard) -> None:
    plastic = Plastic.blank()
    made = plastic.made(here.view["make"]["key"])
    await timed("a key made", lambda: here.made(made))
    signed = plastic.signer.sign(await timed("challenge of a try", here.challenge))
    await timed("a key tried", lambda: here.tried({"proof": signed, "kind": "key"}))


async def a_pin(timed: Timed, here: Wizard) -> None:
    await timed.beyond_hash("a PIN made", lambda: here.made({"pin": "735190", "kind": "pin"}))
    await timed.beyond_hash("a PIN tried", lambda: here.type("735190"))


async def some_codes(timed: Timed, here: Wizard) -> None:
    codes = here.view["make"]["recovery"]["codes"]
    await here.made({"kind": "seen"})
    code = codes[here.view["make"]["number"] - 1]
    await timed("recovery codes tried", lambda: here.type(code))


async def the_list(timed: Timed, here: Wizard, session: str) -> None:
    answer = await timed("list of factors", lambda: here.station.get(f"/v1/sessions/{session}/factors"))
    if len(answer.body["factors"]) != 5:
        raise RuntimeError(f"this is not what was enrolled: {answer.body}")


async def opened(here: Wizard, number: str) -> str:
    view = await here.station.tap(number)
    return str((await here.station.pin(view.body["id"], "735190")).body["session"]["id"])


def require(here: Wizard) -> None:
    if here.step != "done":
        raise RuntimeError(f"an enrolment did not end as it should: {here.view}")
