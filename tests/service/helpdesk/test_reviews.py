"""A case is looked at and closed by a reviewer's own key; what is asked of anybody else is refused and written down."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection, delete, update

from kiosk.model.binding import Json
from kiosk.service.audit.event import Event
from kiosk.service.audit.lines import DatabaseTrail
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.audit.signed_findings import SignedFindings
from kiosk.service.audit.writer import append
from kiosk.service.helpdesk import case_record
from kiosk.service.policy.emergency_rules import EmergencyRules
from kiosk.service.store import people, review_cases
from kiosk.service.store.review_cases import NewCase, ReviewCase
from kiosk.service.store.schema import review_case
from tests.fakes.client import Answer, Client
from tests.fakes.helpdesk import Colleague, Counter, open_counter
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital, with_rules

LIST, SHOW, CLOSE, REOPEN = "review.list", "review.show", "review.close", "review.reopen"
FINDING = "justified: patient without pulse, nobody else near"


class Office:
    """``eve``, a supervisor, reviews at ``desk``; ``ada``'s case is of ``ward``, half an hour before now."""

    def __init__(self, counter: Counter, ward: Client) -> None:
        self.counter, self.hospital, self.ward = counter, counter.hospital, ward

    @property
    def now(self) -> int:
        return int(self.hospital.clock())

    async def case(self, who: str | None = "ada") -> str:
        now = self.now
        person = self.counter[who].id if who else None
        new = NewCase("emergency", "session-1", person, self.ward.client_id, "Ward 1", "reanimation", now - 1800)
        case_id = await self.hospital.db.write(review_cases.open_case, new, now - 1790)
        await self.hospital.db.write(review_cases.ended, case_id, now - 600)
        return case_id

    async def ask(self, login: str, act: str, case: str, purpose: str | None = None) -> Answer:
        token = await self.counter.token(login, f"review.{act}", f"Case/{case}", purpose)
        return await self.post(act, case, token)

    async def post(self, act: str, case: str, token: str) -> Answer:
        path = "/v1/reviews" if act == "list" else f"/v1/reviews/{case}/{act}"
        return await self.counter.station.post(path, {"token": token})

    async def stored(self, case: str) -> ReviewCase:
        found = await self.hospital.db.read(review_cases.find, case)
        assert found is not None
        return found

    async def refusals(self) -> list[str]:
        return [row["reason"] for row in await self.hospital.trail("review") if row["result"] == "refused"]


@pytest_asyncio.fixture
async def office(on_either: Counter) -> Any:
    return Office(on_either, await on_either.hospital.station("ward-1", "Ward 1"))


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


async def test_an_approval_for_another_case_or_act_closes_nothing(office: Office) -> None:
    one, other = await office.case(), await office.case()
    token = await office.counter.token("eve", CLOSE, f"Case/{one}", FINDING)
    assert (await office.post("close", other, token)).code == "wrong_token"
    token = await office.counter.token("eve", SHOW, f"Case/{one}", FINDING)
    assert (await office.post("close", one, token)).code == "wrong_token"
    assert [(await office.stored(case)).closed for case in (one, other)] == [None, None]


async def test_an_approval_closes_once(office: Office) -> None:
    case = await office.case()
    token = await office.counter.token("eve", CLOSE, f"Case/{case}", FINDING)
    assert (await office.post("close", case, token)).status == 200
    again = await office.post("close", case, token)
    assert (again.status, again.code) == (409, "already_used")


async def test_a_signature_that_was_given_before_or_by_another_key_approves_nothing(office: Office) -> None:
    """Closing rests on a step-up's proof: one that is replayed, or of a colleague's key, grants no token."""
    case, station = await office.case(), office.counter.station
    session = await office.counter.sign_in("eve")
    asked: dict[str, Any] = {"action": CLOSE, "resource": f"Case/{case}", "records": 0, "purpose": FINDING}
    first = await station.step_up(session, **asked)
    challenge = await station.challenge(first.body["id"], "fido2", FINDING)
    proof = office.counter["eve"].key.sign(challenge.body)
    assert (await station.prove(first.body["id"], proof, FINDING)).body["state"] == "done"
    second = await station.step_up(session, **asked)
    await station.challenge(second.body["id"], "fido2", FINDING)
    replayed = await station.prove(second.body["id"], proof, FINDING)
    assert replayed.body.get("state") != "done"
    third = await station.step_up(session, **asked)
    challenge = await station.challenge(third.body["id"], "fido2", FINDING)
    foreign = await station.prove(third.body["id"], office.counter["dirk"].key.sign(challenge.body), FINDING)
    assert foreign.body.get("state") != "done"
    assert (await office.stored(case)).closed is None


async def test_of_two_reviewers_at_once_one_closes_it(office: Office) -> None:
    fay = await office.hospital.person("fay", "Fay", "supervisor")
    await office.hospital.badge(fay, "04A1B2F0")
    key = await give_key(office.hospital, fay)
    office.counter.people["fay"] = Colleague("fay", fay, "04A1B2F0", key)
    case = await office.case()
    one = await office.counter.token("eve", CLOSE, f"Case/{case}", FINDING)
    desk = await office.hospital.station("desk-2", "Help desk")
    other = await office.counter.token("fay", CLOSE, f"Case/{case}", "not justified: no such patient", desk)
    path = f"/v1/reviews/{case}/close"
    both = await asyncio.gather(office.counter.station.post(path, {"token": one}), desk.post(path, {"token": other}))
    assert sorted(answer.status for answer in both) == [200, 409]
    (late,) = [answer for answer in both if answer.status == 409]
    assert late.code == "case_closed"
    assert len(await office.hospital.trail("review_closed")) == 1
    won = "justified" if both[0].status == 200 else "not justified"
    assert (await office.stored(case)).finding == won


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


async def test_guessed_numbers_of_cases_find_nothing(office: Office) -> None:
    for guess in ("C-00000000", "C-'; DROP"):
        answer = await office.ask("eve", "show", guess)
        assert (answer.status, answer.code) == (404, "unknown_case")


async def test_a_case_that_was_altered_in_the_database_is_not_closed(office: Office) -> None:
    case = await office.case()
    office.hospital.tampered = True

    def alter(conn: Connection) -> None:
        conn.execute(update(review_case).values(person=None))

    await office.hospital.db.write(alter)
    answer = await office.ask("eve", "close", case, FINDING)
    assert answer.status >= 400
    assert await office.hospital.trail("review_closed") == []


async def test_a_case_that_was_deleted_is_missed(office: Office) -> None:
    await office.case()
    office.hospital.tampered = True
    await office.hospital.db.write(lambda conn: conn.execute(delete(review_case)))
    assert (await office.ask("eve", "list", "all")).body["cases"] == []
    assert len(await office.hospital.db.read(review_cases.missing)) == 1


async def test_the_rows_of_a_review_rest_on_what_was_signed(office: Office) -> None:
    case = await office.case()
    await office.ask("eve", "close", case, FINDING)
    await office.ask("eve", "reopen", case, "the ward disagrees")
    chain = office.counter.station.client_id

    def walk(conn: Connection, changed: dict[str, str]) -> None:
        found, bodies = SignedFindings(), dict[int, Any]()
        for line in DatabaseTrail(conn).lines(chain):
            body = dict(json.loads(line.body))
            if body["action"] == "review_closed":
                body["detail"] = {**body["detail"], **changed}
            bodies[line.seq] = body
            found.check(line, body, bodies.get, json.loads(line.evidence[0]) if line.evidence else None)

    await office.hospital.db.read(walk, {})
    another = {"case": "C-22222222"}
    for other in ({"text": "all was well"}, {"by": office.counter["dirk"].id}, {"jti": "another"}, another):
        with pytest.raises(EvidenceBrokenError):
            await office.hospital.db.read(walk, other)


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


async def unknown_use(office: Office) -> tuple[str, str]:
    """Emergency access of nobody known at the ward's workstation, over by now; it and its case."""
    rules = office.hospital.service.rules
    anywhere = EmergencyRules(stations=("ward-1",), unknown=True)
    use = str(uuid.uuid4())
    with with_rules(office.hospital, replace(rules, emergency=anywhere)):
        wish = {"id": use, "presented": None, "reason": anywhere.reasons[0]}
        assert (await office.ward.post("/v1/emergencies", wish)).status == 200
        over = {"id": str(uuid.uuid4()), "action": "emergency_ended", "at": 1, "session": use, "reason": "button"}
        await office.ward.post("/v1/reports", {"reports": [{**over, "detail": {}}]})
    (case,) = await office.hospital.db.read(review_cases.every)
    return use, case.id


async def test_where_nobody_is_known_a_reviewer_writes_the_text_that_is_owed(office: Office) -> None:
    _, case = await unknown_use(office)
    answer = await office.ask("eve", "text", case, "the night's agency nurse, no badge yet")
    assert (answer.status, answer.body["account"]) == (200, "the night's agency nurse, no badge yet")
    assert answer.body["account_by"] == "eve"
    assert (await office.ask("eve", "text", case, "again")).code == "no_text_owed"
    (row,) = await office.hospital.trail("review_text")
    assert row["detail"]["text"] == "the night's agency nurse, no badge yet"


async def test_a_finding_about_nobody_known_is_the_text_too(office: Office) -> None:
    _, case = await unknown_use(office)
    answer = await office.ask("eve", "close", case, FINDING)
    assert (answer.body["account"], answer.body["account_by"]) == (answer.body["text"], "eve")


async def test_of_somebody_known_only_they_write(office: Office) -> None:
    assert (await office.ask("eve", "text", await office.case(), "in their place")).code == "no_text_owed"
