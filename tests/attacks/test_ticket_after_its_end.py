"""The service ends somebody's tickets while the answer of their sign-in is still on its way to the workstation."""

from __future__ import annotations

from pathlib import Path

import pytest_asyncio
from sqlalchemy import select

from kiosk.service.store import downtime
from kiosk.service.store.schema import station_event
from tests.fakes.apart import Apart, apart
from tests.fakes.service import Hospital


@pytest_asyncio.fixture
async def ward(service: Hospital, tmp_path: Path) -> Apart:
    return await apart(service, tmp_path)


async def ended(made: Hospital, person: str) -> list[tuple[str, str]]:
    """Their tickets are ended; session and ticket of each event."""
    now = int(made.clock())
    await made.db.write(lambda conn: downtime.forget(conn, person, now))
    wanted = select(station_event.c.session, station_event.c.where_).where(station_event.c.kind == "forget")
    rows = await made.db.read(lambda conn: conn.execute(wanted).all())
    return [(row.session, row.where_) for row in rows]


async def test_a_ticket_that_comes_after_its_end_is_not_kept(ward: Apart) -> None:
    ward.own.drop(lambda _: True)  # the answer has not come yet
    [(session, ticket)] = await ended(ward.hospital, ward.person)
    ward.own.forget(session, ticket)
    ward.own.keep(ward.ticket)
    assert list(ward.own.tickets()) == []
    assert list(ward.started().tickets()) == [], "nor is it on the disk"


async def test_the_ticket_of_the_next_sign_in_counts(ward: Apart) -> None:
    for session, ticket in await ended(ward.hospital, ward.person):
        ward.own.forget(session, ticket)
    assert list(ward.own.tickets()) == []
    await ward.sign_in()
    assert len(ward.own.tickets()) == 1


async def test_an_older_service_that_names_none_ends_what_is_there(ward: Apart) -> None:
    [(session, _)] = await ended(ward.hospital, ward.person)
    ward.own.forget(session, None)
    assert list(ward.own.tickets()) == []
