"""A server asks people elsewhere: it bombs them, asks after them, takes another's answer, and writes what misleads."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest
from sqlalchemy import select, update

from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.schema import backchannel_request, ceremony
from tests.fakes.asking import ADA
from tests.fakes.backchannel import Asking, asking
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.openid import OpenIdApp, register
from tests.fakes.service import Hospital

MAY_EXPORT = BackchannelRules(actions=("record.export",))
EXPORT = {"type": "kiosk_act", "action": "record.export", "resource": "Patient/123", "records": 12}


async def another(made: Asking) -> OpenIdApp:
    """A second server that may ask."""
    from kiosk.service.store import backchannel_clients

    app = await register(made.hospital, "portal", "urn:portal", redirect_uris=())
    await made.hospital.db.write(backchannel_clients.put, app.id, MAY_EXPORT, NOW)
    return app


async def test_a_bomb_is_one_question(either: Hospital) -> None:
    made = await asking(either)
    answers = [await made.ask() for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 403, 403, 403, 403]
    assert {answer.json().get("error") for answer in answers[1:]} == {"access_denied"}
    assert len(await made.waiting()) == 1
    assert len(await either.trail("app_asked")) == 5, "each try is written down, and paid for"


async def test_many_at_once_are_one_question(either: Hospital) -> None:
    made = await asking(either)
    answers = await asyncio.gather(*(made.ask() for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]


async def test_many_servers_together_have_a_bound(service: Hospital) -> None:
    from kiosk.service.store import backchannel_clients

    made = await asking(service)
    said = []
    for number in range(7):
        made.app = await register(service, f"app-{number}", f"urn:app-{number}", redirect_uris=())
        await service.db.write(backchannel_clients.put, made.app.id, BackchannelRules(), NOW)
        said.append((await made.ask()).status_code)
    assert said == [200] * 5 + [403] * 2


async def test_whether_somebody_is_at_work_does_not_show(service: Hospital) -> None:
    made = await asking(service)
    await service.person("ben", "Ben Macdui")
    here, away = await made.ask(), await made.ask(login_hint="ben")
    assert (here.status_code, sorted(here.json())) == (away.status_code, sorted(away.json()))
    assert here.json()["expires_in"] == away.json()["expires_in"]
    said = [(await made.poll(answer.json()["auth_req_id"])).json()["error"] for answer in (here, away)]
    assert said == ["authorization_pending", "authorization_pending"]


async def test_somebody_suspended_is_like_nobody(service: Hospital) -> None:
    from kiosk.service.store import people

    made = await asking(service)
    await service.db.write(people.set_active, made.ward.person, False)
    gone, nobody = await made.ask(), await made.ask(login_hint="nobody")
    assert gone.json() == nobody.json()


async def test_another_server_s_answer_is_nobody_else_s(either: Hospital) -> None:
    made = await asking(either)
    secret = await made.asked()
    await made.approve()
    mine, made.app = made.app, await another(made)
    assert (await made.poll(secret)).json()["error"] == "invalid_grant"
    made.app = mine
    assert (await made.poll(secret)).status_code == 200, "and it is still its own's"


async def test_an_answer_is_fetched_once(either: Hospital) -> None:
    made = await asking(either)
    secret = await made.asked()
    await made.approve()
    answers = await asyncio.gather(*(made.poll(secret) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert {a.json()["error"] for a in answers if a.status_code == 400} == {"invalid_grant"}


async def test_a_question_is_shown_once_to_its_own_person(service: Hospital) -> None:
    made = await asking(service)
    await made.asked()
    question = (await made.waiting())[0]
    ben = await service.person("ben", "Ben Macdui")
    await service.badge(ben, "04B1B2C3")
    other = await service.station("ward-4", "Ward 4")
    session = await other.open("04B1B2C3")
    body = {"ask": question["ask"], "session": session, "program": "", "asked": question["id"]}
    assert (await other.post("/v1/stepups", body)).code == "expired"
    assert (await made.show()).status == 200
    again = {"ask": question["ask"], "session": made.ward.session, "program": "", "asked": question["id"]}
    assert (await made.ward.station.post("/v1/stepups", again)).code == "expired"


@pytest.mark.parametrize(
    "bent",
    [
        {"ask": {"records": 1}},
        {"ask": {"resource": "Patient/9"}},
        {"ask": {"audience": "urn:portal"}},
        {"program": "/usr/bin/exporter"},
        {"name": "Records"},
        {"origin": ORIGIN},
    ],
)
async def test_a_station_that_shows_something_else_is_refused(service: Hospital, bent: dict[str, Any]) -> None:
    made = await asking(service, MAY_EXPORT)
    secret = await made.asked(authorization_details=json.dumps([EXPORT]))
    ask = {**(await made.waiting())[0]["ask"], **bent.pop("ask", {})}
    view = await made.show(ask=ask, **bent)
    assert (view.status, view.code) == (422, "other_question")
    service.clock.pass_by(5)
    assert (await made.poll(secret)).json()["error"] == "authorization_pending"


async def test_another_s_step_up_answers_no_question(service: Hospital) -> None:
    """A program of the person's own is approved for the same act; the server gets nothing by it."""
    made = await asking(service, MAY_EXPORT)
    secret = await made.asked(authorization_details=json.dumps([EXPORT]))
    view = await made.ward.station.step_up(made.ward.session)
    await made.ward.by_key(view, "transfer of care")
    assert (await made.poll(secret)).json()["error"] == "authorization_pending"


@pytest.mark.parametrize(
    "values",
    [{"ceremony": "somebody-s"}, {"expires": NOW + 90_000}, {"scope": "openid roles"}, {"message": "code 1"}],
)
async def test_a_question_that_was_changed_in_the_database_is_not_believed(
    either: Hospital, values: dict[str, Any]
) -> None:
    made = await asking(either)
    secret = await made.asked(binding_message="code 2")
    await made.approve()
    either.tampered = True
    await either.db.write(lambda conn: conn.execute(update(backchannel_request).values(**values)))
    answer = await made.poll(secret)
    assert (answer.status_code, answer.json()["code"]) == (401, "integrity")


async def test_a_question_that_was_used_and_put_back_gives_nothing(either: Hospital) -> None:
    made = await asking(either)
    secret = await made.asked()
    await made.approve()
    before = await either.db.read(lambda conn: dict(conn.execute(select(backchannel_request)).one()._mapping))
    assert (await made.poll(secret)).status_code == 200
    either.tampered = True
    await either.db.write(lambda conn: conn.execute(update(backchannel_request).values(**before)))
    assert (await made.poll(secret)).json()["error"] == "invalid_grant"


async def test_a_refusal_made_a_yes_in_the_database_is_none(either: Hospital) -> None:
    made = await asking(either)
    secret = await made.asked()
    await made.refuse()
    either.tampered = True
    await either.db.write(lambda conn: conn.execute(update(ceremony).values(state="done")))
    assert (await made.poll(secret)).status_code in (400, 401)


async def test_what_was_approved_with_is_reported_lost_before_it_is_fetched(service: Hospital) -> None:
    from kiosk.service.store import factors

    made = await asking(service)
    secret = await made.asked()
    await made.approve()
    await service.db.write(factors.suspend, "key", made.ward.key.credential_id, "lost", int(service.clock()))
    assert (await made.poll(secret)).json()["error"] == "access_denied"


@pytest.mark.parametrize(
    "message",
    [
        "code \u202e1234",  # right-to-left override
        "code \u2066 1234",
        "c\u043ede 1234",  # a Cyrillic o
        "\u0421\u041e\u0420",  # all of it looks Latin
        "code\u200b1234",
        "code\n1234",
        "\u05e7\u05d5\u05d3",  # another script, and right to left
        "code  1234",
        "e\u0301",  # not in NFC
        "x" * 101,
        "",
    ],
)
async def test_a_message_that_could_mislead_is_refused(service: Hospital, message: str) -> None:
    made = await asking(service)
    answer = await made.ask(binding_message=message)
    if message:
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_binding_message")
    else:
        assert answer.status_code == 200, "an empty parameter counts as not sent (RFC 6749 section 3.1)"


@pytest.mark.parametrize(
    "resource", ["Patient/1\u202e23", "P\u0430tient/123", "Patient/\u200b123"], ids=["bidi", "look-alike", "unseen"]
)
async def test_an_act_that_could_mislead_is_refused(service: Hospital, resource: str) -> None:
    made = await asking(service, MAY_EXPORT)
    answer = await made.ask(authorization_details=json.dumps([{**EXPORT, "resource": resource}]))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_authorization_details")


async def test_a_session_that_ended_gives_no_tokens_for_what_was_approved_in_it(service: Hospital) -> None:
    made = await asking(service)
    secret = await made.asked()
    await made.approve()
    report = {"id": str(uuid.uuid4()), "action": "session_end", "at": NOW, "session": made.ward.session, "detail": {}}
    await made.ward.station.post("/v1/reports", {"reports": [{**report, "reason": "sign_out"}]})
    await made.ward.station.open(ADA)
    assert (await made.poll(secret)).json()["error"] == "access_denied"
