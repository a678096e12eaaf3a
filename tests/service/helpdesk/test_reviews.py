"""A case is looked at and closed by a reviewer's own key; what is asked of anybody else is refused and written down."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit.event import Event
from kiosk.service.audit.writer import append
from kiosk.service.helpdesk import case_record
from kiosk.service.policy.emergency_rules import EmergencyRules
from kiosk.service.store import people, review_cases
from kiosk.service.store.review_cases import NewCase
from tests.fakes.helpdesk import open_counter
from tests.fakes.service import Hospital, with_rules
from tests.service.helpdesk.review_office import CLOSE, FINDING, Office, office

__all__ = ["office"]


async def test_a_reviewer_sees_and_closes_a_case_under_their_own_key(office: Office) -> None:
    case = await office.case()
    listed = (await office.ask("eve", "list", "all")).body
    assert [(found["id"], found["login"], found["state"]) for found in listed["cases"]] == [(case, "ada", "open")]
    shown = (await office.ask("eve", "show", case)).body
    assert (shown["name"], shown["station"], shown["place"], shown["why"]) == ("Ada", "ward-1", "Ward 1", "reanimation")
    assert "justified" in shown["findings"]
    closed = await office.ask("eve", "close", case, FINDING)
    assert (closed.status, closed.body["state"], closed.body["closed_by"]) == (200, "closed", "eve")
    stored = await office.stored(case)
    assert (stored.finding, stored.text) == ("justified", "patient without pulse, nobody else near")
    (row,) = await office.hospital.trail("review_closed")
    assert (row["detail"]["case"], row["detail"]["by_login"], row["login"]) == (case, "eve", "ada")
    granted = [row for row in await office.hospital.trail("stepup") if row["detail"]["action"] == CLOSE]
    assert (granted[0]["detail"]["jti"], granted[0]["detail"]["purpose"]) == (row["detail"]["jti"], FINDING)
    assert (await office.ask("eve", "list", "all")).body["cases"] == []


async def test_what_was_approved_in_its_time_is_shown(office: Office) -> None:
    ward = office.ward
    ask: dict[str, Any] = {"action": "record.export", "resource": "Patient/4711", "records": 80, "purpose": "treatment"}
    session = await office.counter.sign_in("ada", ward)
    view = await ward.step_up(session, **ask)
    challenge = await ward.challenge(view.body["id"], "fido2", "treatment")
    await ward.prove(view.body["id"], office.counter["ada"].key.sign(challenge.body), "treatment")
    office.hospital.clock.pass_by(900)
    case = await office.case()
    shown = (await office.ask("eve", "show", case)).body
    exported = [row for row in shown["rows"] if row["action"] == "stepup"]
    assert [(row["login"], row["result"]) for row in exported] == [("ada", "success")]
    assert "Patient/4711" in exported[0]["what"]
    assert "action=record.export" in exported[0]["what"]
    assert not shown["cut"]


@pytest.mark.parametrize("act", ["list", "show", "close", "reopen"])
async def test_who_is_no_reviewer_sees_and_closes_nothing(office: Office, act: str) -> None:
    case = await office.case()
    answer = await office.ask("dora", act, "all" if act == "list" else case, FINDING)
    assert (answer.status, answer.code) == (403, "not_reviewer")
    assert await office.refusals() == ["not_reviewer"]
    assert (await office.stored(case)).closed is None


async def test_nobody_reviews_their_own_case(office: Office) -> None:
    await office.hospital.db.write(people.add_role, office.counter["ada"].id, "supervisor")
    case = await office.case()
    for act in ("show", "close"):
        answer = await office.ask("ada", act, case, FINDING)
        assert (answer.status, answer.code) == (403, "own_case")
    assert (await office.stored(case)).closed is None


async def test_who_worked_at_that_workstation_in_that_time_does_not_review_it(office: Office) -> None:
    await office.counter.sign_in("eve", office.ward)
    office.hospital.clock.pass_by(900)
    case = await office.case(None)
    answer = await office.ask("eve", "close", case, FINDING)
    assert (answer.status, answer.code) == (403, "own_case")


async def test_who_worked_there_while_the_service_was_away_does_not_review_it(
    service: Hospital, tmp_path: Path
) -> None:
    """Their row stands where it arrived, an hour later; it counts by the station's own time."""
    counter = await open_counter(service)
    there = await service.station("ward-1", "Ward 1")
    service.clock.pass_by(60)
    begin = int(service.clock())

    def told(conn: Connection, person: str) -> None:
        detail: dict[str, Json] = {"offline": True, "station_at": begin + 60, "arrived_at": begin + 3600}
        event = Event("offline_sign_in", "success", begin + 3600, person=person, detail=detail)
        append(conn, there.client_id, replace(event, workstation=there.client_id))

    new = NewCase("emergency", "s1", None, there.client_id, "Ward 1", "fire", begin)
    case_id = await service.db.write(review_cases.open_case, new, begin + 3600)
    await service.db.write(review_cases.ended, case_id, begin + 600)
    await service.db.write(told, counter["eve"].id)
    case = await service.db.read(review_cases.find, case_id)
    assert case is not None
    assert await service.db.read(case_record.worked_there, case, counter["eve"].id)
    assert not await service.db.read(case_record.worked_there, case, counter["dirk"].id)
    rows, cut = await service.db.read(case_record.rows_of, case)
    assert [(row.action, row.at, cut) for row in rows] == [("offline_sign_in", begin + 60, False)]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("fine: all was well", "no_such_finding"),
        ("justified", "no_finding"),
        ("justified:", "no_such_finding"),
        (f"justified: {'x' * 450}", "no_finding"),
    ],
)
async def test_a_finding_is_of_the_list_and_has_a_text(office: Office, said: str, code: str) -> None:
    case = await office.case()
    answer = await office.ask("eve", "close", case, said)
    assert (answer.status, answer.code) == (422, code)
    assert (await office.stored(case)).closed is None


@pytest.mark.parametrize("said", [f"justified: a{bad}b" for bad in ("\x1b[2J", "\u202e", "\n", "\x00")])
async def test_control_characters_are_not_even_asked_for(office: Office, said: str) -> None:
    session = await office.counter.sign_in("eve")
    case = await office.case()
    view = await office.counter.station.step_up(session, action=CLOSE, resource=f"Case/{case}", records=0, purpose=said)
    assert view.status == 422


async def test_a_closed_case_is_reopened_by_a_new_one_once(office: Office) -> None:
    case = await office.case()
    assert (await office.ask("eve", "reopen", case, "too early")).code == "case_open"
    await office.ask("eve", "close", case, FINDING)
    again = await office.ask("eve", "reopen", case, "the ward disagrees")
    assert (again.status, again.body["reopens"], again.body["state"]) == (200, case, "open")
    assert again.body["kind"] == "emergency"
    stored = await office.stored(case)
    assert (stored.finding, stored.closed) == ("justified", office.now)
    assert (await office.ask("eve", "reopen", case, "once more")).code == "case_reopened"
    assert (await office.ask("eve", "close", again.body["id"], "not justified: no patient")).status == 200


async def test_an_emergency_that_goes_on_is_not_closed(office: Office) -> None:
    new = NewCase("emergency", "s", None, office.ward.client_id, "Ward 1", "fire", office.now)
    case = await office.hospital.db.write(review_cases.open_case, new, office.now)
    assert (await office.ask("eve", "close", case, FINDING)).code == "not_over"
    await office.hospital.db.write(review_cases.ended, case, office.now)
    office.hospital.clock.pass_by(5)
    assert (await office.ask("eve", "close", case, FINDING)).status == 200


async def test_one_that_may_last_longer_than_others_is_not_closed_while_it_lasts(office: Office) -> None:
    rules = office.hospital.service.rules
    long = EmergencyRules(stations=("ward-1",), minutes=240, most_minutes=1440, unknown=True)
    with with_rules(office.hospital, replace(rules, emergency=long)):
        use = str(uuid.uuid4())
        wish = {"id": use, "presented": None, "reason": long.reasons[0]}
        assert (await office.ward.post("/v1/emergencies", wish)).status == 200
        longer = {"id": str(uuid.uuid4()), "action": "emergency_extended", "at": 1, "session": use, "detail": {}}
        await office.ward.post("/v1/reports", {"reports": [longer]})
        office.hospital.clock.pass_by(4 * 3600 + 60)
        (case,) = await office.hospital.db.read(review_cases.every)
        assert (await office.ask("eve", "close", case.id, FINDING)).code == "not_over"
