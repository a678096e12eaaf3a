"""What a directory says by SCIM, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from kiosk.service.admin import people
from kiosk.service.admin.act import Admin
from kiosk.service.directory import carrying
from tests.fakes.directories import ROLES, person, set_directory, speaker
from tests.fakes.scim import WIDE, ScimSpeaker
from tests.fakes.service import Hospital


@pytest_asyncio.fixture
async def entra(service: Hospital) -> ScimSpeaker:
    set_directory(service, **ROLES, **WIDE)
    return await speaker(service)


async def test_a_person_comes_changes_leaves_and_comes_back(either: Hospital) -> None:
    set_directory(either, **ROLES, **WIDE)
    entra = await speaker(either)
    who = await entra.user("Anna@hospital.example", externalId="e-1", emails=[{"value": "a@b.example"}])
    group = await entra.group("Nurses", who)
    line = await person(either, "anna@hospital.example")
    assert (line.id, line.name, line.roles, line.state) == (who, "Anna Okonkwo", ("nurse",), "active")
    changed = await entra.patch(f"/Users/{who}", {"op": "Replace", "path": "active", "value": "False"})
    assert changed.status == 200 and changed.body["active"] is False
    assert (await person(either, line.login)).state == "suspended"
    await entra.patch(f"/Users/{who}", {"op": "replace", "value": {"active": True, "displayName": "Anna O."}})
    line = await person(either, line.login)
    assert (line.name, line.roles, line.state) == ("Anna O.", ("nurse",), "active")
    assert (await entra.ask("DELETE", f"/Users/{who}")).status == 204
    assert (await person(either, line.login)).state == "left"
    gone: dict[str, Any] = {"userName": "anna", "Operations": [{"op": "replace", "path": "active", "value": True}]}
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        assert (await entra.ask(method, f"/Users/{who}", gone)).status == 404
    assert (await entra.ask("GET", f"/Groups/{group}")).body.get("members", []) == []
    again = await entra.user("anna@hospital.example", "Anna O.", externalId="e-1")
    line = await person(either, line.login)
    assert (again, line.state, line.roles) == (who, "active", ())
    rows = [row["detail"] for row in await either.trail("admin")]
    assert {row["source"] for row in rows} == {"entra"}
    assert {row["by"] for row in rows if row["act"].startswith("person.")} == {"directory entra"}


@pytest.mark.parametrize("act", ["DELETE", "PATCH"])
async def test_sessions_end_at_once(service: Hospital, entra: ScimSpeaker, act: str) -> None:
    who = await service.person("anna")
    await service.badge(who, "04A1B2C3")
    now = int(service.clock())
    await service.db.write(carrying.adopt, Admin("root", 0, now), "anna", "entra", None)
    station = await service.station()
    session = await station.open("04A1B2C3")
    assert (await station.get(f"/v1/sessions/{session}")).body["state"] == "open"
    if act == "DELETE":
        assert (await entra.ask("DELETE", f"/Users/{who}")).status == 204
    else:
        await entra.patch(f"/Users/{who}", {"op": "replace", "path": "active", "value": False})
    assert (await station.get(f"/v1/sessions/{session}")).body["state"] == "ended"
    ended = [row["detail"] for row in await service.trail("admin") if "sessions_ended" in row["detail"]]
    assert [(row["act"], row["sessions_ended"]) for row in ended] == [
        ("person.leave" if act == "DELETE" else "person.suspend", 1)
    ]


async def test_what_a_group_gives_goes_with_it(service: Hospital, entra: ScimSpeaker) -> None:
    anna, bo = await entra.user("anna"), await entra.user("bo")
    group = await entra.group("Nurses", anna)
    path = f"/Groups/{group}"
    assert (await entra.patch(path, {"op": "add", "path": "members", "value": [{"value": bo}]})).status == 200
    assert (await person(service, "bo")).roles == ("nurse",)
    await entra.patch(path, {"op": "remove", "path": f'members[value eq "{anna}"]'})
    assert (await person(service, "anna")).roles == ()
    await entra.patch(path, {"op": "Remove", "path": "members", "value": [{"value": bo}]})
    assert (await person(service, "bo")).roles == ()
    await entra.ask("PUT", path, {"displayName": "Nurses", "members": [{"value": anna}, {"value": bo}]})
    assert (await person(service, "bo")).roles == ("nurse",)
    await entra.patch(path, {"op": "replace", "value": {"id": group, "displayName": "Porters"}})
    assert (await person(service, "bo")).roles == ()
    await entra.patch(path, {"op": "replace", "path": "displayName", "value": "nurses"})
    assert (await person(service, "bo")).roles == ("nurse",)
    shown = await entra.ask("GET", f"/Users/{bo}")
    assert [held["display"] for held in shown.body["groups"]] == ["nurses"]
    assert (await entra.ask("DELETE", path)).status == 204
    assert (await person(service, "bo")).roles == () and (await entra.ask("GET", path)).status == 404


async def test_a_role_given_by_hand_stays_unless_a_group_gives_it(service: Hospital, entra: ScimSpeaker) -> None:
    who = await entra.user("anna")
    now = int(service.clock())
    for role in ("surgeon", "nurse"):
        await service.db.write(people.add_role, Admin("root", 0, now), "anna", role)
    await entra.patch(f"/Users/{who}", {"op": "replace", "path": "displayName", "value": "Anna X"})
    assert (await person(service, "anna")).roles == ("surgeon",)


async def test_whom_an_administrator_stopped_no_directory_lets_in(service: Hospital, entra: ScimSpeaker) -> None:
    who, now = await entra.user("anna"), int(service.clock())
    await service.db.write(people.suspend, Admin("root", 0, now), "anna")
    changed = await entra.ask("PUT", f"/Users/{who}", {"userName": "anna", "displayName": "Anna", "active": True})
    assert changed.status == 200 and changed.body["active"] is False
    assert (await entra.ask("DELETE", f"/Users/{who}")).status == 204
    again = await entra.ask("POST", "/Users", {"userName": "anna", "displayName": "Anna"})
    assert again.status == 409 and "person resume" in again.body["detail"]
    assert (await person(service, "anna")).state == "left"


async def test_people_are_found_by_what_is_asked_for(service: Hospital, entra: ScimSpeaker) -> None:
    anna, bo = await entra.user("anna", externalId="e-1"), await entra.user("bo", externalId="e-2")
    await service.person("cleo")  # by hand: not this directory's

    async def found(text: str, kind: str = "Users") -> list[str]:
        answer = await entra.ask("GET", f"/{kind}?filter={text}")
        assert answer.status == 200, answer.body
        return [found["id"] for found in answer.body["Resources"]]

    assert await found('userName eq "ANNA"') == [anna]
    assert await found('externalId eq "e-2" and urn:ietf:params:scim:schemas:core:2.0:User:userName eq "bo"') == [bo]
    assert await found('externalId eq "e-2" and userName eq "anna"') == []
    assert await found('userName eq "cleo"') == [] and await found('id eq "nobody"') == []
    group = await entra.group("Nurses")
    assert await found('displayName eq "Nurses"', "Groups") == [group]
    either_way = 'userName eq "a" or userName eq "b"'
    for bad in ('userName sw "a"', either_way, "userName", 'password eq "x"', '(userName eq "a")'):
        answer = await entra.ask("GET", f"/Users?filter={bad}")
        assert (answer.status, answer.body["scimType"]) == (400, "invalidFilter"), bad


async def test_pages_follow_one_another(service: Hospital, entra: ScimSpeaker) -> None:
    ids = sorted([await entra.user(f"person{number}") for number in range(5)])
    first = await entra.ask("GET", "/Users?startIndex=1&count=2")
    assert (first.body["totalResults"], first.body["itemsPerPage"]) == (5, 2)
    rest = await entra.ask("GET", "/Users?startIndex=3&count=100&attributes=userName")
    assert [found["id"] for found in first.body["Resources"] + rest.body["Resources"]] == ids
    assert {*rest.body["Resources"][0]} == {"schemas", "id", "userName"}
    none = await entra.ask("GET", "/Users?count=0")
    assert (none.body["totalResults"], none.body["Resources"]) == (5, [])
    assert (await entra.ask("GET", "/Users?count=many")).status == 400
    assert (await entra.ask("GET", "/Users?attributes=userName&excludedAttributes=active")).status == 400


async def test_a_change_of_another_version_is_refused(service: Hospital, entra: ScimSpeaker) -> None:
    who = await entra.user("anna")
    read = await entra.ask("GET", f"/Users/{who}")
    old = read.headers["etag"]
    assert old == read.body["meta"]["version"]
    assert (await entra.ask("GET", f"/Users/{who}", if_none_match=old)).status == 304
    named = {"op": "replace", "path": "displayName", "value": "Anna X"}
    assert (await entra.patch(f"/Users/{who}", named, if_match=old)).status == 200
    late = await entra.patch(f"/Users/{who}", named, if_match=old)
    assert (late.status, late.body["status"]) == (412, "412")
    assert (await entra.ask("DELETE", f"/Users/{who}", if_match=old)).status == 412
    assert (await entra.ask("DELETE", f"/Users/{who}", if_match="*")).status == 204
    group = await entra.group("Nurses")
    assert (await entra.ask("PUT", f"/Groups/{group}", {"displayName": "X"}, if_match='W/"other"')).status == 412


WRONG: list[tuple[str, object, int]] = [
    ("/Users", {}, 400),
    ("/Users", {"userName": 7}, 400),
    ("/Users", {"userName": ["anna"]}, 400),
    ("/Users", {"userName": "an na"}, 400),
    ("/Users", {"userName": "x" * 500}, 400),
    ("/Users", {"userName": "anna", "active": "maybe"}, 400),
    ("/Users", {"userName": "anna", "active": 1}, 400),
    ("/Users", {"userName": "anna", "displayName": {"a": 1}}, 400),
    ("/Users", {"userName": "anna", "displayName": "\u202eanna"}, 400),
    ("/Users", {"userName": "anna", "externalId": 10**30}, 400),
    ("/Users", {"userName": "anna", "externalId": "a\x00b"}, 400),
    ("/Users", {"userName": "anna", "name": "Anna"}, 400),
    ("/Users", [], 400),
    ("/Groups", {"displayName": ""}, 400),
    ("/Groups", {"displayName": "X", "members": [{"value": "nobody"}]}, 400),
    ("/Groups", {"displayName": "X", "members": ["anna"]}, 400),
    ("/Groups", {"displayName": "X", "members": [{"value": 1}]}, 400),
    ("/Bulk", {"Operations": []}, 501),
    ("/.search", {}, 501),
    ("/Me", {}, 501),
    ("/Nothing", {}, 404),
]


async def test_wrong_types_are_refused_in_scims_words(service: Hospital, entra: ScimSpeaker) -> None:
    for path, body, status in WRONG:
        answer = await entra.ask("POST", path, body)
        assert answer.status == status, (path, body, answer.body)
        assert answer.body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
        assert answer.body["status"] == str(status) and answer.headers["content-type"] == "application/scim+json"
    assert [row for row in await service.trail("admin") if "person" in row] == []


OPERATIONS: list[tuple[object, int, str]] = [
    ({"op": "move", "path": "active"}, 400, "invalidSyntax"),
    ({"op": 1}, 400, "invalidSyntax"),
    ("remove", 400, "invalidSyntax"),
    ({"op": "remove"}, 400, "noTarget"),
    ({"op": "replace", "path": "shoeSize", "value": 1}, 400, "invalidPath"),
    ({"op": "replace", "path": 7, "value": 1}, 400, "invalidPath"),
    ({"op": "replace", "path": "id", "value": "x"}, 400, "mutability"),
    ({"op": "replace", "path": "groups", "value": []}, 400, "mutability"),
    ({"op": "remove", "path": "userName"}, 400, "mutability"),
    ({"op": "replace", "path": "active", "value": [True]}, 400, "invalidValue"),
    ({"op": "replace", "value": {"userName": None}}, 400, "invalidValue"),
]


async def test_operations_that_make_no_sense_change_nothing(service: Hospital, entra: ScimSpeaker) -> None:
    who = await entra.user("anna")
    for operation, status, kind in OPERATIONS:
        named = {"op": "replace", "path": "displayName", "value": "Changed"}
        answer = await entra.patch(f"/Users/{who}", named, operation)
        assert (answer.status, answer.body["scimType"]) == (status, kind), operation
    taken = await entra.patch(
        f"/Users/{who}",
        {"op": "add", "path": 'emails[type eq "work"].value', "value": "a@b.example"},
        {"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "X"},
        {"op": "replace", "path": "name.givenName", "value": "Anna"},
    )
    assert taken.status == 200 and (await person(service, "anna")).name == "Anna Okonkwo"
    empty: list[Any] = [None, {}, {"Operations": {}}, {"Operations": []}]
    for body in empty:
        assert (await entra.ask("PATCH", f"/Users/{who}", body)).status == 400


async def test_a_thousand_operations_are_taken_and_one_more_is_not(service: Hospital, entra: ScimSpeaker) -> None:
    ids = [await entra.user(f"person{number}") for number in range(30)]
    group = await entra.group("Nurses")
    steps = [{"op": "add", "path": "members", "value": [{"value": ids[n % 30]}]} for n in range(1001)]
    assert (await entra.patch(f"/Groups/{group}", *steps)).status == 413
    assert (await person(service, "person7")).roles == ()
    answer = await entra.patch(f"/Groups/{group}", *steps[:1000])
    assert answer.status == 200 and len(answer.body["members"]) == 30
    assert (await person(service, "person29")).roles == ("nurse",)
    huge = await entra.ask("PATCH", f"/Groups/{group}", {"Operations": [{"op": "add", "value": "x" * 1_100_000}]})
    assert huge.status == 413


async def test_two_directories_know_nothing_of_each_other(service: Hospital, entra: ScimSpeaker) -> None:
    who, group = await entra.user("anna"), await entra.group("Nurses")
    okta = await speaker(service, "okta")
    assert (await okta.ask("GET", "/Users")).body["totalResults"] == 0
    for path in (f"/Users/{who}", f"/Groups/{group}"):
        assert (await okta.ask("GET", path)).status == (await okta.ask("DELETE", path)).status == 404
    assert (await okta.ask("POST", "/Users", {"userName": "anna"})).body["scimType"] == "uniqueness"
    assert (await okta.ask("POST", "/Groups", {"displayName": "X", "members": [{"value": who}]})).status == 400


async def test_twice_the_same_is_refused(service: Hospital, entra: ScimSpeaker) -> None:
    anna = await entra.user("anna", externalId="e-1")
    bo = await entra.user("bo", externalId="e-2")
    await entra.group("Nurses")
    for answer in (
        await entra.ask("POST", "/Users", {"userName": "anna"}),
        await entra.ask("POST", "/Users", {"userName": "new", "externalId": "e-1"}),
        await entra.ask("POST", "/Groups", {"displayName": "Nurses"}),
        await entra.patch(f"/Users/{bo}", {"op": "replace", "path": "userName", "value": "anna"}),
        await entra.patch(f"/Users/{bo}", {"op": "replace", "path": "externalId", "value": "e-1"}),
    ):
        assert (answer.status, answer.body["scimType"]) == (409, "uniqueness"), answer.body
    moved = await entra.patch(f"/Users/{anna}", {"op": "replace", "path": "userName", "value": "anna.o"})
    assert moved.body["userName"] == "anna.o" and (await person(service, "anna.o")).id == anna


@pytest.mark.parametrize("said", ["", "Bearer", "Bearer kds_0_x", "Basic YTpi", "DPoP x"])
async def test_nothing_is_said_to_whoever_has_no_token(service: Hospital, said: str) -> None:
    for path in ("/Users", "/Groups", "/Schemas", "/ServiceProviderConfig", "/ResourceTypes", "/Me"):
        answer = await service.http.get(f"/scim/v2{path}", headers={"Authorization": said})
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_has_its_budget(service: Hospital, entra: ScimSpeaker) -> None:
    budgets = replace(service.service.budgets, application_rows=10)
    service.service = service.app.state.service = replace(service.service, budgets=budgets)
    statuses = [(await entra.ask("POST", "/Users", {"userName": f"p{number}"})).status for number in range(6)]
    assert statuses[:3] == [201] * 3 and statuses[-1] == 429
