"""Each kind of factor is enrolled the way that decision 20 draws it, on both databases."""

from __future__ import annotations

import base64
import time
from urllib.parse import parse_qs, urlsplit

import pyotp

from kiosk.service.audit.verify import verify
from kiosk.service.store.factors import short_of
from kiosk.simulator.piv_ca import CardAuthority
from tests.fakes.client import NOW
from tests.fakes.enrolling import (
    KEY_PRESENTED,
    Plastic,
    Wizard,
    give_start_code,
    in_session,
    login,
    start_code,
    supervisor,
    uid,
)
from tests.fakes.keys import give_key, piv_card, trust
from tests.fakes.service import Hospital

BADGE = "04A1B2C3D4E5F6"
BOSS = "04DDDDDDDDDDDD"


async def trail_holds(hospital: Hospital) -> int:
    report = await hospital.db.read(verify, hospital.folder.keys.checkpoint.public, ())
    # The supervisors' keys of these tests were enrolled without a row.
    assert report.finding is None or "bound the" in report.finding.why, report.finding
    return report.signatures


async def test_a_new_person_gets_a_badge_by_a_start_code_and_a_colleague(either: Hospital) -> None:
    ada = await either.person("ada")
    colleague = await supervisor(either, BOSS, "nurse")
    here = Wizard(await either.station())
    await here.begin(start_code(await give_start_code(either, ada)), "badge")
    assert (here.step, here.view["second_may"], here.view["second_why"]) == ("second", "colleague", "start_code")
    await here.vouch(BOSS, colleague)
    assert here.step == "make"
    await here.badge(BADGE)
    assert here.step == "done"
    assert here.view["factor"]["kind"] == "badge"
    assert (await here.station.pin((await here.station.tap(BADGE)).body["id"], "123456")).body["state"] == "done"
    actions = [row["action"] for row in await either.trail()]
    assert [action for action in actions if action.startswith(("enrol", "factor"))] == [
        "enrol_begin", "enrol_who", "enrol_second", "enrol_vouched", "enrol_made", "factor_added",
    ]  # fmt: skip


async def test_an_unknown_badge_is_added_on_two_own_factors(either: Hospital) -> None:
    ada = await either.person("ada")
    app = await either.totp(ada)
    here = Wizard(await either.station())
    await here.begin(login("ada"), new=uid(BADGE))
    assert (here.step, here.offered, here.view["person"]["name"]) == ("prove", ["pin", "recovery"], "ada")
    await here.pin()
    assert here.view["person"]["name"] == "Ada Lovelace"
    await here.otp(app.at(NOW))
    assert here.step == "try"
    assert (await here.try_badge(BADGE))["step"] == "done"


async def test_a_second_key_is_added_on_the_first(either: Hospital) -> None:
    ada = await either.person("ada", "Ada Lovelace", "prescriber")
    first = await give_key(either, ada)
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "key")
    assert (here.step, here.view["person"], here.offered) == ("prove", None, ["fido2"])
    await here.key(first)
    assert (here.step, here.view["person"]["login"]) == ("make", "ada")
    options = here.view["make"]["key"]
    assert options["exclude"] == [first.credential_id]
    second = Plastic.blank()
    await here.new_key(second)
    assert (here.step, here.view["keys_missing"]) == ("done", 0)
    assert here.view["factor"]["mark"] == short_of(f"key:{second.signer.credential_id}")
    again = Wizard(here.station)
    await again.begin(KEY_PRESENTED, "recovery")
    await again.key(second.signer)
    assert again.step == "make"
    await trail_holds(either)


async def test_a_first_key_needs_a_supervisor(either: Hospital) -> None:
    ada = await either.person("ada")
    await either.badge(ada, BADGE)
    boss = await supervisor(either)
    here = Wizard(await either.station())
    await here.begin(uid(BADGE))
    assert here.step == "choose"
    await here.kind("key")
    assert (here.step, here.view["second_may"], here.view["second_why"]) == ("second", "supervisor", "no_factor")
    await here.second(KEY_PRESENTED)
    assert (here.step, here.view["second"]) == ("vouch", None)
    await here.key(boss)
    assert (await here.new_key(Plastic.blank()))["step"] == "done"
    assert here.view["factor"]["name"] == "Key"


async def test_a_piv_card_is_added_and_signs_in(either: Hospital) -> None:
    either.clock.now = float(int(time.time()))  # the card's certificates are of today
    authority = CardAuthority.new()
    await trust(either, authority)
    ada = await either.person("ada")
    own = await give_key(either, ada)
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "piv")
    await here.key(own)
    card = piv_card(authority)
    await here.new_card(card, "04AABBCCDDEEFF")
    assert (here.step, here.view["factor"]["kind"]) == ("done", "piv")
    assert (await here.station.tap("04AABBCCDDEEFF")).code == "card_requires_proof"
    tapped = await here.station.post("/v1/ceremonies", {"presented": card.presented, "tap": 1})
    assert tapped.body["state"] == "prove"
    await trail_holds(either)


async def test_a_code_app_counts_after_its_first_code(either: Hospital) -> None:
    ada = await either.person("ada")
    own = await give_key(either, ada)
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "totp")
    await here.key(own)
    offer = here.view["make"]["code_app"]
    secret = offer["secret"].replace(" ", "")
    assert parse_qs(urlsplit(offer["uri"]).query)["secret"] == [secret]
    assert len(base64.b32decode(secret)) == 20
    await here.made({"kind": "seen"})
    assert here.view["make"]["code_app"] == offer
    await here.type("000000")
    assert (here.step, here.refused) == ("try", "wrong_code")
    code = pyotp.TOTP(secret).at(NOW)
    await here.type(code)
    assert here.step == "done"
    typed = await here.station.pin((await here.station.login("ada")).body["id"], "123456")
    assert (await here.station.otp(typed.body["id"], code)).code == "code_used"
    assert (await here.station.otp(typed.body["id"], pyotp.TOTP(secret).at(NOW + 30))).body["state"] == "done"


async def test_a_pin_is_typed_twice(either: Hospital) -> None:
    ada = await either.person("ada", pin=None)
    await either.badge(ada, BADGE)
    boss = await supervisor(either)
    here = Wizard(await either.station())
    await here.begin(uid(BADGE), "pin")
    await here.vouch(BOSS, boss)
    assert (here.view["make"]["pin_shortest"], here.view["make"]["pin_longest"]) == (6, 64)
    await here.made({"pin": "735190", "kind": "pin"})
    await here.type("735191")
    assert (here.step, here.refused) == ("make", "pin_differs")
    assert (await here.new_pin("735190"))["step"] == "done"
    assert (await here.station.pin((await here.station.tap(BADGE)).body["id"], "735190")).body["state"] == "done"


async def test_recovery_codes_are_shown_once_and_one_is_typed(either: Hospital) -> None:
    ada = await either.person("ada")
    own = await give_key(either, ada)
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "recovery")
    await here.key(own)
    codes = here.view["make"]["recovery"]["codes"]
    assert len(set(codes)) == 10
    assert codes[0].count(" ") == 4
    await here.made({"kind": "seen"})
    assert here.view["make"]["recovery"] is None
    number = here.view["make"]["number"]
    assert (await here.type(codes[number % 10]))["step"] == "try"
    assert (await here.type(codes[number - 1]))["step"] == "done"

    # Lost their key: a recovery code and the PIN are worth as much.
    await here.begin(login("ada"), "key")
    await here.pin()
    asked = next(offer["number"] for offer in here.view["ceremony"]["offers"] if offer["method"] == "recovery")
    assert asked != number, "that one was typed at a shared workstation"
    await here.recovery(codes[asked - 1])
    assert here.step == "make"
    assert (await here.new_key(Plastic.blank()))["step"] == "done"


async def test_a_temporary_badge_ends_by_itself(either: Hospital) -> None:
    ada = await either.person("ada")
    own = await give_key(either, ada)
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "temporary_badge")
    await here.key(own)
    assert here.view["make"]["until"] == NOW + 12 * 3600
    await here.badge(BADGE)
    assert here.view["factor"]["kind"] == "temporary_badge"
    assert (await here.station.tap(BADGE)).body["state"] == "prove"
    either.clock.pass_by(12 * 3600)
    assert (await here.station.tap(BADGE)).code == "suspended"


async def test_a_badge_of_somebody_else_moves_when_its_owner_agrees(either: Hospital) -> None:
    ada, ben = await either.person("ada"), await either.person("ben", "Ben Bitdiddle")
    own, his = await give_key(either, ada), await give_key(either, ben)
    await either.badge(ben, BADGE)
    await either.badge(ben, "04BBBBBBBBBBBB")
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "badge")
    await here.key(own)
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    expected = ("second", "owner_or_supervisor", "badge_of_another")
    assert (here.step, here.view["second_may"], here.view["second_why"]) == expected
    await here.vouch("04BBBBBBBBBBBB", his)
    assert here.step == "try"
    assert (await here.try_badge(BADGE))["step"] == "done"
    moved = [(row["action"], row["login"]) for row in await either.trail() if row["action"].startswith("factor")]
    assert moved == [("factor_moved", "ben"), ("factor_added", "ada")]
    assert (await here.station.tap(BADGE)).body["person"]["login"] == "ada"


async def test_a_lost_badge_is_reported_from_within_a_session(either: Hospital) -> None:
    ada = await either.person("ada")
    await either.badge(ada, BADGE)
    station, other = await either.station(), await either.station("ward-4", exempt=True)
    session = await station.open(BADGE)
    await other.open(BADGE)
    listed = (await station.get(f"/v1/sessions/{session}/factors")).body
    if not listed.get("factors"):
        session = await station.open(BADGE)
        listed = (await station.get(f"/v1/sessions/{session}/factors")).body
    [mark] = [factor["mark"] for factor in listed["factors"] if factor["kind"] == "badge"]
    here = Wizard(station)
    await here.begin(in_session(session), act="lost", factor=mark)
    assert (here.step, here.offered) == ("prove", ["pin"])
    await here.pin()
    assert (here.step, here.view["factor"]["state"]) == ("done", "lost")
    assert (await station.tap(BADGE)).code == "suspended"
    assert (await station.get(f"/v1/sessions/{session}")).body["state"] == "open"


async def test_the_new_one_takes_the_place_of_the_old_one_once_it_has_worked(either: Hospital) -> None:
    ada = await either.person("ada")
    old = await give_key(either, ada)
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "key", factor=f"key:{old.credential_id}")
    await here.key(old)
    new = Plastic.blank()
    await here.made(new.made(here.view["make"]["key"]))
    assert (await here.try_key(new))["step"] == "done"
    assert [row["detail"]["factor"] for row in await either.trail("factor_replaced")] == [
        short_of(f"key:{old.credential_id}")
    ]
    again = Wizard(here.station)
    await again.begin(KEY_PRESENTED, "key")
    assert (await again.key(old))["refusal"]["code"] == "wrong_key"
