"""Who else stands in a token: a gateway hears of a second person and of a program, and may want one, not the other."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx

from kiosk.service.openid import verify_others
from kiosk.service.openid.verify_question import VerifyIn
from kiosk.service.store.backchannel_clients import BackchannelRules
from tests.fakes.backchannel import Asking, asking
from tests.fakes.client import NOW
from tests.fakes.gateway import AskedGateway, gateway
from tests.fakes.keys import give_key
from tests.fakes.openid import AUDIENCE
from tests.fakes.seconded import BEN, Pair, colleague
from tests.fakes.service import Hospital

MANY = {"action": "record.export", "resource": "Ward/3"}
ACT = [{"type": "kiosk_act", "action": "record.export", "resource": "Ward/3", "records": 40, "purpose": "nightly copy"}]
RULES = BackchannelRules(actions=("record.export",), agent=())


async def seconded(hospital: Hospital) -> tuple[AskedGateway, Pair, str]:
    """A gateway, and the approval of an export to which Ben agreed."""
    asked = await gateway(hospital)
    ward = asked.wing.ward
    ward.key = await give_key(hospital, ward.person, name="ada's key", told=True)
    two = Pair(ward, await colleague(hospital, "ben", "Ben Okafor", BEN, "ward-4-a"))
    first = await two.waits(audience=AUDIENCE)
    assert (await two.here(first)).body["state"] == "done"
    return asked, two, str((await two.finish(first)).body["grant"]["token"])


def evaluation(token: str, **ours: Any) -> dict[str, Any]:
    return {
        "subject": {"type": "login", "id": "ada"},
        "action": {"name": "record.export"},
        "resource": {"type": "Ward", "id": "3"},
        "context": {"kiosk": {"token": token, **ours}},
    }


async def test_a_yes_says_who_agreed_besides(either: Hospital) -> None:
    asked, two, token = await seconded(either)
    yes = await asked.asks(token, **MANY, records=600, second=True, no_agent=True)
    assert yes["decision"], yes
    assert yes["of"]["second"] == {"sub": "ben", "person": two.ben.person, "acr": "phr", "auth_time": NOW}
    assert yes["of"]["act"] is None


async def test_authzen_says_it_and_wants_it_too(service: Hospital) -> None:
    asked, two, token = await seconded(service)
    alone = await asked.approval()
    export = {**evaluation(alone, second=True), "resource": {"type": "Patient", "id": "123"}}
    refused = (await asked.post("/access/v1/evaluation", export)).json()
    assert (refused["decision"], refused["context"]["reason"]) == (False, "second_needed")
    answer = (await asked.post("/access/v1/evaluation", evaluation(token, records=600, second=True))).json()
    assert answer["decision"], answer
    assert answer["context"]["second"]["person"] == two.ben.person
    assert "act" not in answer["context"]


async def test_a_proxy_wants_it_and_hears_who(service: Hospital) -> None:
    asked, _, token = await seconded(service)
    alone = await asked.approval(resource="Ward/3")
    where = "/v1/verify/request?action=record.export&resource=Ward/3&second=yes&no_agent=yes"

    async def ask(path: str, shown: str) -> httpx.Response:
        sent = {**asked.basic, "Kiosk-Token": shown, "Kiosk-Method": "GET", "Kiosk-Uri": "https://chart.example/x"}
        answer: httpx.Response = await asked.wing.hospital.http.get(path, headers=sent)
        return answer

    refused = await ask(where, alone)
    assert (refused.status_code, refused.headers["Kiosk-Reason"]) == (403, "second_needed")
    for bent in ("second=no", "second=", "second", "no_agent=1", "acr="):
        assert (await ask(f"/v1/verify/request?action=record.export&resource=Ward/3&{bent}", alone)).status_code == 400
    yes = await ask(where, token)
    assert (yes.status_code, yes.headers["Kiosk-Second"]) == (204, "ben")
    assert "Kiosk-Agent" not in yes.headers


async def agent(hospital: Hospital) -> tuple[Asking, str]:
    """A night job that asked by itself, and the access token that came of a person's yes."""
    night = await asking(hospital, RULES)
    number = await night.asked(authorization_details=json.dumps(ACT))
    assert (await night.approve()).body["state"] == "done"
    return night, str((await night.poll(number)).json()["access_token"])


async def test_a_program_that_acts_by_itself_is_named_and_may_be_refused(either: Hospital) -> None:
    night, token = await agent(either)

    async def ask(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await night.app.client.post(path, body)  # by its key: who asks people has one
        assert answer.status == 200, answer.body
        return dict(answer.body)

    yes = await ask("/v1/verify", {"token": token})
    assert (yes["decision"], yes["of"]["act"]["sub"], yes["of"]["second"]) == (True, night.app.id, None)
    no = await ask("/v1/verify", {"token": token, "no_agent": True})
    assert (no["decision"], no["reason"], no["challenge"], no["of"]) == (False, "agent_acts", None, None)
    use = {**evaluation(token), "action": {"name": "app.use"}, "resource": {"type": "application", "id": AUDIENCE}}
    use["subject"] = {"type": "person", "id": night.ward.person}
    assert (await ask("/access/v1/evaluation", use))["context"]["act"]["sub"] == night.app.id
    use["context"] = {"kiosk": {"token": token, "no_agent": True}}
    assert (await ask("/access/v1/evaluation", use))["context"]["reason"] == "agent_acts"


def test_the_same_person_twice_is_no_second_person() -> None:
    wanted = VerifyIn("x", second=True)
    said = {"sub": "ada", "person": "p1", "acr": "phr", "auth_time": NOW}
    for whose in ("ada", "p1"):  # an approval names its person by login, a sign-in by id
        assert verify_others.others_fault(wanted, {"sub": whose, "second": said}) == "second_needed"
    assert verify_others.others_fault(wanted, {"sub": "ben", "second": said}) is None
    assert verify_others.others_fault(wanted, {"sub": "ada"}) == "second_needed"
    assert verify_others.others_fault(replace(wanted, second=False), {"sub": "ada"}) is None
