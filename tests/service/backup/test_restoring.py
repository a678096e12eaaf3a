"""A service is restored while its stations go on, on both databases: nothing comes back that was taken away."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from kiosk.service.admin import life, people, stations
from kiosk.service.admin.act import Admin
from kiosk.service.backup import aftermath
from kiosk.service.backup.restoring import RestoreOrder
from kiosk.service.backup.sealed_file import BackupFileError
from kiosk.service.store import factors
from kiosk.service.store import people as stored
from kiosk.service.store.schema import downtime_ticket, session
from tests.fakes.apart import apart
from tests.fakes.client import Client
from tests.fakes.service import Hospital
from tests.service.backup.conftest import Vault, restore, seal, serving, verified

ADA, BOB = "04A1B2C3", "04112233445566"


async def ward(hospital: Hospital) -> Client:
    await hospital.badge(await hospital.person("ada"), ADA)
    await hospital.badge(await hospital.person("bob", "Bob Builder"), BOB)
    return await hospital.station()


def admin(hospital: Hospital) -> Admin:
    return Admin("root", 0, int(hospital.clock()))


async def test_a_backup_carries_the_rsa_key_and_one_of_before_gets_its_own(
    service: Hospital, vault: Vault, tmp_path: Path
) -> None:
    """Tokens that applications hold are verified by the same key; a backup without one is restored all the same."""
    key = service.folder.path / "keys" / "rsa-1.pem"
    had = key.read_bytes()
    made = await vault.make(service)
    done = await asyncio.to_thread(
        restore, made.path, service.clock, RestoreOrder(tmp_path / "same", "sqlite", hold=False)
    )
    assert (tmp_path / "same" / "keys" / "rsa-1.pem").read_bytes() == had and done.folder.keys.rsa
    made = await vault.make(service, without=key)
    done = await asyncio.to_thread(
        restore, made.path, service.clock, RestoreOrder(tmp_path / "new", "sqlite", hold=False)
    )
    assert (tmp_path / "new" / "keys" / "rsa-1.pem").read_bytes() != had and done.folder.keys.rsa


async def test_who_lost_a_badge_after_the_backup_does_not_get_in_by_it_and_a_station_goes_on(
    either: Hospital, vault: Vault, spare: str, tmp_path: Path
) -> None:
    station = await ward(either)
    other = await either.station("ward-4")
    await station.open(ADA)
    await seal(either)
    made = await vault.make(either)
    # After the backup: more taps, a badge is lost, a station is revoked. The copy knows until here.
    await station.open(BOB)
    badge = await either.db.read(lambda conn: factors.of_person(conn, _id(conn, "bob"))[0].short)
    await either.db.write(life.report_lost, admin(either), "bob", badge)
    await either.db.write(stations.revoke, admin(either), "ward-4")
    either.clock.pass_by(30)
    copy = Path(shutil.copy(await seal(either), tmp_path / "copy.jsonl"))
    # After the copy, the station alone knows.
    await station.open(ADA)
    into = tmp_path / "again"
    either.clock.pass_by(60)
    order = RestoreOrder(into, spare, copy=copy)
    done = await asyncio.to_thread(restore, made.path, either.clock, order)
    assert (done.after.held, done.after.revoked, done.trail) == (("bob",), ("ward-4",), "")
    async with serving(into, either.clock, station) as again:
        refused = await station.tap(BOB)
        assert refused.body["state"] == "refused", refused.body
        await station.open(ADA)
        await station.open(ADA)
        other.http = station.http
        assert (await other.ask_token()).status in (400, 401)
        states = await again.db.read(lambda conn: set(conn.execute(select(session.c.state)).scalars()))
        assert states <= {"ended", "open", "locked"}
        conflicts = await again.trail("trail_conflict")
        assert [row["reason"] for row in conflicts] == ["restored"]
        again.clock.pass_by(1000)
        await seal(again)
        assert not await again.trail("checkpoint_refused")
        report = await asyncio.to_thread(verified, into)
        assert report.finding is None, report.finding
        assert report.status == 4
        report = await asyncio.to_thread(verified, into, copy)
        assert report.finding is None, report.finding
        (told,) = report.restores
        gone = {chain: (first, last) for chain, first, last in told.gone}
        assert set(gone) == {"service", station.client_id}
        assert gone[station.client_id][1] >= conflicts[0]["detail"]["seq"], "also what only the station knew"
        # Confirmed, Bob gets in.
        assert await again.db.read(aftermath.waiting) == ["bob"]
        await again.db.write(aftermath.confirm, admin(again), "bob")
        assert await again.db.read(aftermath.waiting) == []
        await station.open(BOB)


async def test_a_badge_that_was_taken_before_stays_taken_and_an_honest_ward_goes_on(
    either: Hospital, vault: Vault, spare: str, tmp_path: Path
) -> None:
    station = await ward(either)
    await either.db.write(people.suspend, admin(either), "bob")
    copy = Path(shutil.copy(await seal(either), tmp_path / "copy.jsonl"))
    made = await vault.make(either)
    into = tmp_path / "again"
    done = await asyncio.to_thread(restore, made.path, either.clock, RestoreOrder(into, spare, copy=copy))
    assert done.after.held == ()
    async with serving(into, either.clock, station):
        await station.open(ADA)
        assert (await station.tap(BOB)).body["state"] == "refused"
    report = await asyncio.to_thread(verified, into, copy)
    assert (report.finding, report.status) == (None, 0)
    assert len(report.restores) == 1


async def test_no_downtime_ticket_of_before_is_believed(
    either: Hospital, vault: Vault, spare: str, tmp_path: Path
) -> None:
    """Which signatures were told of since nobody knows, also by tickets that are over."""
    ward = await apart(either, tmp_path / "home")
    ward.pass_by(3600)
    await ward.sign_in()
    made = await vault.make(either)
    into = tmp_path / "again"
    await asyncio.to_thread(restore, made.path, either.clock, RestoreOrder(into, spare, hold=False))
    async with serving(into, either.clock, ward.station) as again:
        ended = await again.db.read(lambda conn: conn.execute(select(downtime_ticket.c.ended)).scalars().all())
        assert len(ended) == 2
        assert None not in ended


async def test_without_a_copy_somebody_has_to_say_who_is_held(service: Hospital, vault: Vault, tmp_path: Path) -> None:
    station = await ward(service)
    await station.open(ADA)
    made = await vault.make(service)
    into = tmp_path / "again"
    with pytest.raises(BackupFileError, match="Nobody says"):
        restore(made.path, service.clock, RestoreOrder(into))
    assert not into.exists()
    assert restore(made.path, service.clock, RestoreOrder(into, hold=True)).after.held == ("ada", "bob")
    async with serving(into, service.clock, station):
        assert (await station.tap(ADA)).body["state"] == "refused"


async def test_nothing_is_written_over_without_a_word(service: Hospital, vault: Vault, tmp_path: Path) -> None:
    made = await vault.make(service)
    into = tmp_path / "again"
    into.mkdir()
    (into / "notes").write_text("mine")
    with pytest.raises(BackupFileError, match="not empty"):
        restore(made.path, service.clock, RestoreOrder(into, hold=False))
    assert [path.name for path in into.iterdir()] == ["notes"]
    done = restore(made.path, service.clock, RestoreOrder(into, hold=False, replace=True))
    assert done.aside is not None
    assert (done.aside / "notes").read_text() == "mine"


async def test_a_damaged_backup_restores_nothing_and_brings_back_what_was_there(
    service: Hospital, vault: Vault, tmp_path: Path
) -> None:
    made = await vault.make(service)
    bent = bytearray(made.path.read_bytes())
    bent[-20] ^= 1
    made.path.write_bytes(bent)
    into = tmp_path / "again"
    with pytest.raises(BackupFileError):
        restore(made.path, service.clock, RestoreOrder(into, hold=False))
    assert not into.exists()


@pytest.mark.postgres
async def test_a_database_with_rows_is_refused_and_replaced_when_told(
    service: Hospital, vault: Vault, tmp_path: Path, hospital_cluster: object, request: pytest.FixtureRequest
) -> None:
    from tests.fakes.postgres import Cluster

    cluster = request.getfixturevalue("hospital_cluster")
    assert isinstance(cluster, Cluster)
    station = await ward(service)
    made = await vault.make(service)
    url = await asyncio.to_thread(cluster.fresh)
    first = RestoreOrder(tmp_path / "one", url, hold=False)
    await asyncio.to_thread(restore, made.path, service.clock, first)
    second = RestoreOrder(tmp_path / "two", url, hold=False)
    with pytest.raises(BackupFileError, match="database is not empty"):
        await asyncio.to_thread(restore, made.path, service.clock, second)
    assert not (tmp_path / "two").exists()
    told = RestoreOrder(tmp_path / "two", url, hold=False, replace=True)
    await asyncio.to_thread(restore, made.path, service.clock, told)
    async with serving(tmp_path / "two", service.clock, station) as again:
        assert again.db.kind == "postgresql", "from SQLite into PostgreSQL"
        await station.open(ADA)
        assert (await asyncio.to_thread(verified, tmp_path / "two")).finding is None
    await asyncio.to_thread(cluster.drop, url)


def _id(conn: Connection, login: str) -> str:
    found = stored.find(conn, login)
    assert found is not None
    return found.id
