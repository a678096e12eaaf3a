"""A request whose answer was lost is sent again, to any replica: it is done once, and answered as the first time."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from kiosk.model.signing import STALE
from tests.fakes.asking import Ward
from tests.fakes.client import Answer, Client
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital

ADA = "04A1B2C3D4E5F6"
TAP = {"presented": {"uid": ADA, "kind": "uid"}, "tap": 1}


async def send(station: Client, path: str, body: Any, *before: str) -> tuple[Answer, str]:
    """One request, and the digest of its proof. ``before``: those under which the same was asked."""
    raw = json.dumps(body).encode()
    headers = {**station.signed("POST", path, raw), "Content-Type": "application/json"}
    if before:
        headers["Kiosk-Again"] = ",".join(before)
    answer = station._answer(await station.http.post(path, content=raw, headers=headers))
    return answer, hashlib.sha256(headers["DPoP"].encode()).hexdigest()


async def ready(hospital: Hospital) -> Client:
    person = await hospital.person("ada")
    await hospital.badge(person, ADA)
    station = await hospital.station()
    await station.sign_on()
    await station.get("/v1/workstation")
    return station


async def test_a_tap_within_grace_opens_one_session(either: Hospital) -> None:
    station = await ready(either)
    await station.open(ADA)
    first, lost = await send(station, "/v1/ceremonies", TAP)
    assert first.body["state"] == "done"
    rows = len(await either.trail())
    again, second = await send(station, "/v1/ceremonies", TAP, lost)
    assert again.body == first.body
    third, _ = await send(station, "/v1/ceremonies", TAP, lost, second)
    assert third.body == first.body
    assert len(await either.trail()) == rows


async def test_what_was_never_done_is_done_then_and_what_comes_later_is_refused(either: Hospital) -> None:
    station = await ready(either)
    late = {**station.signed("POST", "/v1/ceremonies", json.dumps(TAP).encode()), "Content-Type": "application/json"}
    lost = hashlib.sha256(late["DPoP"].encode()).hexdigest()
    done, _ = await send(station, "/v1/ceremonies", TAP, lost)
    assert done.body["state"] == "prove"
    answer = await station.http.post("/v1/ceremonies", content=json.dumps(TAP).encode(), headers=late)
    assert (answer.status_code, answer.json()["code"]) == (409, STALE)
    assert [row["action"] for row in await either.trail()].count("tap") == 1


async def test_a_wrong_pin_counts_once_and_a_right_one_opens_once(either: Hospital) -> None:
    station = await ready(either)
    view, lost = await send(station, "/v1/ceremonies", TAP)
    again, _ = await send(station, "/v1/ceremonies", TAP, lost)
    assert again.body == view.body
    path = f"/v1/ceremonies/{view.body['id']}/proof"
    wrong = {"proof": {"pin": "000000", "method": "pin"}, "purpose": None}
    first, lost = await send(station, path, wrong)
    repeated, _ = await send(station, path, wrong, lost)
    assert (repeated.body["state"], repeated.code) == ("prove", "wrong_pin")
    assert repeated.body["offers"] == first.body["offers"]
    right = {"proof": {"pin": "123456", "method": "pin"}, "purpose": None}
    opened, lost = await send(station, path, right)
    repeated, _ = await send(station, path, right, lost)
    assert opened.body["state"] == "done"
    assert repeated.body == opened.body
    signed_in = await either.trail("sign_in")
    assert [row["result"] for row in signed_in] == ["success"]
    assert [row["reason"] for row in await either.trail("proof")] == ["wrong_pin"]


async def test_a_badge_that_nobody_has_is_refused_once(either: Hospital) -> None:
    station = await ready(either)
    strange = {"presented": {"uid": "04FFFFFFFFFFFF", "kind": "uid"}, "tap": 2}
    first, lost = await send(station, "/v1/ceremonies", strange)
    again, _ = await send(station, "/v1/ceremonies", strange, lost)
    assert (again.body["state"], again.code) == ("refused", first.code)
    assert [row["action"] for row in await either.trail()].count("tap") == 1


async def test_a_step_up_s_token_is_the_same_one(either: Hospital) -> None:
    station = await ready(either)
    session = await station.open(ADA)
    person = str((await either.trail("sign_in"))[0]["person"])
    ward = Ward(either, person, await give_key(either, person, told=True), station, session)
    ask = await station.step_up(session, records=51)
    proof = ward.key.sign((await station.challenge(ask.body["id"], "fido2")).body)
    path = f"/v1/ceremonies/{ask.body['id']}/proof"
    first, lost = await send(station, path, {"proof": proof, "purpose": None})
    again, _ = await send(station, path, {"proof": proof, "purpose": None}, lost)
    assert first.body["state"] == again.body["state"] == "done"
    assert _claims(again)["jti"] == _claims(first)["jti"]
    assert _claims(again) == _claims(first)
    assert again.body["grant"]["acr"] == first.body["grant"]["acr"]


def _claims(answer: Answer) -> Any:
    part = answer.body["grant"]["token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def test_another_station_learns_nothing_by_naming_a_proof(either: Hospital) -> None:
    station = await ready(either)
    first, lost = await send(station, "/v1/ceremonies", TAP)
    other = await either.station("other", "Ward 4")
    await other.sign_on()
    await other.get("/v1/workstation")
    answer, _ = await send(other, "/v1/ceremonies", TAP, lost)
    assert answer.body["id"] != first.body["id"]
    malformed, _ = await send(station, "/v1/ceremonies", TAP, "x" * 64)
    assert malformed.body["id"] != first.body["id"], "what is not of the right form is no repetition"
