"""A PIN that SQL wrote opens nothing: not a new hash, not a colleague's, not the one before, not a suspended one."""

from __future__ import annotations

from kiosk.service.proofs.pin_and_otp import HASHER
from kiosk.service.store import codes, factors
from tests.fakes.client import NOW, Client
from tests.fakes.service import Hospital
from tests.fakes.sqlwriter import SqlWriter

ADA, EVE = "04A1B2C3", "04112233445566"


async def ward(hospital: Hospital) -> tuple[str, str, Client]:
    """Ada, Eve who knows their own PIN, and a station."""
    ada = await hospital.person("ada")
    await hospital.badge(ada, ADA)
    eve = await hospital.person("eve", "Eve", pin="864208")
    await hospital.badge(eve, EVE)
    return ada, eve, await hospital.station()


async def refused(station: Client, pin: str) -> None:
    answer = await station.tap(ADA)
    if answer.status == 200:
        answer = await station.pin(answer.body["id"], pin)
    assert (answer.status, answer.code) == (403, "integrity"), answer.body


async def test_a_hash_that_sql_wrote(either: Hospital) -> None:
    ada, _, station = await ward(either)
    await SqlWriter(either).sql("UPDATE pin SET hash = :h WHERE person = :p", h=HASHER.hash("111222"), p=ada)
    await refused(station, "111222")
    assert (await either.trail("integrity"))[0]["detail"]["table"] == "pin"
    eve = await station.open(EVE, "864208")
    assert eve, "nobody else is concerned"


async def test_a_colleagues_hash(either: Hospital) -> None:
    ada, eve, station = await ward(either)
    writer = SqlWriter(either)
    (theirs,) = await writer.rows("pin", "person = :p", p=eve)
    await writer.sql("UPDATE pin SET hash = :h WHERE person = :p", h=theirs["hash"], p=ada)
    await refused(station, "864208")
    await writer.sql("UPDATE pin SET mac = :m WHERE person = :p", m=theirs["mac"], p=ada)
    await refused(station, "864208")


async def test_two_rows_that_changed_places(either: Hospital) -> None:
    ada, eve, station = await ward(either)
    writer = SqlWriter(either)
    await writer.sql("DELETE FROM pin WHERE person = :p", p=ada)
    await writer.sql("UPDATE pin SET person = :a WHERE person = :e", a=ada, e=eve)
    await refused(station, "864208")


async def test_the_pin_before(either: Hospital) -> None:
    ada, _, station = await ward(either)
    writer = SqlWriter(either)
    (before,) = await writer.rows("pin", "person = :p", p=ada)
    await either.db.write(codes.set_pin, ada, HASHER.hash("975310"), NOW)
    await writer.put_back("pin", before, "person")
    await refused(station, "123456")


async def test_a_pin_that_was_suspended(either: Hospital) -> None:
    ada, _, station = await ward(either)
    writer = SqlWriter(either)
    (before,) = await writer.rows("pin", "person = :p", p=ada)
    await either.db.write(factors.suspend, "pin", ada, "seen", NOW)
    await writer.sql("UPDATE pin SET suspended = NULL, suspended_why = NULL WHERE person = :p", p=ada)
    await refused(station, "123456")
    await writer.put_back("pin", before, "person")
    await refused(station, "123456")


async def test_a_new_pin_given_by_the_service_ends_it(either: Hospital) -> None:
    ada, _, station = await ward(either)
    await SqlWriter(either).sql("UPDATE pin SET hash = :h WHERE person = :p", h=HASHER.hash("111222"), p=ada)
    await refused(station, "111222")
    await either.db.write(codes.set_pin, ada, HASHER.hash("975310"), NOW)
    assert await station.open(ADA, "975310")
