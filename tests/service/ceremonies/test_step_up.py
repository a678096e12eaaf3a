"""Step-up: what is asked, by whom, and with which proof."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_asyncio

from kiosk.model import binding
from kiosk.model.consent import patients_claim
from kiosk.service.store import applications, people
from tests.fakes.asking import ADA, Ward, make
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.service import Hospital


@pytest_asyncio.fixture
async def ward(service: Hospital) -> Ward:
    return await make(service)


async def test_an_export_by_key_gives_a_token_that_any_library_can_check(either: Hospital) -> None:
    ward = await make(either)
    view = await ward.station.step_up(ward.session, records=51, audience="https://export.example")
    assert (view.body["state"], view.body["why"], view.body["sensitivity"]) == ("prove", "step_up", "sensitive")
    assert [o["method"] for o in view.body["offers"]] == ["fido2"]
    done = await ward.by_key(view)
    grant = done.body["grant"]
    assert (done.body["state"], grant["acr"], grant["amr"], grant["expires_in"]) == (
        "done",
        "phr",
        ["pop", "pin", "mfa"],
        300,
    )
    claims = await ward.claims(grant["token"])
    jti = claims.pop("jti")
    assert len(jti) >= 20
    assert claims == {
        "iss": ORIGIN,
        "aud": "https://export.example",
        "sub": "ada",
        "person": ward.person,
        "acr": "phr",
        "amr": ["pop", "pin", "mfa"],
        "auth_time": NOW,
        "iat": NOW,
        "exp": NOW + 300,
        "action": "record.export",
        "resource": "Patient/123",
        "records": 51,
        "purpose": "transfer of care",
        "patients": patients_claim(()),
        "lost": [],
        "program": {"name": None, "path": "exporter"},
        "origin": None,
        "workstation": "ward-3-a",
        "workstation_id": ward.station.client_id,
        "request_id": view.body["id"],
        "risk": {"score": 0, "reasons": []},
    }
    assert [row["action"] for row in await either.trail()][-2:] == ["stepup_asked", "stepup"]


async def test_the_challenge_says_what_is_approved_and_hides_the_patients(ward: Ward) -> None:
    view = await ward.station.step_up(ward.session, records=51, patients=["P-1", "P-2"])
    challenge = (await ward.station.challenge(view.body["id"], "fido2")).body
    said = json.loads(challenge["statement"])
    assert challenge["label"] == binding.STEP_UP_LABEL
    assert (said["action"], said["records"], said["purpose"], said["program"], said["who"]["login"]) == (
        "record.export",
        51,
        "transfer of care",
        {"name": None, "path": "exporter"},
        "ada",
    )
    openings = {opening["commitment"]: opening for opening in challenge["openings"]}
    hidden = [said["resource"], *said["patients"]]
    assert [openings[commitment]["value"] for commitment in hidden] == ["Patient/123", "P-1", "P-2"]
    for commitment in hidden:
        assert (
            binding.commitment(binding.unb64u(openings[commitment]["salt"]), openings[commitment]["value"])
            == commitment
        )
    assert "Patient/123" not in challenge["statement"]
    digest = binding.challenge(challenge["label"], binding.unb64u(challenge["nonce"]), challenge["statement"].encode())
    assert binding.b64u(digest) == challenge["challenge"]


async def test_pin_and_code_both_now_are_enough_for_a_small_export(ward: Ward) -> None:
    app = await ward.hospital.totp(ward.person)
    view = await ward.station.step_up(ward.session, records=50)
    assert [o["method"] for o in view.body["offers"]] == ["fido2", "pin"]
    view = await ward.station.pin(view.body["id"], "123456", "transfer of care")
    assert (view.body["state"], [o["method"] for o in view.body["offers"]]) == ("prove", ["fido2", "otp"])
    done = await ward.station.otp(view.body["id"], app.at(NOW), "transfer of care")
    assert (done.body["grant"]["acr"], done.body["grant"]["amr"]) == ("urn:kiosk:mfa", ["pin", "otp", "mfa"])


async def test_grace_and_the_sign_ins_own_pin_never_count(service: Hospital) -> None:
    person = await service.person("ada")
    await service.badge(person, ADA)
    await service.totp(person)
    station = await service.station()
    view = await station.step_up(await station.open(ADA), records=1)
    assert (view.body["state"], view.body["proved"]) == ("prove", [])
    large = await station.step_up(view.body["id"], records=1)
    assert (large.body["state"], large.code) == ("refused", "not_active")


async def test_without_a_method_that_would_do_it_is_refused_at_once(service: Hospital) -> None:
    person = await service.person("ada")
    await service.badge(person, ADA)
    station = await service.station()
    view = await station.step_up(await station.open(ADA), records=51)
    assert (view.body["state"], view.code) == ("refused", "no_method")
    row = (await service.trail("stepup"))[0]
    assert (row["result"], row["reason"]) == ("refused", "no_method")


async def test_a_barred_role_is_refused_by_policy(service: Hospital) -> None:
    ward = await make(service, "visitor")
    assert (await ward.station.step_up(ward.session)).code == "policy"


async def test_a_purpose_is_asked_for_only_where_policy_has_a_list_and_the_program_none(ward: Ward) -> None:
    view = await ward.station.step_up(ward.session, action="bulk.print", purpose=None)
    assert (view.body["sensitivity"], len(view.body["purposes"])) == ("restricted", 5)
    assert (await ward.station.challenge(view.body["id"], "fido2")).code == "purpose_needed"
    assert (await ward.station.challenge(view.body["id"], "fido2", " ")).code == "bad_purpose"
    done = await ward.by_key(view, "quality review")
    assert (await ward.claims(done.body["grant"]["token"]))["purpose"] == "quality review"
    stated = await ward.station.step_up(ward.session, action="bulk.print", purpose="audit")
    assert stated.body["purposes"] == []


async def test_the_purpose_cannot_change_between_two_proofs(ward: Ward) -> None:
    app = await ward.hospital.totp(ward.person)
    view = await ward.station.step_up(ward.session, records=1)
    await ward.station.pin(view.body["id"], "123456", "treatment")
    assert (await ward.station.otp(view.body["id"], app.at(NOW), "something else")).code == "purpose_changed"


async def test_only_the_open_session_of_this_workstation_may_ask(ward: Ward) -> None:
    other = await ward.hospital.station("b")
    assert (await other.step_up(ward.session)).code == "not_active"
    assert (await ward.station.step_up("nobody's")).code == "not_active"
    report = {"id": "6f0f3c5e-0000-4000-8000-000000000001", "action": "lock", "at": NOW, "session": ward.session}
    await ward.station.post("/v1/reports", {"reports": [{**report, "reason": "idle", "detail": {}}]})
    assert (await ward.station.step_up(ward.session)).code == "not_active"


async def test_a_lock_at_the_station_ends_its_step_up_and_one_from_elsewhere_lets_it_finish(ward: Ward) -> None:
    view = await ward.station.step_up(ward.session, records=51)
    await (await ward.hospital.station("b")).open(ADA)
    assert (await ward.by_key(view)).body["state"] == "done"
    session = await ward.station.open(ADA)
    view = await ward.station.step_up(session, records=51)
    challenge = (await ward.station.challenge(view.body["id"], "fido2")).body
    report = {"id": "6f0f3c5e-0000-4000-8000-000000000002", "action": "lock", "at": NOW, "session": session}
    await ward.station.post("/v1/reports", {"reports": [{**report, "reason": "idle", "detail": {}}]})
    answer = await ward.station.prove(view.body["id"], ward.key.sign(challenge))
    assert (answer.body["state"], answer.body["grant"]) == ("refused", None)


async def test_a_step_up_ends_by_itself_and_when_its_person_is_suspended(ward: Ward) -> None:
    view = await ward.station.step_up(ward.session, records=51)
    challenge = (await ward.station.challenge(view.body["id"], "fido2")).body
    ward.hospital.clock.pass_by(120)
    assert (await ward.station.prove(view.body["id"], ward.key.sign(challenge))).code == "expired"
    view = await ward.station.step_up(ward.session, records=51)
    challenge = (await ward.station.challenge(view.body["id"], "fido2")).body
    await ward.hospital.db.write(people.set_active, ward.person, False)
    assert (await ward.station.prove(view.body["id"], ward.key.sign(challenge))).code == "suspended"
    assert (await ward.station.step_up(ward.session)).code == "suspended"


async def test_a_sign_in_challenge_is_worth_nothing_for_a_step_up(ward: Ward) -> None:
    ward.hospital.clock.pass_by(5 * 3600)
    tap = await ward.station.tap(ADA)
    theirs = (await ward.station.challenge(tap.body["id"], "fido2")).body
    view = await ward.station.step_up(ward.session, records=51)
    await ward.station.challenge(view.body["id"], "fido2")
    assert (await ward.station.prove(view.body["id"], ward.key.sign(theirs))).code == "bad_signature"


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        ({"action": ""}, "bad_action"),
        ({"action": "x y"}, "bad_action"),
        ({"action": "a" * 65}, "bad_action"),
        ({"records": -1}, "bad_records"),
        ({"records": 10**10}, "bad_records"),
        ({"resource": "x" * 513}, "too_long"),
        ({"patients": ["p"] * 501}, "too_long"),
        ({"records": "12"}, "bad_request"),
        ({"patients": "P-1"}, "bad_request"),
        ({"resource": None}, "bad_request"),
    ],
    ids=str,
)
async def test_an_ask_that_makes_no_sense_is_422(ward: Ward, ask: dict[str, Any], code: str) -> None:
    answer = await ward.station.step_up(ward.session, **ask)
    assert (answer.status, answer.code) == (422, code)


async def test_text_that_cannot_be_written_down_is_refused(ward: Ward) -> None:
    whole = {"action": "record.export", "resource": "Patient/1", "records": 51}
    ask = {**whole, "purpose": "x", "audience": None, "patients": []}
    body = json.dumps({"ask": ask, "session": ward.session, "program": "PROGRAM", "origin": None})
    await ward.station.get("/v1/workstation")
    headers = ward.station.signed("POST", "/v1/stepups") | {"Content-Type": "application/json"}
    answer = await ward.station.http.post("/v1/stepups", content=body.replace("PROGRAM", "\\ud800"), headers=headers)
    assert answer.status_code in (400, 422)


async def test_an_audience_can_be_open_or_registered_only(service: Hospital) -> None:
    ward = await make(service)
    app = await service.application()
    default = await ward.by_key(await ward.station.step_up(ward.session, records=51))
    assert (await ward.claims(default.body["grant"]["token"]))["aud"] == ORIGIN
    await service.db.write(applications.revoke, app.client_id)
    assert (await ward.station.step_up(ward.session, audience="https://export.example")).code == "policy"
