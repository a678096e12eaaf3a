"""The risk of sign-ins and step-ups on the running service: what is asked for, what is written, what is forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.service.shared.risk_rules import risk_rules_from
from tests.fakes.asking import ADA, Ward, make
from tests.fakes.client import Client
from tests.fakes.service import Hospital

HOUR, DAY = 3600, 86_400
FEW: dict[str, Any] = {"action": "record.export", "records": 3, "resource": "Ward/3"}
FAR = {"walk": [{"between": ["Ward 3", "Radiology"], "minutes": 12}]}


def with_risk(hospital: Hospital, **table: object) -> None:
    """The hospital under this ``[risk]`` from now on."""
    hospital.app.state.service = hospital.service = replace(hospital.service, risk=risk_rules_from(table))


async def old_key(hospital: Hospital) -> Ward:
    """Ada with a key that is older than a day, just signed in by their PIN."""
    ward = await make(hospital)
    await hospital.totp(ward.person)
    hospital.clock.pass_by(2 * DAY)
    ward.session = await ward.station.open(ADA)
    return ward


async def wrong_pins(station: Client, times: int) -> None:
    """Begin with the badge, and type a wrong PIN so often."""
    for _ in range(times):
        view = await station.tap(ADA)
        assert view.body["state"] == "prove", view.body
        await station.pin(view.body["id"], "000000")


async def test_a_tap_far_away_within_grace_is_not_enough_and_says_why(either: Hospital) -> None:
    with_risk(either, **FAR)
    ward = await old_key(either)
    with_place = await either.station("x-ray", "Ward 3 / Room 9")
    far = await either.station("radiology", "Radiology / Desk")
    either.app.state.service = replace(either.service, rules=replace(either.service.rules, grace_scope="anywhere"))
    assert (await with_place.tap(ADA)).body["state"] == "done", "the same place is not far"
    either.clock.pass_by(5 * 60)
    view = (await far.tap(ADA)).body
    assert (view["state"], view["why"]) == ("prove", "risk")
    says = dict(view["says"])
    assert says[""] == "Asked because: You were just signed in far from here. You are signed in at another workstation."
    assert says["es"].startswith("Motivo: Hace un momento") and says["fr"].startswith("Motif : Vous étiez loin")
    tapped = await either.trail("tap")
    row = next(row for row in tapped if row["workstation"] == far.client_id)
    assert row["detail"]["risk"]["reasons"] == ["too_far", "elsewhere"]
    wrong = (await far.pin(view["id"], "000000")).body
    assert dict(wrong["says"])[""] == says[""], "the reasons stay while they prove"
    assert (await far.pin(view["id"], "123456")).body["state"] == "done"
    either.clock.pass_by(20 * 60)
    again = (await with_place.tap(ADA)).body
    assert again["why"] == "risk", "until a strong success"
    challenge = await with_place.challenge(again["id"], "fido2")
    assert (await with_place.prove(again["id"], ward.key.sign(challenge.body))).body["state"] == "done"
    either.clock.pass_by(20 * 60)
    assert (await far.tap(ADA)).body["state"] == "done"


async def test_what_was_asked_for_by_risk_stays_asked_for_until_it_is_proved(service: Hospital) -> None:
    with_risk(service, **FAR)
    await old_key(service)
    far = await service.station("radiology", "Radiology")
    service.app.state.service = replace(service.service, rules=replace(service.service.rules, grace_scope="anywhere"))
    service.clock.pass_by(12 * 60 - 5)
    view = (await far.tap(ADA)).body
    assert view["why"] == "risk"
    service.clock.pass_by(30)
    assert (await far.pin(view["id"], "000000")).body["state"] == "prove"
    challenge = await far.challenge(view["id"], "fido2")
    assert challenge.status == 200, challenge.body
    assert (await far.pin(view["id"], "123456")).body["state"] == "done"


async def test_time_enough_to_walk_is_no_risk(service: Hospital) -> None:
    with_risk(service, **FAR)
    await old_key(service)
    far = await service.station("radiology", "Radiology")
    service.app.state.service = replace(service.service, rules=replace(service.service.rules, grace_scope="anywhere"))
    service.clock.pass_by(12 * 60)
    assert (await far.tap(ADA)).body["state"] == "done"


async def test_risk_asks_a_step_more_and_stands_in_prompt_trail_and_token(either: Hospital) -> None:
    ward = await old_key(either)
    plain = await ward.station.step_up(ward.session, **FEW)
    assert {offer["method"] for offer in plain.body["offers"]} == {"fido2", "pin"}
    with_risk(either, weights={"failed_proofs": 60}, burst=1)
    await wrong_session_proof(ward)
    view = (await ward.station.step_up(ward.session, **FEW)).body
    assert [offer["method"] for offer in view["offers"]] == ["fido2"]
    said = dict(view["says"])
    assert said[""] == (
        "Something is unusual. This needs a security key or a smart card. "
        "Asked because: Several proofs of yours were not accepted."
    )
    assert said["fr"].endswith("Motif : Plusieurs de vos preuves n'ont pas été acceptées.")
    context = (await either.trail("stepup_asked"))[-1]["detail"]["policy"]["context"]
    assert (context["risk"], context["reasons"]) == (60, ["failed_proofs"])
    challenge = await ward.station.challenge(view["id"], "fido2")
    done = await ward.station.prove(view["id"], ward.key.sign(challenge.body))
    claims = await ward.claims(done.body["grant"]["token"])
    assert claims["risk"] == {"score": 60, "reasons": ["failed_proofs"]}
    after = await ward.station.step_up(ward.session, **FEW)
    assert len(after.body["offers"]) == 2, "one strong success, and all is as before"


async def wrong_session_proof(ward: Ward) -> None:
    """A wrong PIN within a step-up of their own session."""
    view = await ward.station.step_up(ward.session, **FEW)
    await ward.station.pin(view.body["id"], "000000")


async def test_somebody_who_turned_prompts_down_and_has_no_key_goes_on_by_what_they_have(either: Hospital) -> None:
    """They did right to refuse what they had not asked for. A colleague's tries with their badge come on top."""
    person = await either.person("ada", "Ada Lovelace")
    await either.badge(person, ADA)
    codes = await either.totp(person)
    either.clock.pass_by(2 * DAY)
    station, beside = await either.station(), await either.station("ward-3-b")
    session = await station.open(ADA)
    for _ in range(3):
        view = await station.step_up(session, **FEW)
        await station.post(f"/v1/ceremonies/{view.body['id']}/cancel", {"reason": "refused_by_person"})
    for _ in range(5):
        tapped = await beside.tap(ADA)
        await beside.pin(tapped.body["id"], "000000")
        either.clock.pass_by(40)
    view = await station.step_up(session, **FEW)
    context = (await either.trail("stepup_asked"))[-1]["detail"]["policy"]["context"]
    assert (context["risk"], context["own_risk"]) == (60, 0)
    assert set(context["reasons"]) == {"prompt_bombing", "failed_proofs"}
    assert [offer["method"] for offer in view.body["offers"]] == ["pin"]
    assert (await station.pin(view.body["id"], "123456")).body["state"] == "prove"
    done = await station.otp(view.body["id"], codes.at(int(either.clock())))
    assert done.body["state"] == "done", done.body
    assert (await station.step_up(session, **FEW)).body["state"] == "prove"
    context = (await either.trail("stepup_asked"))[-1]["detail"]["policy"]["context"]
    assert context["reasons"] == ["failed_proofs"], "what was granted was theirs"


async def test_very_high_risk_lets_no_crowd_of_records_leave(service: Hospital) -> None:
    ward = await old_key(service)
    with_risk(service, weights={"failed_proofs": 90}, burst=1, most_by_others=100)
    await wrong_session_proof(ward)
    no = await ward.station.step_up(ward.session, **{**FEW, "records": 51})
    refusal = no.body["refusal"]
    assert (refusal["code"], refusal["answer"]) == ("policy", "cannot")
    assert "Something is very unusual" in dict(refusal["says"])[""]
    assert "Asked because: Several proofs" in dict(refusal["says"])[""]
    assert (await ward.station.step_up(ward.session, **FEW)).body["state"] == "prove"


async def test_switched_off_nothing_is_looked_at_or_kept(service: Hospital) -> None:
    with_risk(service, enabled=False, **FAR)
    ward = await old_key(service)
    await wrong_session_proof(ward)
    view = await ward.station.step_up(ward.session, **FEW)
    assert view.body["says"] and len(view.body["offers"]) == 2
    kept = await service.db.read(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM risk_person").scalar_one())
    assert kept == 0


async def test_exports_far_beyond_the_usual_are_noticed_against_own_and_role(service: Hospital) -> None:
    ward = await old_key(service)
    for _ in range(6):
        service.clock.pass_by(2 * HOUR)
        ward.session = await ward.station.open(ADA)
        view = await ward.station.step_up(ward.session, **{**FEW, "records": 40})
        assert (await ward.by_key(view)).body["state"] == "done"
    service.clock.pass_by(2 * HOUR)
    ward.session = await ward.station.open(ADA)
    usual = await ward.station.step_up(ward.session, **{**FEW, "records": 120})
    assert usual.body["state"] == "prove", usual.body
    assert (await service.trail("stepup_asked"))[-1]["detail"]["policy"]["context"]["reasons"] == []
    beyond = await ward.station.step_up(ward.session, **{**FEW, "records": 121})
    context = (await service.trail("stepup_asked"))[-1]["detail"]["policy"]["context"]
    assert (context["risk"], context["reasons"]) == (30, ["export_volume", "export_beyond_role"])
    assert (await ward.by_key(beyond)).body["state"] == "done", "a key is enough: what leaves is not all"
    await ward.station.step_up(ward.session, **{**FEW, "records": 9000})
    context = (await service.trail("stepup_asked"))[-1]["detail"]["policy"]["context"]
    assert context["reasons"] == [], "one strong success, just now"


async def test_what_a_workstation_says_of_itself_is_remembered(service: Hospital) -> None:
    ward = await old_key(service)
    says = {
        "version": "1.0",
        "trusts": [],
        "doorbell": "local",
        "stage": "nested",
        "hardware": "a",
        "system": "debian 12",
    }
    assert (await ward.station.post("/v1/workstation", {**says, "package": "p"})).status == 204
    assert await reasons(ward) == []
    for change, reason in (
        ({"package": "q"}, "station_package"),
        ({"package": "q", "system": "debian 13"}, "station_system"),
        ({"package": "q", "system": "debian 13", "hardware": "b"}, "station_hardware"),
        ({"package": "r", "system": "debian 13", "hardware": "b", "version": "1.1"}, "station_version"),
    ):
        service.clock.pass_by(2 * DAY)
        ward.session = await ward.station.open(ADA)
        assert (await ward.station.post("/v1/workstation", {**says, **change})).status == 204
        assert await reasons(ward) == [reason]


async def reasons(ward: Ward) -> list[str]:
    """Of a wish, as the trail has them."""
    view = await ward.station.step_up(ward.session, **FEW)
    await ward.station.post(f"/v1/ceremonies/{view.body['id']}/cancel", {"reason": "withdrawn"})
    rows = [*await ward.hospital.trail("stepup_asked"), *await ward.hospital.trail("stepup")]
    found = next(row for row in rows if row["ceremony"] == view.body["id"] and "policy" in row.get("detail", {}))
    return list(found["detail"]["policy"]["context"]["reasons"])
