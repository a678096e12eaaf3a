"""Somebody has a directory's token, or wants one: what they reach, and what they do not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from kiosk.service.admin.act import Admin
from kiosk.service.directory import tokens
from kiosk.service.store.schema import METADATA, directory_source, directory_token
from tests.fakes.directories import ROLES, person, set_directory, speaker
from tests.fakes.scim import ScimSpeaker
from tests.fakes.service import Hospital

DAY = 86_400


async def status_of(there: ScimSpeaker) -> int:
    return (await there.ask("GET", "/Users")).status


async def test_a_token_that_was_revoked_or_has_ended_opens_nothing(service: Hospital) -> None:
    there, later = await speaker(service), await speaker(service, "okta", days=2)
    assert await status_of(there) == await status_of(later) == 200
    admin = Admin("root", 0, int(service.clock()))
    await service.db.write(tokens.revoke, admin, there.said.split("_")[1])
    assert await status_of(there) == 401
    assert (await there.ask("POST", "/Users", {"userName": "eve"})).status == 401
    service.clock.pass_by(2 * DAY)
    assert await status_of(later) == 401


async def test_a_token_revoked_while_its_request_is_read_changes_nothing(
    service: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked at once more in the transaction that carries the request out."""
    there = await speaker(service)
    admin, read = Admin("root", 0, int(service.clock())), service.service.db.read

    async def read_then_revoke(fn: Any, *args: Any) -> Any:
        found = await read(fn, *args)
        monkeypatch.undo()
        await service.db.write(tokens.revoke, admin, there.said.split("_")[1])
        return found

    monkeypatch.setattr(service.service.db, "read", read_then_revoke)
    assert (await there.ask("POST", "/Users", {"userName": "eve"})).status == 401
    assert [row for row in await service.trail("admin") if row["detail"]["act"] == "person.add"] == []


async def test_the_secret_is_nowhere_at_rest(service: Hospital) -> None:
    there = await speaker(service)
    await there.user("anna")
    secret = there.said.split("_", 2)[2]

    def every_cell(conn: Connection) -> str:
        return json.dumps(
            [list(map(str, row)) for table in METADATA.sorted_tables for row in conn.execute(select(table))]
        )

    assert secret not in await service.db.read(every_cell)


async def test_a_token_that_is_only_a_row_or_was_made_good_again_is_not_believed(service: Hospital) -> None:
    service.tampered = True
    there, other = await speaker(service), await speaker(service, "okta")
    admin = Admin("root", 0, int(service.clock()))
    made = there.said.split("_")[1]
    await service.db.write(tokens.revoke, admin, made)
    await service.db.write(
        lambda conn: conn.execute(update(directory_token).where(directory_token.c.id == made).values(revoked=None))
    )
    assert (await there.ask("GET", "/Users")).status == 403
    mine = other.said.split("_")[1]
    await service.db.write(
        lambda conn: conn.execute(update(directory_token).where(directory_token.c.id == mine).values(source="entra"))
    )
    assert (await other.ask("GET", "/Users")).status == 403


async def test_a_brake_loosened_by_sql_does_not_hold_off(service: Hospital) -> None:
    service.tampered = True
    set_directory(service, leave_percent=0, leave_least=0)
    there = await speaker(service)
    who = await there.user("anna")
    far = int(service.clock()) + DAY
    loose = update(directory_source).values(let_leave=1000, let_until=far)
    await service.db.write(lambda conn: conn.execute(loose))
    assert (await there.ask("DELETE", f"/Users/{who}")).status == 403
    assert (await person(service, "anna")).state == "active"


async def test_a_stolen_token_gives_nobody_power_beyond_the_brake_and_touches_no_one_elses_people(
    service: Hospital,
) -> None:
    set_directory(service, **ROLES)
    await service.person("boss", "The Boss", "help_desk")
    there = await speaker(service)
    ids = [await there.user(f"eve{number}") for number in range(3)]
    desk = await there.group("Desk")
    one = {"op": "add", "path": "members", "value": [{"value": ids[0]}]}
    others = {"op": "add", "path": "members", "value": [{"value": who} for who in ids[1:]]}
    assert (await there.patch(f"/Groups/{desk}", one)).status == 200
    held = await there.patch(f"/Groups/{desk}", others)
    assert held.status == 403 and "directory let entra --privileged 3" in held.body["detail"]
    assert (await person(service, "eve0")).roles == ("help_desk",)  # named by the settings, and one an hour is let
    assert (await person(service, "eve1")).roles == (await person(service, "eve2")).roles == ()
    boss = (await person(service, "boss")).id
    assert (await there.ask("DELETE", f"/Users/{boss}")).status == 404
    assert (await there.patch(f"/Users/{boss}", {"op": "replace", "path": "active", "value": False})).status == 404
    assert (await person(service, "boss")).state == "active"


async def test_whoever_came_by_a_token_has_nothing_to_sign_in_with(service: Hospital) -> None:
    """It makes persons, and no badge, PIN or key of theirs: those come by enrolment, with somebody who vouches."""
    there = await speaker(service)
    who = await there.user("eve", password="123456", x509Certificates=[{"value": "AA=="}])
    assert (await person(service, "eve")).proves_with == ()
    assert "password" not in (await there.ask("GET", f"/Users/{who}")).body
