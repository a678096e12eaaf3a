"""What the service forgets of what is long over, and what it keeps of it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, select

from kiosk.service.jobs import history
from kiosk.service.store import integrity, inventory
from kiosk.service.store.schema import session
from tests.fakes.client import NOW
from tests.fakes.service import Hospital

BADGE = "04A1B2C3"


def ids(conn: Connection) -> set[str]:
    return set(conn.execute(select(session.c.id)).scalars())


def older(conn: Connection, like: str, name: str, days: int, state: str = "locked", amr: str | None = None) -> str:
    """A session like ``like`` of so many days before."""
    row = conn.execute(select(session).where(session.c.id == like)).one()._mapping
    at = row["opened"] - days * history.DAY
    new = {name: value for name, value in row.items() if name != "mac"}
    new |= {"id": name, "opened": at, "auth_time": at, "locked": at + 60, "state": state, "active_of": None}
    integrity.add(conn, session, {**new, **({} if amr is None else {"amr": amr})})
    return name


async def test_sessions_are_forgotten_after_four_hundred_days_but_for_the_last_of_each_person(either: Hospital) -> None:
    await either.badge(await either.person("ada"), BADGE)
    station = await either.station()
    opened = await station.open(BADGE)
    for name, days in (("long", 500), ("longer", 900), ("lately", 399)):
        await either.db.write(older, opened, name, days)
    before = await either.db.read(inventory.last_sessions), await either.db.read(inventory.last_second_factors)
    await history.forget(either.service)
    assert await either.db.read(ids) == {opened, "lately"}
    assert (
        await either.db.read(inventory.last_sessions),
        await either.db.read(inventory.last_second_factors),
    ) == before


async def test_the_last_session_of_somebody_who_stays_away_is_kept_and_so_is_their_last_proof(either: Hospital) -> None:
    await either.badge(await either.person("ada"), BADGE)
    opened = await (await either.station()).open(BADGE)
    await either.db.write(older, opened, "proved", 800)
    await either.db.write(older, opened, "tapped", 700, "locked", '["pop"]')
    await either.db.write(older, opened, "tapped before", 750, "locked", '["pop"]')
    gone = {"amr": "[]", "opened": int(NOW) - 600 * history.DAY, "state": "ended", "active_of": None}
    await either.db.write(integrity.change, session, session.c.id == opened, gone)
    await history.forget(either.service)
    assert await either.db.read(ids) == {opened, "proved"}


async def test_an_open_session_is_kept_however_old(either: Hospital) -> None:
    await either.badge(await either.person("ada"), BADGE)
    opened = await (await either.station()).open(BADGE)
    await either.db.write(older, opened, "odd", 800, "open")
    await history.forget(either.service)
    assert "odd" in await either.db.read(ids)


async def test_a_replica_that_does_not_lead_forgets_nothing(either: Hospital) -> None:
    await either.badge(await either.person("ada"), BADGE)
    opened = await (await either.station()).open(BADGE)
    await either.db.write(older, opened, "long", 500)

    class Follows:
        leads = False

    await history.forget(replace(either.service, lead=Follows()))  # type: ignore[arg-type]
    assert "long" in await either.db.read(ids)
