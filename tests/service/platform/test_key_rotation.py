"""The keys of rows, PINs and code apps are exchanged under a running service, on both databases."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from sqlalchemy import Connection, text, update

from kiosk.service.admin import rotation
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.admin.rotation import Kind, Rotated, Rotation
from kiosk.service.folder import open_folder
from kiosk.service.platform import key_folder
from kiosk.service.platform.key_folder import KeyFolder
from kiosk.service.platform.keys import KeyFileError, load
from kiosk.service.store import codes, integrity, people, renewing, vouching
from kiosk.service.store.database import Database
from kiosk.service.store.examining import examine
from kiosk.service.store.schema import pin, totp
from kiosk.settings import save
from tests.fakes.service import Hospital

ADA, BOB = "04A1B2C3", "04112233445566"
BOTH: list[Kind] = ["row", "pin"]
both = pytest.mark.parametrize("kind", BOTH)
Act = Literal["prepare", "rotate", "retire"]


async def run(hospital: Hospital, kind: Kind, act: Act) -> Any:
    """As the command does: a process of its own would read the folder anew."""

    def do() -> Any:
        admin = Admin("root", 0, int(time.time()))
        path = hospital.folder.path
        save(hospital.folder.settings, path / "service.toml")
        opened = open_folder(path)
        db = opened.database()
        try:
            made = Rotation(db, KeyFolder(path / "keys"), opened.keys, kind)
            return {"prepare": made.prepare, "rotate": made.rotate, "retire": made.retire}[act](admin)
        finally:
            db.close_now()

    return await asyncio.to_thread(do)


async def uses(hospital: Hospital, kind: Kind) -> dict[int, int]:
    return dict(await hospital.db.read(renewing.rows_by_key if kind == "row" else renewing.pins_by_key))


async def ward(hospital: Hospital) -> Any:
    await hospital.badge(await hospital.person("ada"), ADA)
    await hospital.badge(await hospital.person("bob", "Bob Builder"), BOB)
    return await hospital.station()


@both
async def test_a_pin_signs_in_before_between_and_after(either: Hospital, kind: Kind) -> None:
    station = await ward(either)
    await station.open(ADA)
    done = await run(either, kind, "rotate")
    assert (done.number, done.made, done.rows > 1) == (2, True, True)
    await station.open(BOB)
    assert set(await uses(either, kind)) == {2}, "the running service writes under the new key, too"
    assert await run(either, kind, "retire") == [1]
    assert not (either.folder.path / "keys" / f"{kind}-1.key").exists()
    either.clock.pass_by(5 * 3600)
    await station.open(ADA)
    fresh = Database(either.db.url, load(either.folder.path / "keys").guard())
    assert (await asyncio.to_thread(fresh.read_now, examine)).found == [], "without the old key as well"
    fresh.close_now()
    acts = [row["detail"] for row in await either.trail("admin")]
    assert [(act["act"], act["kind"], act["number"]) for act in acts] == [
        ("keys.rotate", kind, 2),
        ("keys.renew", kind, 2),
        ("keys.retire", kind, 1),
    ]


@both
async def test_a_replica_with_the_prepared_key_refuses_nobody(either: Hospital, kind: Kind, tmp_path: Path) -> None:
    await ward(either)
    keys = either.folder.path / "keys"
    shutil.copytree(keys, tmp_path / "keys")
    replica = Database(either.db.url, load(tmp_path / "keys").guard())
    made = await run(either, kind, "prepare")
    assert made == await run(either, kind, "prepare"), "one is enough"
    assert set(await uses(either, kind)) == {1}
    shutil.copy(made, tmp_path / "keys")
    prepared = made.read_bytes()
    await run(either, kind, "rotate")
    assert ((keys / f"{kind}-2.key").read_bytes(), made.exists()) == (prepared, False)
    assert (await asyncio.to_thread(replica.read_now, examine)).found == []
    found = await either.db.read(people.find, "ada")
    assert found is not None
    ada = found.id
    assert await asyncio.to_thread(replica.read_now, _hash_of, ada) is not None
    await asyncio.to_thread(replica.write_now, codes.set_pin, ada, "$argon2 new", 5)
    assert set(await uses(either, kind)) == {2}, "the replica writes under it, too"
    replica.close_now()


def _hash_of(conn: Connection, person: str) -> str | None:
    row = integrity.one(conn, pin, pin.c.person == person)
    assert row is not None
    return vouching.guard_of(conn).pins.unseal(row.hash, person)


@both
async def test_people_sign_in_while_rows_are_written_anew(
    either: Hospital, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "BATCH", 1)
    station = await ward(either)
    for number in range(10):
        await either.person(f"p{number}")
    rotating = asyncio.create_task(run(either, kind, "rotate"))
    await station.open(ADA)
    await station.open(BOB)
    assert (await rotating).made
    await station.open(ADA)


class _StoppedError(Exception):
    pass


def _stop_after(monkeypatch: pytest.MonkeyPatch, kind: Kind, batches: int) -> None:
    name = "renew_rows" if kind == "row" else "renew_pins"
    real: Callable[..., renewing.Batch] = getattr(renewing, name)
    left = [batches]

    def stopping(*args: Any) -> renewing.Batch:
        done = real(*args)
        left[0] -= done.done > 0
        if left[0] < 0:
            raise _StoppedError
        return done

    monkeypatch.setattr(renewing, "BATCH", 1)
    monkeypatch.setattr(rotation, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(renewing, name, stopping)


@both
async def test_a_rotation_that_was_stopped_is_finished_by_the_next_one(
    either: Hospital, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = await ward(either)
    with monkeypatch.context() as patched:
        _stop_after(patched, kind, 1)
        with pytest.raises(_StoppedError):
            await run(either, kind, "rotate")
    assert {1, 2} <= set(await uses(either, kind)), "it stopped in the middle"
    await station.open(ADA)
    await station.open(BOB)
    with pytest.raises(ActRefusedError, match=rf"still need {kind}-1\.key"):
        await run(either, kind, "retire")
    assert (either.folder.path / "keys" / f"{kind}-1.key").exists()
    done = await run(either, kind, "rotate")
    assert (done.number, done.made) == (2, False)
    assert set(await uses(either, kind)) == {2}
    assert await run(either, kind, "retire") == [1]


@both
async def test_many_batches_leave_nothing_behind(either: Hospital, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewing, "BATCH", 1)
    monkeypatch.setattr(rotation, "PAUSE_SECONDS", 0)
    await ward(either)
    await run(either, kind, "rotate")
    again: Rotated = await run(either, kind, "rotate")
    assert (again.number, again.made) == (3, True)
    assert set(await uses(either, kind)) == {3}
    assert await run(either, kind, "retire") == [2, 1]
    assert await run(either, kind, "retire") == []


async def test_a_row_that_the_service_did_not_write_is_not_made_right(either: Hospital) -> None:
    either.tampered = True
    await ward(either)
    forge = text("UPDATE person SET name='Eve' WHERE login='bob'")
    await either.db.write(lambda conn: conn.execute(forge) and None)
    await run(either, "row", "rotate")
    assert (await uses(either, "row"))[1] == 1
    assert await run(either, "row", "retire") == [1], "no row needs it: that one is not believed with it either"
    assert [fault.table for fault in (await either.db.read(examine)).found] == ["person"]


async def test_a_pin_that_is_not_believed_but_opens_keeps_its_key(either: Hospital) -> None:
    either.tampered = True
    await ward(either)
    forge = text("UPDATE pin SET changed=changed+1 WHERE person=(SELECT id FROM person WHERE login='bob')")
    await either.db.write(lambda conn: conn.execute(forge) and None)
    await run(either, "pin", "rotate")
    with pytest.raises(ActRefusedError, match="integrity check"):
        await run(either, "pin", "retire")


@both
async def test_a_row_that_is_written_while_the_key_goes_brings_it_back(
    either: Hospital, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ward(either)
    before = either.folder.path / "keys" / f"{kind}-1.key"
    held = before.read_bytes()
    await run(either, kind, "rotate")
    asked: list[int] = []

    def needed(_conn: object, number: int) -> int:
        asked.append(number)
        return len(asked) - 1

    monkeypatch.setattr(renewing, "rows_that_need" if kind == "row" else "pins_that_need", needed)
    with pytest.raises(ActRefusedError):
        await run(either, kind, "retire")
    assert before.read_bytes() == held
    assert (await either.trail("admin"))[-1]["detail"]["act"] == "keys.retire_undone"


async def test_a_number_of_somebodys_own_loads_nothing_from_elsewhere(service: Hospital) -> None:
    pins, keys = service.folder.keys.pin, service.folder.keys.rows
    (service.folder.path / "row-9.key").write_bytes(b"9" * 32)
    assert not pins.has("../row-9")
    assert not keys.has(9)
    (service.folder.path / "keys" / "row-9.key").write_bytes(b"9" * 32)
    (service.folder.path / "keys" / "row-9.key").chmod(0o644)
    assert not keys.has(9), "open to others"
    assert keys.current == 1


async def test_two_commands_do_not_rotate_at_once(service: Hospital) -> None:
    with KeyFolder(service.folder.path / "keys").locked(), pytest.raises(KeyFileError, match="Another command"):
        await run(service, "row", "rotate")
    assert KeyFolder(service.folder.path / "keys").numbers()["row"] == [1]


def test_a_damaged_prepared_key_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "row-1.key").touch()
    (tmp_path / "row-2.next").touch()
    with pytest.raises(KeyFileError, match="damaged"):
        KeyFolder(tmp_path).make("row")


def test_numbers_end(tmp_path: Path) -> None:
    (tmp_path / f"row-{key_folder.MAX_NUMBER}.key").touch()
    with pytest.raises(KeyFileError, match="no number left"):
        KeyFolder(tmp_path).make("row")


async def codes_use(hospital: Hospital) -> dict[int, int]:
    return dict(await hospital.db.read(renewing.codes_by_key))


async def test_a_code_app_signs_in_before_between_and_after_a_new_key(either: Hospital) -> None:
    station = await ward(either)
    found = await either.db.read(people.find, "ada")
    assert found is not None
    app = await either.totp(found.id)

    async def signs_in() -> None:
        either.clock.pass_by(300)
        view = await station.pin((await station.login("ada")).body["id"], "123456")
        answer = await station.otp(view.body["id"], app.at(int(either.clock())))
        assert answer.body["state"] == "done"

    await signs_in()
    assert await codes_use(either) == {1: 1}
    done = await run(either, "totp", "rotate")
    assert (done.number, done.made, done.rows) == (2, True, 1)
    await signs_in()
    assert await run(either, "totp", "retire") == [1]
    assert not (either.folder.path / "keys" / "totp-1.key").exists()
    await signs_in()
    bob = await either.db.read(people.find, "bob")
    assert bob is not None
    await either.totp(bob.id)  # by the running service
    assert set(await codes_use(either)) == {2}


async def test_a_code_app_that_is_not_the_services_keeps_the_key_that_it_needs(either: Hospital) -> None:
    await ward(either)
    found = await either.db.read(people.find, "ada")
    assert found is not None
    await either.totp(found.id)
    await either.db.write(lambda conn: conn.execute(update(totp).values(created=6)))
    either.tampered = True
    assert (await run(either, "totp", "rotate")).rows == 0
    with pytest.raises(ActRefusedError, match=r"Rows still need totp-1\.key"):
        await run(either, "totp", "retire")
