"""Whoever leaves, is suspended or has another role: what an administrator does holds at the service at once."""

from __future__ import annotations

import functools

import pytest
from sqlalchemy import Connection

from kiosk.service.admin import life, people, recovery
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.policy import PolicyRules, roles
from kiosk.service.store import lookups, start_codes
from kiosk.service.store import people as store_people
from tests.fakes.client import NOW
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital
from tests.service.authenticators.acts_of_admins import ADA, do, has, told


async def test_whoever_leaves_is_out_everywhere_at_once(either: Hospital) -> None:
    person = await either.person("ada")
    await either.badge(person, ADA)
    key = await give_key(either, person)
    stations = [await either.station(name, exempt=True) for name in ("ward-1", "ward-2")]
    sessions = [await station.open(ADA) for station in stations]
    application = await either.application()
    asked = (await stations[0].step_up(sessions[0], audience="https://export.example")).body
    challenge = (await stations[0].challenge(asked["id"], "fido2", "transfer of care")).body
    granted = await stations[0].prove(asked["id"], key.sign(challenge), "transfer of care")
    token = granted.body["grant"]["token"]
    assert await do(either, life.leave, "ada") == (3, 2)
    assert sorted(await told(either)) == sorted(("end", session) for session in sessions)
    assert (await stations[0].tap(ADA)).code == "unknown_badge"
    redeemed = await application.post("/v1/tokens/redeem", {"token": token})
    assert (redeemed.status, redeemed.code) == (403, "suspended")
    known = await either.db.read(lookups.person_by_login, "ada")
    assert known is not None
    assert (known.suspended, known.person.roles) == (True, ())
    row = (await either.trail("admin"))[-1]["detail"]
    assert (row["act"], row["sessions_ended"], len(row["factors"]), row["roles"]) == ("person.leave", 2, 3, ["nurse"])
    # One who comes back begins anew.
    await do(either, people.resume, "ada")
    assert await has(either, person) == []


async def test_whoever_is_suspended_is_out_everywhere_and_comes_back_without_grace(either: Hospital) -> None:
    person = await either.person("ada")
    await either.badge(person, ADA)
    stations = [await either.station(name, exempt=True) for name in ("ward-1", "ward-2")]
    sessions = [await station.open(ADA) for station in stations]
    begun = (await (await either.station("ward-3")).tap(ADA)).body
    assert begun["state"] == "done"  # within grace
    assert await do(either, people.suspend, "ada") == 3
    assert sorted(event for event in await told(either) if event[1] in sessions) == sorted(
        ("end", session) for session in sessions
    )
    assert (await stations[0].tap(ADA)).code == "suspended"
    await do(either, people.resume, "ada")
    again = await stations[0].tap(ADA)
    assert (again.body["state"], again.body["why"]) == ("prove", "first_sign_in")
    acts = [row["detail"] for row in await either.trail("admin")]
    assert [(row["act"], row.get("sessions_ended")) for row in acts[-2:]] == [
        ("person.suspend", 3),
        ("person.resume", None),
    ]


async def test_a_resume_takes_the_grace_of_one_whom_an_earlier_version_suspended(service: Hospital) -> None:
    person = await service.person("ada")
    await service.badge(person, ADA)
    station = await service.station()
    await station.open(ADA)
    await service.db.write(store_people.set_active, person, False)
    await do(service, people.resume, "ada")
    assert (await station.tap(ADA)).body["state"] == "prove"


async def test_a_start_code_ends_with_a_suspension(either: Hospital) -> None:
    await either.person("ada")
    keys = either.folder.keys.badge
    code = await do(either, recovery.start_code, keys, "ada", "first day")
    await do(either, people.suspend, "ada")
    assert (await either.trail("admin"))[-1]["detail"]["code_withdrawn"] is True
    await do(either, people.resume, "ada")
    assert await either.db.write(start_codes.use, keys, code, NOW) is None


async def test_another_role_locks_what_is_open(service: Hospital) -> None:
    person = await service.person("ada")
    await service.badge(person, ADA)
    session = await (await service.station()).open(ADA)
    assert await do(service, life.transfer_role, "ada", "nurse", "prescriber") == 1
    assert await told(service) == [("lock", session)]
    for old, new, said in (("nurse", "clerk", "does not have"), ("prescriber", "prescriber", "already")):
        with pytest.raises(ActRefusedError, match=said):
            await do(service, life.transfer_role, "ada", old, new)


async def test_a_role_that_comes_or_goes_locks_what_is_open_and_ends_what_is_being_proved(either: Hospital) -> None:
    person = await either.person("ada")
    await either.badge(person, ADA)
    await either.totp(person)
    station = await either.station()
    for act, role in ((people.add_role, "prescriber"), (people.remove_role, "prescriber")):
        session = await station.open(ADA)
        under_way = await station.step_up(session)
        assert under_way.body["state"] == "prove"
        assert await do(either, act, "ada", role) == 1
        assert (await told(either))[-1] == ("lock", session)
        assert (await station.pin(str(under_way.body["id"]), "123456")).body["state"] == "refused"
        assert (await station.tap(ADA)).body["state"] == "prove", "grace is over"


async def test_a_role_that_looks_like_a_known_one_is_asked_back(service: Hospital) -> None:
    await service.person("ada")
    named = roles.named(PolicyRules())
    assert {"prescriber", "administrator", "supervisor", "help_desk", "visitor"} <= named
    for act in (people.add_role, functools.partial(_transferred, "nurse")):
        with pytest.raises(ActRefusedError, match="did you mean “prescriber”"):
            await do(service, act, "ada", "perscriber", named)
    with pytest.raises(ActRefusedError, match="did you mean “nurse”"):
        await do(service, people.add_role, "ada", "nurses", named)
    await do(service, people.add_role, "ada", "porter", named)
    await do(service, people.add_role, "ada", "nurses", None)


def _transferred(old: str, conn: Connection, admin: Admin, login: str, role: str, named: frozenset[str]) -> int:
    return life.transfer_role(conn, admin, login, old, role, named)
