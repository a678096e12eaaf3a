"""Step-up: what is asked, by whom, with which proof, and the token that comes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_asyncio
from joserfc import jws
from joserfc.jwk import KeySet

from kiosk.model import binding
from kiosk.service.store import applications, people
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import NOW, ORIGIN, Answer, Client, Hospital

ADA = "04A1B2C3"


class Ward:
    """Ada, signed in at a workstation, with a key and a code app."""

    def __init__(self, hospital: Hospital, person: str, key: SoftKey, station: Client, session: str) -> None:
        self.hospital = hospital
        self.person = person
        self.key = key
        self.station = station
        self.session = session

    async def by_key(self, view: Answer, purpose: str | None = None, **bent: Any) -> Answer:
        """Prove the step-up with the key."""
        challenge = await self.station.challenge(view.body["id"], "fido2", purpose)
        assert challenge.status == 200, challenge.body
        return await self.station.prove(view.body["id"], self.key.sign(challenge.body, **bent), purpose)

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token as any JOSE library reads them."""
        keys = KeySet.import_key_set((await self.hospital.http.get("/.well-known/jwks.json")).json())
        read = jws.deserialize_compact(token, keys, algorithms=["ES256"])
        assert read.headers()["typ"] == "stepup+jwt"
        return dict(json.loads(read.payload))


async def make(hospital: Hospital, *roles: str) -> Ward:
    person = await hospital.person("ada", "Ada Lovelace", *roles)
    await hospital.badge(person, ADA)
    station = await hospital.station()
    session = await station.open(ADA)
    return Ward(hospital, person, await give_key(hospital, person), station, session)


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
        "workstation": "ward-3-a",
        "workstation_id": ward.station.client_id,
        "request_id": view.body["id"],
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
        "exporter",
        "ada",
    )
    openings = {one["commitment"]: one for one in challenge["openings"]}
    hidden = [said["resource"], *said["patients"]]
    assert [openings[one]["value"] for one in hidden] == ["Patient/123", "P-1", "P-2"]
    for one in hidden:
        assert binding.commitment(binding.unb64u(openings[one]["salt"]), openings[one]["value"]) == one
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


class Export:
    """An application with a registered page, and its backend."""

    def __init__(self, ward: Ward, backend: Client) -> None:
        self.ward = ward
        self.backend = backend


@pytest_asyncio.fixture
async def export(ward: Ward) -> Export:
    backend = await ward.hospital.application()
    args = (backend.client_id, "https://app.example", ["record.export"], NOW)
    await ward.hospital.db.write(applications.add_origin, *args)
    return Export(ward, backend)


async def test_a_token_is_redeemed_once_by_its_audience(export: Export) -> None:
    ward = export.ward
    view = await ward.station.step_up(ward.session, records=51, audience="https://export.example")
    token = (await ward.by_key(view)).body["grant"]["token"]
    first = await export.backend.post("/v1/tokens/redeem", {"token": token})
    assert (first.status, first.body["action"], first.body["sub"]) == (200, "record.export", "ada")
    second = await export.backend.post("/v1/tokens/redeem", {"token": token})
    assert (second.status, second.code) == (409, "already_used")
    trail = [(row["result"], row.get("reason")) for row in await ward.hospital.trail("token_redeemed")]
    assert trail == [("success", None), ("refused", "already_used")]


async def test_others_cannot_redeem_a_token(export: Export) -> None:
    ward = export.ward
    view = await ward.station.step_up(ward.session, records=51, audience="https://export.example")
    token = (await ward.by_key(view)).body["grant"]["token"]
    thief = await ward.hospital.application("thief", "https://thief.example")
    assert (await thief.post("/v1/tokens/redeem", {"token": token})).code == "wrong_audience"
    assert (await ward.station.post("/v1/tokens/redeem", {"token": token})).code == "not_an_application"
    await export.backend.sign_on()
    assert (await export.backend.post("/v1/tokens/redeem", {"token": export.backend.token})).code == "bad_token"
    assert (await export.backend.post("/v1/tokens/redeem", {"token": token[:-2] + "AA"})).code == "bad_token"
    ward.hospital.clock.pass_by(300)
    assert (await export.backend.post("/v1/tokens/redeem", {"token": token})).code == "bad_token"


async def test_a_pages_token_is_collected_once_by_its_backend(export: Export) -> None:
    ward = export.ward
    view = await ward.station.step_up(ward.session, records=51, origin="https://app.example")
    done = await ward.by_key(view)
    assert (done.body["state"], done.body["grant"]["token"]) == ("done", None)
    path = f"/v1/stepups/{view.body['id']}/token"
    stranger = await ward.hospital.application("other", "https://other.example")
    assert (await stranger.post(path, None)).status == 404
    assert (await ward.station.post(path, None)).code == "not_an_application"
    token = (await export.backend.post(path, None)).body["token"]
    assert (await ward.claims(token))["aud"] == "https://export.example"
    assert (await export.backend.post(path, None)).code == "already_used"
    assert (await export.backend.post("/v1/tokens/redeem", {"token": token})).status == 200


async def test_a_page_asks_only_for_what_it_is_registered_for(export: Export) -> None:
    ward = export.ward
    for more in (
        {"origin": "https://evil.example"},
        {"origin": "https://app.example", "action": "bulk.print"},
        {"origin": "https://app.example", "audience": "https://elsewhere.example"},
    ):
        assert (await ward.station.step_up(ward.session, **more)).code == "policy"


async def test_a_workstation_only_door_is_closed_to_applications(export: Export) -> None:
    assert (await export.backend.tap(ADA)).code == "not_a_workstation"
    assert (await export.backend.get("/v1/events")).code == "not_a_workstation"
