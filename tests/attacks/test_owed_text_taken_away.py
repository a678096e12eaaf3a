"""Attempts to make what is owed about an emergency access, or what was written about it, disappear by the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, delete, insert, select, update

from kiosk.service.admin import integrity
from kiosk.service.admin.act import Admin
from kiosk.service.audit import put_back
from kiosk.service.store import emergencies, review_cases
from kiosk.service.store.guarded import CASES
from kiosk.service.store.schema import emergency_use, manifest
from tests.fakes.client import Client
from tests.fakes.service import Hospital, hospital
from tests.service.ceremonies.test_owed_texts import BADGE, RULES, begin, news, write


@pytest_asyncio.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Hospital]:
    async with hospital(tmp_path / "data", emergency=RULES) as made:
        await made.badge(await made.person("ada"), BADGE)
        yield made


def kept(conn: Connection) -> dict[str, Any]:
    return dict(conn.execute(select(emergency_use)).one()._mapping)


def put(conn: Connection, row: dict[str, Any] | None) -> None:
    conn.execute(delete(emergency_use))
    if row is not None:
        conn.execute(insert(emergency_use), row)


async def written(ward: Hospital, station: Client, use: str) -> None:
    session, _ = await news(station)
    assert (await write(station, session, use)).status == 200
    assert (await ward.db.read(put_back.examine)).found == []
    assert await ward.db.read(emergencies.missing) == []
    assert await ward.db.read(review_cases.missing) == []


@pytest.mark.parametrize("when", ["owed", "written"])
async def test_an_emergency_access_that_is_taken_away_is_named(ward: Hospital, when: str) -> None:
    """Nobody would be asked for a text about it, and nobody would read what was written."""
    station = await ward.station()
    use = await begin(station)
    if when == "written":
        await written(ward, station, use)
    ward.tampered = True
    await ward.db.write(put, None)
    assert await ward.db.read(emergencies.missing) == [use]
    found = (await ward.db.read(put_back.examine)).found
    assert f"{CASES}{station.client_id}/use:{use}" in {fault.key for fault in found}


async def test_a_text_that_is_taken_away_by_an_earlier_row_is_named(ward: Hospital) -> None:
    """The row as it was before somebody wrote, with its right code."""
    station = await ward.station()
    use = await begin(station)
    before = await ward.db.read(kept)
    await written(ward, station, use)
    ward.tampered = True
    await ward.db.write(put, before)
    assert await ward.db.read(emergencies.missing) == [use]
    found = (await ward.db.read(put_back.examine)).found
    assert {fault.key for fault in found} == {f"{CASES}{station.client_id}/text:{use}"}


async def test_row_and_list_put_back_together_contradict_the_trail(ward: Hospital) -> None:
    station = await ward.station()
    use = await begin(station)
    before = await ward.db.read(kept)
    listed = select(manifest).where(manifest.c.subject == CASES + station.client_id)
    list_before = dict((await ward.db.read(lambda conn: conn.execute(listed).one()))._mapping)
    await written(ward, station, use)
    ward.tampered = True

    def both(conn: Connection) -> None:
        put(conn, before)
        conn.execute(delete(manifest).where(manifest.c.subject == CASES + station.client_id))
        conn.execute(insert(manifest), list_before)

    await ward.db.write(both)
    assert CASES + station.client_id in {fault.key for fault in (await ward.db.read(put_back.examine)).found}


async def test_a_list_that_an_administrator_makes_anew_still_has_it(ward: Hospital) -> None:
    station = await ward.station()
    use = await begin(station)
    await written(ward, station, use)
    ward.tampered = True
    subject, admin = CASES + station.client_id, Admin("root", 0, int(ward.clock()))
    bent = update(manifest).where(manifest.c.subject == subject).values(body="{}")
    await ward.db.write(lambda conn: conn.execute(bent))
    await ward.db.write(integrity.accept, admin, "manifest", subject, "looked at each")
    assert (await ward.db.read(put_back.examine)).found == []
    await ward.db.write(put, None)
    assert await ward.db.read(emergencies.missing) == [use]
