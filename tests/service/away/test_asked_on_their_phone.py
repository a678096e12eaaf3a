"""A server asks somebody who is at no workstation: they type its number on their phone, and its tokens are true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, select

from kiosk.service.audit import signatures
from kiosk.service.platform.phone_settings import PhoneSettings
from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.schema import evidence
from tests.fakes.away import SHOWS, allowed, away
from tests.fakes.backchannel import look
from tests.fakes.client import NOW
from tests.fakes.phones import on_phone
from tests.fakes.service import Hospital
from tests.service.enrolment.test_the_trail import checked

EXPORT = {"type": "kiosk_act", "action": "record.export", "resource": "Patient/123", "records": 12}


def details(**bent: Any) -> str:
    return json.dumps([{**EXPORT, "purpose": "transfer of care", **bent}])


@pytest.fixture(autouse=True)
def phones(request: pytest.FixtureRequest) -> Iterator[None]:
    hospital: Hospital = request.getfixturevalue("either" if "either" in request.fixturenames else "service")
    with allowed(hospital):
        yield


async def test_a_sign_in_is_approved_and_its_tokens_are_true(either: Hospital) -> None:
    made = await away(either)
    secret = await made.asked(scope="openid profile offline_access")
    assert len(made.number) == 6 and made.number.isdigit()
    page = await made.waits()
    assert (page["state"], page["server"], page["left"]) == ("waiting", "Chart", 110)
    shown = await made.type(page)
    said = {line["label"]: line["value"] for line in shown["asked"]["lines"]}
    assert said["Asked by the server of"] == "Chart"
    assert (said["It shows"], said["Approved by, on their phone"]) == (SHOWS, "ada")
    assert (await made.asking.poll(secret)).json()["error"] == "authorization_pending"
    assert await made.approve(page) == "approved"
    either.clock.pass_by(5)
    answer = await made.asking.poll(secret)
    tokens = answer.json()
    assert answer.status_code == 200, tokens
    assert "refresh_token" not in tokens, "there is no session that it could live in"
    claims = await made.asking.app.read(tokens["id_token"], "JWT")
    assert (claims["acr"], claims["amr"]) == ("urn:kiosk:mfa", ["pop", "user", "mfa", "mca"])
    assert (claims["auth_time"], claims["sub"], claims["name"]) == (NOW, made.person, "Ada Lovelace")
    assert (await made.asking.app.introspect(tokens["access_token"]))["active"] is True
    again = await made.asking.poll(secret)
    assert again.json()["error"] == "invalid_grant"
    report = await checked(either)
    assert report.finding is None, report.finding


async def test_an_act_is_approved_and_the_evidence_holds_with_its_openings(either: Hospital) -> None:
    made = await away(either)
    secret = await made.asked(authorization_details=details(patients=["P-1", "P-2"]))
    page = await made.waits()
    shown = await made.type(page)
    said = [(line["label"], line["value"]) for line in shown["asked"]["lines"]]
    assert ("What", "Export patient records (record.export)") in said
    assert ("Patient", "P-1") in said and ("About", "Patient/123") in said
    assert await made.approve(page) == "approved"
    tokens = (await made.asking.poll(secret)).json()
    [act] = tokens["authorization_details"]
    assert (act["action"], act["records"], act["patients"]["count"]) == ("record.export", 12, 2)
    report = await checked(either)
    assert report.finding is None, report.finding
    assert report.openings.opened >= 3
    [row] = [row for row in await either.trail("phone_answered") if row["detail"]["purpose"] == "server"]
    assert (row["chain"], row["result"], row["reason"]) == ("service", "success", "approved")
    assert (row["acr"], row["detail"]["asks"]) == ("urn:kiosk:mfa", "record.export")
    [told] = await either.trail("app_answered")
    assert told["detail"]["on_phone"] is True and told["ceremony"] == row["ceremony"]
    [waits] = await made.stored()
    assert (waits.state, waits.salts) == ("approved", ())


async def test_a_row_that_tells_of_another_act_than_was_signed_is_found(service: Hospital) -> None:
    made = await away(service)
    await made.asked(authorization_details=details())
    assert await made.approve(await made.waits()) == "approved"
    [row] = [row for row in await service.trail("phone_answered") if row["detail"]["purpose"] == "server"]
    [kept] = await service.db.read(evidence_of, row["evidence"])
    [bound] = [told for told in await service.trail("factor_added") if told.get("method") == "phone"]
    assert signatures.check(kept, row, lambda _: bound)
    for bent in ({"asks": "record.view"}, {"records": 99_999}):
        with pytest.raises(signatures.EvidenceBrokenError, match="another act"):
            signatures.check(kept, {**row, "detail": {**row["detail"], **bent}}, lambda _: bound)


def evidence_of(conn: Connection, digest: str) -> list[dict[str, Any]]:
    wanted = select(evidence.c.body).where(evidence.c.digest == digest)
    return [json.loads(body) for body in conn.execute(wanted).scalars()]


@pytest.mark.parametrize("language", ["es", "fr"])
async def test_it_is_read_and_signed_in_the_phone_s_language(service: Hospital, language: str) -> None:
    made = await away(service)
    secret = await made.asked()
    made.phone.language = language
    assert await made.approve(await made.waits()) == "approved"
    assert (await made.asking.poll(secret)).status_code == 200
    report = await checked(service)
    assert report.finding is None, report.finding


async def test_who_is_active_at_a_station_is_asked_there_and_nowhere_else(either: Hospital) -> None:
    made = await away(either)
    await made.come_back()
    await made.asked()
    assert (await made.waits())["state"] == "at_station"
    assert await made.stored() == []
    assert [question["server"] for question in await made.asking.waiting()] == ["Chart"]


async def test_who_comes_to_a_station_meanwhile_is_asked_there(either: Hospital) -> None:
    made = await away(either)
    secret = await made.asked()
    page = await made.waits()
    shown = await made.type(page)
    await made.come_back()
    proof = made.phone.sign(shown["asked"]["approve"])
    body = {"code": page["code"], "number": made.number, "proof": proof}
    assert await made.phone.outcome("waiting/approve", body) == "over"
    await look(either)
    await made.asking.approve()
    assert (await made.stored())[0].why == "at_station"
    either.clock.pass_by(5)
    assert (await made.asking.poll(secret)).status_code == 200


async def test_what_was_approved_on_the_phone_is_asked_at_no_station(service: Hospital) -> None:
    made = await away(service)
    await made.asked()
    assert await made.approve(await made.waits()) == "approved"
    await made.come_back()
    assert await made.asking.waiting() == []


async def test_a_no_is_the_server_s_no_at_once(either: Hospital) -> None:
    made = await away(either)
    secret = await made.asked()
    assert await made.refuse(await made.waits()) == "refused"
    assert (await made.asking.poll(secret)).json()["error"] == "access_denied"


async def test_not_me_holds_that_server_off_for_a_day_and_no_other(either: Hospital) -> None:
    made = await away(either)
    secret = await made.asked()
    assert await made.report(await made.waits()) == "reported"
    assert (await made.asking.poll(secret)).json()["error"] == "access_denied"
    await made.asked()
    assert (await made.waits())["state"] == "nothing"
    assert {each.why for each in await made.stored()} == {None, "reported"}
    either.clock.pass_by(24 * 3600 + 700)
    await made.asked()
    assert (await made.waits())["state"] == "waiting"


@pytest.mark.parametrize(
    ("bent", "why"),
    [
        ({"binding_message": None}, "it shows nothing"),
        ({"acr_values": "phr"}, "a key is wanted"),
    ],
)
async def test_what_no_phone_can_answer_gets_no_number(service: Hospital, bent: dict[str, Any], why: str) -> None:
    made = await away(service)
    await made.asked(**bent)
    assert made.number == "", why
    assert (await made.waits())["state"] == "nothing"
    assert await made.stored() == []


@pytest.mark.parametrize("rules", [BackchannelRules(), BackchannelRules(agent=(), phones=True)])
async def test_a_server_that_shows_no_numbers_and_an_agent_get_none(service: Hospital, rules: BackchannelRules) -> None:
    made = await away(service, rules)
    await made.asked()
    assert made.number == ""
    assert (await made.waits())["state"] == "nothing"


async def test_the_number_tells_no_server_where_anybody_is(service: Hospital) -> None:
    """At a station, away with a phone, and without one: the same answer."""
    made = await away(service)
    await service.person("ben", "Ben")
    answers = [await made.ask(), await made.ask(login_hint="ben")]
    service.clock.pass_by(200)
    await made.come_back()
    answers.append(await made.ask())
    said = [{name: type(value) for name, value in answer.json().items()} for answer in answers]
    assert said[0] == said[1] == said[2] and "kiosk_number" in said[0]


async def test_a_policy_that_wants_a_key_sends_it_to_no_phone(service: Hospital) -> None:
    made = await away(service)
    await made.asked(authorization_details=details(records=5000))
    assert (await made.waits())["state"] == "nothing"
    [row] = [row for row in await service.trail("phone_asked") if row["result"] == "refused"]
    assert row["reason"] in ("more_needed", "policy")
    await made.come_back()
    assert len(await made.asking.waiting()) == 1, "it waits for a workstation all the same"


async def test_switched_off_in_between_nothing_is_answered_and_no_token_given(service: Hospital) -> None:
    made = await away(service)
    secret = await made.asked()
    page = await made.waits()
    assert await made.approve(page) == "approved"
    service.app.state.service = service.service = replace(service.service, phone=PhoneSettings())
    assert (await made.asking.poll(secret)).json()["error"] == "access_denied"
    assert (await made.phone.post("waiting/begin", {})).status_code == 404


async def test_a_second_phone_of_theirs_may_answer_too(service: Hospital) -> None:
    made = await away(service)
    await made.come_back()
    second = await on_phone(made.asking.ward)
    await made.leave()
    secret = await made.asked()
    page = await made.waits(second.phone)
    made.paired = second
    assert await made.approve(page) == "approved"
    assert (await made.asking.poll(secret)).status_code == 200


async def test_it_ends_by_itself_within_ten_minutes(service: Hospital) -> None:
    made = await away(service)
    secret = await made.asked(requested_expiry="600")
    page = await made.waits()
    assert page["left"] <= 600
    service.clock.pass_by(595)
    answer = await made.phone.post("waiting/number", {"code": page["code"], "number": made.number})
    assert (answer.status_code, answer.json()["code"]) == (404, "over")
    assert (await made.waits())["state"] == "nothing"
    service.clock.pass_by(10)
    assert (await made.asking.poll(secret)).json()["error"] == "expired_token"
