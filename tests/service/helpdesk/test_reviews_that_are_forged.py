"""A case closed by another's signature, twice, or by whoever writes the database: none of it closes one."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import Connection, delete, update

from kiosk.service.audit.lines import DatabaseTrail
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.audit.signed_findings import SignedFindings
from kiosk.service.store import review_cases
from kiosk.service.store.schema import review_case
from tests.fakes.helpdesk import Colleague
from tests.fakes.keys import give_key
from tests.service.helpdesk.review_office import CLOSE, FINDING, SHOW, Office, office

__all__ = ["office"]


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
        found, bodies = SignedFindings(), {}
        for line in DatabaseTrail(conn).lines(chain):
            body = dict(json.loads(line.body))
            if body["action"] == "review_closed":
                body["detail"] = {**body["detail"], **changed}
            bodies[line.seq] = body
            found.check(line, body, bodies.get)

    await office.hospital.db.read(walk, {})
    for other in ({"text": "all was well"}, {"by": office.counter["dirk"].id}, {"jti": "another"}):
        with pytest.raises(EvidenceBrokenError):
            await office.hospital.db.read(walk, other)
