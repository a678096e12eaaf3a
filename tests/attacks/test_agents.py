"""An agent that wants to answer itself: by its key, by an account that it holds, under a policy that permits all."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.model.binding import unb64u
from kiosk.model.people import Person
from kiosk.service.ceremonies import agents
from kiosk.service.policy.cedar import book
from kiosk.service.store import backchannel_clients, people
from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.lookups import StoredPerson
from tests.fakes.backchannel import Asking, asking
from tests.fakes.keys import give_key
from tests.fakes.openid import wing
from tests.fakes.seconded import KEY_HELD, by_key, pair
from tests.fakes.service import Hospital

PERMITS_ALL = '@id("all")\n@says("All.")\npermit (principal, action, resource);'
ACT = [{"type": "kiosk_act", "action": "record.export", "resource": "Ward/3", "records": 40, "purpose": "nightly copy"}]
RULES = BackchannelRules(actions=("record.export",), agent=())


def permits_all(hospital: Hospital) -> None:
    hospital.app.state.service = hospital.service = replace(hospital.service, usual=book.read(PERMITS_ALL))


async def _agent(hospital: Hospital, *accounts: str) -> Asking:
    return await asking(hospital, replace(RULES, agent=accounts))


async def test_a_person_approves_and_the_token_says_who_acts(either: Hospital) -> None:
    night = await _agent(either)
    asked = await night.asked(authorization_details=json.dumps(ACT))
    view = await night.show()
    assert (view.body["agent"], view.body["server"], view.body["state"]) == (True, "Chart", "prove")
    done = await night.ward.by_key(view)
    assert done.body["state"] == "done", done.body
    tokens = (await night.poll(asked)).json()
    claims = json.loads(_payload(tokens["access_token"]))
    assert claims["act"]["sub"] == night.app.id and claims["sub"] == night.ward.person
    assert "refresh_token" not in tokens
    rows = await either.trail("stepup")
    assert rows[-1]["detail"]["agent"] == night.app.id


def _payload(token: str) -> bytes:
    return unb64u(token.split(".")[1])


async def test_a_server_that_is_no_agent_has_no_act(service: Hospital) -> None:
    chart = await asking(service, BackchannelRules(actions=("record.export",)))
    asked = await chart.asked(authorization_details=json.dumps(ACT))
    await chart.approve()
    claims = json.loads(_payload((await chart.poll(asked)).json()["access_token"]))
    assert "act" not in claims


@pytest.mark.parametrize("lax", [False, True])
async def test_an_account_that_it_holds_is_not_even_asked(service: Hospital, lax: bool) -> None:
    night = await _agent(service)
    if lax:
        permits_all(service)
    robot = await service.person("svc-night", "Night export")
    await service.db.write(_held_by, night.app.id, robot)
    assert (await night.ask(login_hint="svc-night")).json()["error"] == "access_denied"
    await service.db.write(people.add_role, night.ward.person, "program")
    assert (await night.ask(login_hint="ada")).json()["error"] == "access_denied"


def _held_by(conn: Any, application: str, person: str) -> None:
    backchannel_clients.put(conn, application, replace(RULES, agent=(person,)), 1)


async def test_an_account_that_turns_out_to_be_its_own_is_refused_at_the_prompt(service: Hospital) -> None:
    """It is asked, and only then an administrator says whose account that is. No policy helps it."""
    night = await _agent(service)
    permits_all(service)
    asked = await night.asked(authorization_details=json.dumps(ACT))
    await service.db.write(_held_by, night.app.id, night.ward.person)
    view = await night.show()
    assert (view.body["state"], view.body["refusal"]["code"]) == ("refused", "policy")
    assert (await night.poll(asked)).json()["error"] == "access_denied"


async def test_its_own_key_opens_no_door_of_a_workstation(service: Hospital) -> None:
    night = await _agent(service)
    permits_all(service)
    asked = await night.asked(authorization_details=json.dumps(ACT))
    question = (await night.waiting())[0]
    body = {"ask": question["ask"], "session": night.ward.session, "program": "", "asked": question["id"]}
    client = service.client()
    client.key, client.client_id = night.app.client.key, night.app.id
    await client.sign_on()
    login = {"presented": {"login": "ada", "kind": "login"}, "tap": 1}
    for door, sent in (("/v1/stepups", body), ("/v1/ceremonies", login)):
        assert (await client.post(door, sent)).status in (401, 403)
    assert (await night.poll(asked)).json()["error"] in ("authorization_pending", "slow_down")


async def test_a_policy_that_permits_all_still_wants_a_persons_fresh_proof(service: Hospital) -> None:
    night = await _agent(service)
    permits_all(service)
    asked = await night.asked(authorization_details=json.dumps(ACT))
    view = await night.show()
    assert (view.body["state"], view.body["proved"]) == ("prove", [])
    assert (await night.poll(asked)).json()["error"] == "authorization_pending"


async def test_its_account_is_nobodys_second_person(service: Hospital) -> None:
    night = await _agent(service)
    rule = '@id("two")\n@says("Two.")\npermit (principal, action, resource) when { context.proof.second_person };'
    service.app.state.service = service.service = replace(service.service, usual=book.read(rule))
    robot = await service.person("svc-night", "Night export")
    await service.badge(robot, "04F1F2F3")
    key = await give_key(service, robot)
    await service.db.write(_held_by, night.app.id, robot)
    await night.asked(authorization_details=json.dumps(ACT))
    first = await night.ward.by_key(await night.show())
    assert first.body["second"] is not None, first.body
    here = f"/v1/ceremonies/{first.body['id']}/second"
    tapped = {"presented": {"uid": "04F1F2F3", "kind": "uid"}, "login": "", "tap": 2}
    assert (await night.ward.station.post(here, tapped)).body["second"]["refusal"] == "policy"
    held = {"kind": "fido2", "aaguid": "0" * 32, "has_pin": True, "built_in_uv": False}
    view = await night.ward.station.post(here, {"presented": held, "login": "", "tap": 3})
    done = await by_key(night.ward.station, key, view)
    assert (done.body["state"], done.body["refusal"]["code"]) == ("refused", "policy")


async def test_an_account_of_an_agent_agrees_to_no_step_up_of_anybody(either: Hospital) -> None:
    """Who holds the agent's account, under another name and with a key of its own, would be both people."""
    two = await pair(either)
    app = (await either.application("nightly", "urn:nightly")).client_id
    await either.db.write(_held_by, app, two.ben.person)
    first = await two.waits()
    assert (await two.tapped(first)).body["second"]["refusal"] == "policy"
    view = await two.ward.station.post(
        f"/v1/ceremonies/{first.body['id']}/second", {"presented": KEY_HELD, "login": "", "tap": 3}
    )
    done = await by_key(two.ward.station, two.ben.key, view)
    assert (done.body["state"], done.body["refusal"]["code"]) == ("refused", "policy")


async def test_an_account_of_one_agent_does_not_answer_another(service: Hospital) -> None:
    night = await _agent(service)
    other = (await service.application("nightly", "urn:nightly")).client_id
    robot = await service.person("svc-night", "Night export")
    await service.db.write(_held_by, other, robot)
    assert (await night.ask(login_hint="svc-night")).json()["error"] == "access_denied"


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sets(st.sampled_from(["a", "b", "c"])),
    st.sampled_from(["a", "b", "c"]),
    st.sets(st.sampled_from(["nurse", "program"])),
)
def test_who_is_barred_depends_on_no_policy(accounts: set[str], person: str, roles: set[str]) -> None:
    """The wall has no policy, no action and no proof among what it is told."""
    known = StoredPerson(Person(person, person, person, tuple(sorted(roles))), b"", False)
    barred = agents.bars(replace(RULES, agent=tuple(sorted(accounts))), known)
    assert barred is (person in accounts or "program" in roles)
    assert not agents.bars(BackchannelRules(), known)


async def test_whichever_grant_its_tokens_come_of_they_say_that_it_acts(service: Hospital) -> None:
    """RFC 8693 section 4.1: by a code and by a refresh token too, in access token, ID token and introspection."""
    here = await wing(service)
    await service.db.write(backchannel_clients.put, here.app.id, RULES, int(service.clock()))
    tokens = await here.tokens()
    again = (await here.app.refresh(tokens["refresh_token"])).json()
    act = {"sub": here.app.id, "name": "Chart"}
    for each in (tokens, again):
        for token in (each["access_token"], each["id_token"]):
            said = json.loads(_payload(token))
            assert (said["act"], said["sub"]) == (act, here.ward.person)
        assert (await here.app.introspect(each["access_token"]))["act"] == act
    assert (await here.app.introspect(again["refresh_token"]))["act"] == act


async def test_who_is_no_agent_acts_for_nobody_by_a_code_either(service: Hospital) -> None:
    here = await wing(service)
    tokens = await here.tokens()
    again = (await here.app.refresh(tokens["refresh_token"])).json()
    for each in (tokens, again):
        assert not any("act" in json.loads(_payload(each[token])) for token in ("access_token", "id_token"))
        assert "act" not in await here.app.introspect(each["access_token"])
