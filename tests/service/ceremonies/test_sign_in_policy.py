"""Sign-ins and emergency access under the policy: it asks for more, or refuses, in its own words. On both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.service.admin import policies
from kiosk.service.admin.act import Admin
from kiosk.service.policy.cedar import book
from kiosk.service.policy.cedar.book import default_text
from kiosk.service.records.replayed_policy import replay
from kiosk.service.shared import policy_in_force
from kiosk.service.shared.risk_rules import risk_rules_from
from tests.fakes.asking import ADA, make
from tests.fakes.client import Answer
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital

EVE = Admin("root", 0, 1_800_000_000, "eve", "sudo")
BY_KEY = """
@id("administrators-sign-in")
@says("Administrators sign in with a key.")
@says_fr("Administration : par clé.")
forbid (principal in Role::"administrator", action in Action::"sign_in", resource)
unless { context.proof.phishing_resistant };
"""
WITHIN = """
@id("within")
@says("Only inside the hospital.")
forbid (principal, action in Action::"sign_in", resource)
unless { context.zone == "wards" };
"""


def under(hospital: Hospital, more: str) -> None:
    """The hospital under its usual policy and ``more``, from now on."""
    usual = book.read(default_text() + more)
    hospital.app.state.service = hospital.service = replace(hospital.service, usual=usual)


async def decided(hospital: Hospital, action: str) -> dict[str, Any]:
    rows = [row["detail"]["policy"] for row in await hospital.trail(action) if "policy" in row["detail"]]
    return dict(rows[-1])


def methods(view: Answer) -> list[str]:
    return [offer["method"] for offer in view.body["offers"]]


async def test_a_tap_within_grace_is_a_resume_and_a_pin_an_open(either: Hospital) -> None:
    ward = await make(either)
    opened = await decided(either, "sign_in")
    assert (opened["answer"], opened["by"], opened["context"]["action"]) == ("satisfied", ["sign-in"], "session.open")
    assert opened["context"]["proof"] == [1, 1, 0] and opened["context"]["zone"] == "outside"
    either.clock.pass_by(90)
    assert (await ward.station.tap(ADA)).body["state"] == "done"
    again = await decided(either, "sign_in")
    assert (again["context"]["action"], again["context"]["proof"]) == ("session.resume", [0, 0, 90])
    assert again["sha256"] == either.service.usual.digest


async def test_an_administrator_is_asked_for_the_key_in_the_policys_words(either: Hospital) -> None:
    ward = await make(either, "administrator")
    under(either, BY_KEY)
    view = await ward.station.tap(ADA)
    assert (view.body["state"], methods(view)) == ("prove", ["fido2"])
    assert dict(view.body["says"]) == {"": "Administrators sign in with a key.", "fr": "Administration : par clé."}
    asked = await decided(either, "tap")
    assert (asked["answer"], asked["rung"]) == ("proof_needed", "phishing_resistant")
    pin = await ward.station.pin(view.body["id"], "123456")
    assert (pin.body["state"], pin.code) == ("prove", "no_method"), "a PIN is not offered, so it is not taken"
    assert (await ward.by_key(await ward.station.tap(ADA))).body["state"] == "done"
    assert (await decided(either, "sign_in"))["context"]["proof"][0] >= 3
    ben = await either.person("ben", "Ben")
    await either.badge(ben, "04FFEE11")
    assert await ward.station.open("04FFEE11"), "nobody else is asked for more"


async def test_whoever_has_no_key_is_told_so_in_the_policys_words(either: Hospital) -> None:
    ben = await either.person("ben", "Ben", "administrator")
    await either.badge(ben, "04FFEE11")
    under(either, BY_KEY)
    station = await either.station()
    view = await station.tap("04FFEE11")
    refusal = view.body["refusal"]
    assert (view.body["state"], refusal["code"], refusal["answer"]) == ("refused", "no_method", "enrolment_needed")
    row = await decided(either, "sign_in")
    assert (row["answer"], row["context"]["action"]) == ("enrolment_needed", "session.open")


async def test_a_zone_is_what_the_service_sees(either: Hospital) -> None:
    ward = await make(either)
    under(either, WITHIN)
    view = await ward.station.tap(ADA)
    assert (view.body["state"], view.code) == ("refused", "policy")
    assert dict(view.body["refusal"]["says"])[""] == "Only inside the hospital."
    assert (await decided(either, "sign_in"))["by"] == ["within"]
    seen = risk_rules_from({"zones": {"wards": ["127.0.0.0/8", "0.0.0.0/0"]}})
    either.app.state.service = either.service = replace(either.service, risk=seen)
    assert (await ward.station.tap(ADA)).body["state"] == "done"
    assert (await decided(either, "sign_in"))["context"]["zone"] == "wards"


async def test_a_typed_login_tells_nothing_before_its_first_proof(either: Hospital) -> None:
    ward = await make(either, "administrator")
    under(either, BY_KEY + WITHIN)
    real, nobody = [await ward.station.login(login) for login in ("ada", "nobody")]
    assert real.body["state"] == nobody.body["state"] == "prove"
    assert real.body["says"] == nobody.body["says"] == []


async def test_an_applied_policy_holds_for_sign_ins_and_is_replayed(either: Hospital) -> None:
    ward = await make(either, "administrator")
    await ward.station.tap(ADA)
    stricter = book.read(default_text() + BY_KEY)
    made = await either.db.read(replay, stricter, 0, 2_000_000_000)
    assert (made.counts["more"], made.people["more"]) == (2, {"ada"})
    assert {found.action for found in made.changed} == {"session.open", "session.resume"}
    await either.db.write(policies.apply, EVE, default_text() + BY_KEY, "Board.")
    policy_in_force._kept.clear()
    assert methods(await ward.station.tap(ADA)) == ["fido2"]
    assert (await decided(either, "tap"))["version"] == 1


async def test_a_text_that_says_nothing_of_sign_ins_changes_nothing(either: Hospital) -> None:
    ward = await make(either)
    under_text = '@id("none")\n@says("No.")\nforbid (principal, action, resource);'
    either.app.state.service = either.service = replace(either.service, usual=book.read(under_text))
    assert (await ward.station.tap(ADA)).body["state"] == "done"
    assert "policy" not in (await either.trail("sign_in"))[-1]["detail"]


async def test_a_broken_policy_opens_no_session(either: Hospital) -> None:
    ward = await make(either)
    await give_key(either, ward.person)
    broken = book.unusable("It cannot be read.")
    either.app.state.service = either.service = replace(either.service, usual=broken)
    view = await ward.station.tap(ADA)
    assert (view.body["state"], view.code) == ("refused", "policy")
    assert dict(view.body["refusal"]["says"])[""].startswith("The hospital's policy cannot be used")
