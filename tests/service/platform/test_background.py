"""Work in the background goes on, whatever goes wrong once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from kiosk.service.channels import outbox as messages
from kiosk.service.channels.rules import MessageRules
from kiosk.service.jobs import housekeeping, message_delivery
from kiosk.service.platform import background
from kiosk.service.routes.event_hub import Hub
from kiosk.service.store import enrolments, events, jtis
from kiosk.service.store import messages as outbox
from kiosk.service.store.errors import StoreDownError
from tests.fakes.client import NOW
from tests.fakes.service import Hospital

SECRET = "mailto:ada@home.example"


class Faulty:
    """Raises ``faults`` one after the other, then goes well; cancels by itself after ``most`` turns."""

    def __init__(self, *faults: Exception, most: int) -> None:
        self._faults = list(faults)
        self._most = most
        self.turns = 0

    async def __call__(self) -> None:
        self.turns += 1
        if self.turns > self._most:
            raise asyncio.CancelledError
        if self._faults:
            raise self._faults.pop(0)


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that were asked for; none takes any time."""
    found: list[float] = []
    sleep = asyncio.sleep

    async def at_once(seconds: float) -> None:
        found.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", at_once)
    return found


async def test_what_fails_is_done_again_later_and_later_and_as_before_once_it_went_well(waited: list[float]) -> None:
    once = Faulty(
        KeyError(SECRET), StoreDownError("The database does not answer."), ValueError(), RuntimeError(), most=6
    )
    with pytest.raises(asyncio.CancelledError):
        await background.run_periodically("the work", once, every=60, first=2, longest=10)
    assert waited == [2, 4, 8, 10, 60, 60]


async def test_a_failure_is_named_with_its_place_and_nothing_of_a_person(caplog: pytest.LogCaptureFixture) -> None:
    assert not await background.attempt("the work", Faulty(KeyError(SECRET), most=1))
    assert not await background.attempt("the work", Faulty(StoreDownError("The database does not answer."), most=1))
    unforeseen, foreseen = caplog.records
    assert unforeseen.levelno == logging.ERROR
    assert "the work failed, by a fault of this program (KeyError)" in unforeseen.getMessage()
    assert Path(__file__).name in unforeseen.getMessage()
    assert SECRET not in caplog.text
    assert (foreseen.levelno, foreseen.getMessage()) == (
        logging.WARNING,
        "the work failed: The database does not answer.",
    )


async def test_one_part_of_housekeeping_that_fails_keeps_no_other_from_its_work(
    either: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_conn: Connection, _now: int) -> list[enrolments.EnrolmentRow]:
        raise KeyError("step")

    monkeypatch.setattr(enrolments, "too_old", broken)
    now = either.service.now()
    assert await either.db.write(jtis.use, "jkt", "one", now - 1)
    await housekeeping.tidy_by_parts(either.service)
    assert await either.db.write(jtis.use, "jkt", "one", now + 60), "what was used and has expired was not forgotten"


async def test_delivery_goes_on_after_a_fault(
    service: Hospital, monkeypatch: pytest.MonkeyPatch, waited: list[float]
) -> None:
    faults = [RuntimeError("fault"), RuntimeError("fault")]
    delivered = asyncio.Event()

    async def one(_service: object, _rules: object) -> bool:
        if faults:
            raise faults.pop()
        delivered.set()
        return False

    monkeypatch.setattr(message_delivery, "deliver_one", one)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(message_delivery.run(service.service, MessageRules(("program",))))
        async with asyncio.timeout(10):
            await delivered.wait()
        task.cancel()
    assert waited[:2] == [5, 10]


async def test_a_message_that_cannot_be_handed_over_is_tried_later_and_stops_no_other(
    service: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_rules: object, _body: bytes) -> str | None:
        raise UnicodeError(SECRET)

    monkeypatch.setitem(message_delivery.HANDS, "program", broken)
    person = await service.person("ada")
    await service.db.write(outbox.set_contact, person, SECRET)
    await service.db.write(messages.tell, person, "factor_added", NOW)
    assert await message_delivery.deliver_one(service.service, MessageRules(("program",)))
    [(left, _)] = await service.db.read(outbox.unsent)
    assert left.error == "it could not be handed over (UnicodeError)"


async def test_streams_hear_of_events_after_a_fault_in_looking_for_them(
    either: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = (await either.station()).client_id
    after, faults = events.after, [KeyError("fault")]

    def once_broken(conn: Connection, last: int, missing: Sequence[int]) -> object:
        if faults:
            raise faults.pop()
        return after(conn, last, missing)

    hub = Hub(either.db)
    stream = await hub.open(station)
    monkeypatch.setattr(events, "after", once_broken)
    await either.db.write(events.add_all, [(None, station)], "lock", either.service.now(), "factor")
    async with asyncio.timeout(20):
        heard = await stream.next(20)
    await hub.stop()
    assert heard is not None
    assert not faults


async def test_a_bell_that_broke_rings_again(service: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    store = service.db._sqlite
    assert store is not None
    version, faults = store.data_version, [KeyError("fault"), KeyError("fault")]

    def twice_broken() -> int:
        if faults:
            raise faults.pop()
        return version()

    monkeypatch.setattr(store, "data_version", twice_broken)
    await service.db.event_after(10**9, 1.0)
    assert not faults
    assert not await service.db.event_after(10**9, 0.1)
