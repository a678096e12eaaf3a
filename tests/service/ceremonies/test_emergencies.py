"""Emergency access at the service: allowed where ``[emergency]`` says so, written before it opens, told at once."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from joserfc import jws
from joserfc.jwk import ECKey
from sqlalchemy import Connection, select, update

from kiosk.model.ceremony import LoginPresented
from kiosk.model.proof import UidPresented
from kiosk.service.admin import people as acts
from kiosk.service.admin.act import Admin
from kiosk.service.helpdesk import case_record
from kiosk.service.jobs import housekeeping
from kiosk.service.policy.cedar import book
from kiosk.service.store import emergencies, messages, review_cases
from kiosk.service.store.guarded import CASES
from kiosk.service.store.schema import emergency_use, manifest, person, review_case, station_event
from tests.fakes.apart import apart
from tests.fakes.client import Answer, Client
from tests.fakes.service import Hospital, hospital

RULES = {
    "stations": ["ward-3-a"],
    "places": ["Theatre"],
    "roles": ["nurse", "physician"],
    "reasons": ["patient in danger", "other"],
    "unknown": True,
}
BADGE = "04A1B2C3"


@pytest_asyncio.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Hospital]:
    async with hospital(tmp_path / "data", emergency=RULES) as made:
        ada = await made.person("ada")
        await made.badge(ada, BADGE)
        yield made


def asked(presented: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "presented": presented, "reason": "patient in danger", **more}


BY_BADGE = {"kind": "uid", "uid": BADGE}
BY_LOGIN = {"kind": "login", "login": "ada"}


async def begin(station: Client, presented: dict[str, Any] | None = None, **more: Any) -> Answer:
    return await station.post("/v1/emergencies", asked(presented, **more))


async def say(station: Client, action: str, use: str, **more: Any) -> Answer:
    report = {"id": str(uuid.uuid4()), "action": action, "at": 1_795_000_000, "session": use, "detail": {}, **more}
    return await station.post("/v1/reports", {"reports": [report]})


@pytest.mark.parametrize(("presented", "login"), [(BY_BADGE, "ada"), (BY_LOGIN, "ada"), (None, None)])
async def test_it_is_in_the_trail_when_it_is_answered(ward: Hospital, presented: Any, login: str | None) -> None:
    station = await ward.station()
    answer = await begin(station, presented)
    assert (answer.status, answer.body["seconds"]) == (200, 1800)
    assert (answer.body["person"] or {}).get("login") == login
    (row,) = await ward.trail("emergency_opened")
    assert (row["result"], row.get("login"), row["station"]) == ("success", login, "ward-3-a")
    assert row["detail"]["why"] == "patient in danger"
    assert row["detail"]["emergency"] == answer.body["id"]
    (case,) = await ward.db.read(review_cases.every)
    assert (case.kind, case.subject) == ("emergency", answer.body["id"])


async def test_a_workstation_by_its_place_has_it_and_another_has_not(ward: Hospital) -> None:
    theatre, elsewhere = await ward.station("or-1", "Theatre"), await ward.station("ward-9-a", "Ward 9")
    assert (await begin(theatre, BY_BADGE)).status == 200
    refused = await begin(elsewhere, BY_BADGE)
    assert (refused.status, refused.code) == (403, "not_here")
    rows = await ward.trail("emergency_opened")
    assert sorted((row["station"], row["result"], row.get("reason")) for row in rows) == [
        ("or-1", "success", None),
        ("ward-9-a", "refused", "not_here"),
    ]


async def test_the_service_says_no_to_roles_suspended_people_strangers_and_other_reasons(tmp_path: Path) -> None:
    async with hospital(tmp_path / "data", emergency={**RULES, "unknown": False}) as ward:
        await ward.person("vic", "Vic Visitor", "visitor")
        await ward.person("ada")
        await ward.db.write(acts.suspend, Admin("root", 0, int(ward.clock())), "ada")
        station = await ward.station()
        codes = [
            (await begin(station, {"kind": "login", "login": "vic"})).code,
            (await begin(station, BY_LOGIN)).code,
            (await begin(station, {"kind": "login", "login": "nobody"})).code,
            (await begin(station, {"kind": "uid", "uid": "04FFFFFF"})).code,
            (await begin(station, None)).code,
            (await begin(station, BY_LOGIN, reason="curious")).code,
        ]
        assert codes == ["policy", "suspended", "nobody_known", "nobody_known", "nobody_known", "not_a_reason"]
        assert [row["reason"] for row in await ward.trail("emergency_opened")] == codes
        assert await ward.db.read(lambda conn: conn.execute(select(emergency_use)).all()) == []
        assert await ward.db.read(review_cases.every) == []


async def test_asked_twice_under_one_name_it_is_one(ward: Hospital) -> None:
    station = await ward.station()
    body = asked(BY_BADGE)
    first, second = await station.post("/v1/emergencies", body), await station.post("/v1/emergencies", body)
    assert first.body == second.body
    assert len(await ward.trail("emergency_opened")) == 1
    await say(station, "emergency_ended", body["id"], reason="button")
    over = await station.post("/v1/emergencies", body)
    assert (over.status, over.code) == (409, "emergency_over")


async def test_two_at_one_workstation_are_never_open_together(ward: Hospital) -> None:
    station = await ward.station()
    first = (await begin(station, BY_BADGE)).body["id"]
    second = (await begin(station, None)).body["id"]
    lasting = await ward.db.read(emergencies.lasting_at, station.client_id)
    assert [use.id for use in lasting] == [second]
    (row,) = await ward.trail("emergency_ended")
    assert (row["reason"], row["detail"]["emergency"]) == ("superseded", first)


async def test_two_at_two_workstations_at_once_each_have_their_own(ward: Hospital) -> None:
    one, two = await ward.station("or-1", "Theatre"), await ward.station("or-2", "Theatre")
    first, second = await asyncio.gather(begin(one, BY_BADGE), begin(two, BY_BADGE))
    assert (first.status, second.status) == (200, 200)
    assert first.body["id"] != second.body["id"]
    assert len(await ward.db.read(review_cases.every)) == 2


async def test_it_is_extended_within_bounds_and_ended(ward: Hospital) -> None:
    station = await ward.station()
    use = (await begin(station, BY_BADGE)).body["id"]
    for _ in range(4):
        assert (await say(station, "emergency_extended", use)).status == 204
    found = await ward.db.read(emergencies.find, use)
    assert found is not None
    assert (found.extended, found.expires - found.begun) == (3, 7200)
    assert [row["result"] for row in await ward.trail("emergency_extended")] == ["seen", "seen", "seen", "failure"]
    await say(station, "emergency_ended", use, reason="time")
    (row,) = await ward.trail("emergency_ended")
    assert (row["reason"], row["login"]) == ("time", "ada")
    assert await ward.db.read(emergencies.lasting_at, station.client_id) == []


async def test_a_workstation_says_nothing_about_another_one_s(ward: Hospital) -> None:
    one, two = await ward.station("or-1", "Theatre"), await ward.station("or-2", "Theatre")
    use = (await begin(one, BY_BADGE)).body["id"]
    await say(two, "emergency_ended", use, reason="button")
    assert [found.id for found in await ward.db.read(emergencies.lasting_at, one.client_id)] == [use]
    (row,) = await ward.trail("emergency_ended")
    assert row["detail"]["unknown_emergency"]
    taken = await two.post("/v1/emergencies", {**asked(None), "id": use})
    assert (taken.status, taken.code) == (409, "emergency_over")


async def test_programs_seen_in_it_are_rows_of_the_trail_and_stand_in_its_case(ward: Hospital) -> None:
    one, two = await ward.station("or-1", "Theatre"), await ward.station("or-2", "Theatre")
    use = (await begin(one, BY_BADGE)).body["id"]
    seen = {"program": "Clinical records", "path": "/opt/records/records"}
    assert (await say(one, "emergency_program", use, detail=seen)).status == 204
    assert (await say(one, "emergency_program", use, detail={"called": "xterm\x1b[2J"})).status == 204
    assert (await say(one, "emergency_program", use, reason="more")).status == 204
    await say(two, "emergency_program", use, detail=seen)
    every = await ward.trail("emergency_program")
    rows = [row for row in every if not row["detail"].get("unknown_emergency")]
    assert [(row["login"], row["result"], row["detail"]["emergency"]) for row in rows] == [("ada", "seen", use)] * 3
    assert rows[0]["detail"].items() >= seen.items()
    assert [row.get("login") for row in every if row not in rows] == [None]
    assert [found.id for found in await ward.db.read(emergencies.lasting_at, one.client_id)] == [use]
    (case,) = await ward.db.read(lambda conn: conn.execute(select(review_case.c.id)).scalars().all())
    kept = await ward.db.read(review_cases.find, case)
    assert kept is not None
    shown, cut = await ward.db.read(case_record.rows_of, kept)
    what = [row.what for row in shown if row.action == "emergency_program"]
    assert what == [
        "program=Clinical records; path=/opt/records/records",
        "called=xterm\N{REPLACEMENT CHARACTER}[2J",
        "more",
    ]
    assert not cut


async def test_supervisors_and_whoever_it_is_said_to_be_are_told_at_once(ward: Hospital) -> None:
    boss = await ward.person("boss", "Bea Boss", "supervisor")
    ada = (await ward.trail())[0:0] or None
    assert ada is None
    await ward.db.write(messages.set_contact, boss, "mailto:boss@hospital.example")
    station = await ward.station()
    await begin(station, BY_BADGE)
    (told,) = await ward.db.read(messages.unsent)
    assert (told[0].kind, told[0].facts, told[1]) == ("emergency_opened", {"at": "ward-3-a"}, "boss")


async def test_the_workstations_beside_it_are_told_and_told_again_when_it_ends(ward: Hospital) -> None:
    one, two = await ward.station("or-1", "Theatre"), await ward.station("or-2", "Theatre")
    away = await ward.station("ward-9-a", "Ward 9")
    use = (await begin(one, BY_BADGE)).body["id"]
    assert (await two.get("/v1/workstation")).body["emergencies"] == ["or-1"]
    assert (await one.get("/v1/workstation")).body["emergencies"] == []
    assert (await away.get("/v1/workstation")).body["emergencies"] == []
    await say(one, "emergency_ended", use, reason="button")
    assert (await two.get("/v1/workstation")).body["emergencies"] == []
    told = await ward.db.read(
        lambda conn: conn.execute(select(station_event.c.workstation, station_event.c.kind)).all()
    )
    assert [tuple(row) for row in told] == [(two.client_id, "settings")] * 2


async def test_one_whose_end_nobody_told_is_over(ward: Hospital) -> None:
    one, two = await ward.station("or-1", "Theatre"), await ward.station("or-2", "Theatre")
    await begin(one, BY_BADGE)
    ward.clock.pass_by(1800 + 121)
    await ward.db.write(housekeeping.end_emergencies, int(ward.clock()))
    (row,) = await ward.trail("emergency_ended")
    assert row["reason"] == "not_told"
    assert (await two.get("/v1/workstation")).body["emergencies"] == []


async def test_one_altered_case_or_use_keeps_nobody_else_s_from_ending(ward: Hospital) -> None:
    stations = [await ward.station(f"or-{number}", "Theatre") for number in range(4)]
    uses = [(await begin(station, BY_BADGE)).body["id"] for station in stations]
    ward.tampered = True
    subject = CASES + stations[2].client_id

    def alter(conn: Connection) -> None:
        conn.execute(update(review_case).where(review_case.c.subject == uses[0]).values(why="nothing"))
        conn.execute(update(emergency_use).where(emergency_use.c.id == uses[1]).values(reason="nothing"))
        conn.execute(update(manifest).where(manifest.c.subject == subject).values(body="{}"))

    await ward.db.write(alter)
    again = await begin(stations[0], BY_BADGE)
    assert again.status == 200, "an altered case keeps nobody from the next emergency"
    ward.clock.pass_by(1800 + 121)
    await ward.db.write(housekeeping.end_emergencies, int(ward.clock()))
    ended = {row["detail"]["emergency"] for row in await ward.trail("emergency_ended")}
    assert ended == {uses[0], uses[2], uses[3], again.body["id"]}
    left = [found.id for station in stations for found in await ward.db.read(emergencies.lasting_at, station.client_id)]
    assert left == []
    assert {found.table for found in ward.db.guard.noticed()} >= {"review_case", "emergency_use"}


async def test_the_policy_is_signed_for_that_workstation_alone(ward: Hospital) -> None:
    station, other = await ward.station(), await ward.station("ward-9-a", "Ward 9")
    said = (await station.get("/v1/workstation")).body
    keys = {str(key.kid): key for text in said["ticket_keys"] for key in [ECKey.import_key(json.loads(text))]}
    kid = jws.extract_compact(said["emergency"].encode()).headers()["kid"]
    policy = json.loads(jws.deserialize_compact(said["emergency"], keys[str(kid)], algorithms=["ES256"]).payload)
    assert policy["aud"] == station.client_id
    assert policy["cnf"]["jkt"] == station.key.thumbprint()
    assert policy["offer"]["reasons"] == ["patient in danger", "other"]
    assert policy["exp"] > ward.clock()
    assert (await other.get("/v1/workstation")).body["emergency"] == ""


@pytest.mark.parametrize(
    "bent", [{"id": "me"}, {"reason": "x" * 101}, {"presented": {"kind": "login", "login": "x" * 129}}, {"more": 1}]
)
async def test_a_request_that_is_none_is_refused(ward: Hospital, bent: dict[str, Any]) -> None:
    station = await ward.station()
    assert (await station.post("/v1/emergencies", {**asked(None), **bent})).status == 422
    assert await ward.trail("emergency_opened") == []


async def test_a_row_that_the_service_did_not_write_is_not_believed(ward: Hospital) -> None:
    station = await ward.station()
    use = (await begin(station, BY_BADGE)).body["id"]
    ward.tampered = True
    longer = update(emergency_use).values(expires=emergency_use.c.expires + 86_400)
    await ward.db.write(lambda conn: conn.execute(longer))
    answer = await say(station, "emergency_extended", use)
    assert (answer.status, answer.code) == (403, "integrity")


async def test_who_is_named_again_and_again_is_not_told_of_each_and_none_is_refused(ward: Hospital) -> None:
    """Anybody at the station can type a colleague's login. What is noise is grouped; trail and cases have all."""
    (ada,) = await ward.db.read(lambda conn: list(conn.execute(select(person.c.id)).scalars()))
    await ward.db.write(messages.set_contact, ada, "mailto:ada@hospital.example")
    station, other = await ward.station(), await ward.station("or-1", "Theatre")
    for _ in range(6):
        assert (await begin(station, BY_LOGIN)).status == 200
    kinds = Counter(message.kind for message, _ in await ward.db.read(messages.unsent))
    assert kinds == {"emergency_opened": 3, "emergency_more": 1}
    assert len(await ward.db.read(emergencies.unwritten, ada)) == 3, "a text is owed about the first ones alone"
    assert len(await ward.db.read(review_cases.every)) == 6
    named = [row["detail"].get("named_in_an_hour") for row in await ward.trail("emergency_opened")]
    assert sorted(number for number in named if number is not None) == [4, 5, 6]
    await begin(other, BY_LOGIN)
    assert len(await ward.db.read(messages.unsent)) == 5, "another workstation has a budget of its own"
    assert (await begin(station)).status == 200
    ward.clock.pass_by(3601)
    await begin(station, BY_LOGIN)
    kinds = Counter(message.kind for message, _ in await ward.db.read(messages.unsent))
    assert kinds == {"emergency_opened": 5, "emergency_more": 1}
    assert len(await ward.db.read(emergencies.unwritten, ada)) == 5


async def test_the_policy_may_refuse_emergency_access_in_its_own_words(ward: Hospital) -> None:
    """By role and place; whoever it does not speak of gets in, and the trail has what was decided."""
    text = (
        '@id("not-researchers")\n@says("Not for research.")\n@says_fr("Pas pour la recherche.")\n'
        'forbid (principal in Role::"physician", action == Action::"emergency.open", resource);'
    )
    ward.app.state.service = replace(ward.service, usual=book.read(f"{book.default_text()}\n{text}"))
    station = await ward.station()
    ben = await ward.person("ben", "Ben", "physician")
    await ward.badge(ben, "04FFEE11")
    no = await begin(station, {"kind": "uid", "uid": "04FFEE11"})
    assert (no.status, no.code) == (403, "policy")
    assert dict(no.body["says"]) == {"": "Not for research.", "fr": "Pas pour la recherche."}
    refused = (await ward.trail("emergency_opened"))[-1]
    assert (refused["result"], refused["detail"]["policy"]["by"]) == ("refused", ["not-researchers"])
    assert (await begin(station)).status == 200, "nobody knows who it is, and they are let in"
    opened = (await ward.trail("emergency_opened"))[-1]["detail"]["policy"]
    assert (opened["answer"], opened["context"]["action"]) == ("satisfied", "emergency.open")


async def test_the_policy_may_end_one_that_was_begun_while_the_service_was_away(tmp_path: Path) -> None:
    """It happened; what is refused is that it goes on, each time that it is told."""
    text = (
        '@id("not-nurses")\n@says("Not for nurses.")\n'
        'forbid (principal in Role::"nurse", action == Action::"emergency.open", resource);'
    )
    async with hospital(tmp_path / "data", emergency=RULES) as made:
        made.app.state.service = replace(made.service, usual=book.read(f"{book.default_text()}\n{text}"))
        ward = await apart(made, tmp_path / "station")
        await made.badge(ward.person, BADGE)
        use = str(uuid.uuid4())
        assert ward.own.open_emergency(use, UidPresented(BADGE), "patient in danger")
        (answer,) = await ward.replay()
        assert answer.body["verdicts"] == [{"session": use, "accepted": False, "reason": "policy"}]
        (row,) = await made.trail("emergency_opened")
        assert (row["result"], row["detail"]["policy"]["by"]) == ("refused", ["not-nurses"])
        assert len(await made.db.read(review_cases.every)) == 1


async def test_supervisors_hear_once_an_hour_that_there_are_more_than_they_are_told_of(ward: Hospital) -> None:
    boss = await ward.person("boss", "Bea Boss", "supervisor")
    await ward.db.write(messages.set_contact, boss, "mailto:b@hospital.example")
    station = await ward.station()
    for _ in range(13):
        assert (await begin(station)).status == 200
    kinds = Counter(message.kind for message, _ in await ward.db.read(messages.unsent))
    assert kinds == {"emergency_opened": 10, "emergency_many": 1}
    ward.clock.pass_by(3600)
    for _ in range(11):
        await begin(station)
    kinds = Counter(message.kind for message, _ in await ward.db.read(messages.unsent))
    assert kinds["emergency_many"] == 2


async def test_one_that_is_told_late_is_counted_among_those_of_its_own_time(tmp_path: Path) -> None:
    """It began five hours before three others in that name: its person is told of it, and owes a text."""
    async with hospital(tmp_path / "data", emergency=RULES) as made:
        ward = await apart(made, tmp_path / "station")
        await made.db.write(messages.set_contact, ward.person, "mailto:ada@hospital.example")
        assert ward.own.open_emergency(str(uuid.uuid4()), LoginPresented("ada"), "patient in danger")
        ward.pass_by(5 * 3600)
        for _ in range(3):
            await begin(ward.station, BY_LOGIN)
        await ward.replay()
        kinds = Counter(message.kind for message, _ in await made.db.read(messages.unsent))
        assert kinds == {"emergency_opened": 4}
        assert len(await made.db.read(emergencies.unwritten, ward.person)) == 4
