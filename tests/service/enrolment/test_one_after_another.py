"""An enrolment that is done goes on with the next factor: one start code carries a first day, and nothing else."""

from __future__ import annotations

import pytest

from kiosk.service.admin import life
from kiosk.service.admin import people as people_acts
from kiosk.service.admin.act import Admin
from kiosk.service.audit.verify import verify
from kiosk.service.policy import rules_from
from tests.fakes.client import NOW
from tests.fakes.enrolling import (
    KEY_PRESENTED,
    Plastic,
    Wizard,
    admin_key,
    end_session,
    give_start_code,
    in_session,
    login,
    start_code,
    supervisor,
    uid,
)
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import Hospital, with_rules

BADGE, NURSE, ADMIN = "04A1B2C3D4E5F6", "04DDDDDDDDDDDD", Admin("root", 0, NOW)
BADGES = [f"04{number:02X}0000000000" for number in range(1, 9)]


async def first_badge(hospital: Hospital, who: str = "ada") -> tuple[Wizard, SoftKey]:
    """Somebody new has a badge by a start code; their colleague with a key stands by."""
    ada = await hospital.person(who, pin=None)
    colleague = await supervisor(hospital, NURSE, "nurse")
    here = Wizard(await hospital.station())
    await here.begin(start_code(await give_start_code(hospital, ada)), "badge")
    await here.vouch(NURSE, colleague)
    await here.badge(BADGE)
    assert here.step == "done"
    return here, colleague


async def no_more(here: Wizard) -> None:
    """It does not go on, and says so; what is done stays."""
    answer = await here.station.post(f"{here.path}/kind", {"kind": "pin"})
    assert (answer.status, answer.code) == (409, "already_done")
    view = await here.look()
    assert (here.step, view["kinds"], view["expires_in"]) == ("done", [], 0)


async def test_one_start_code_and_one_colleague_carry_a_first_day(either: Hospital) -> None:
    here, colleague = await first_badge(either)
    assert here.view["expires_in"] == 600
    assert not here.view["signs_in"], "a badge alone opens no session"
    assert {"pin", "key", "recovery"} <= set(here.view["kinds"])
    await here.kind("pin")
    assert (here.step, here.view["second_may"], here.view["second_why"]) == ("second", "colleague", "start_code")
    await here.vouch(NURSE, colleague)
    assert (await here.new_pin("735190"))["step"] == "done"
    assert here.view["signs_in"]
    await here.kind(None)
    assert here.step == "choose"
    await here.kind("key")
    await here.vouch(NURSE, colleague)
    assert (await here.new_key(Plastic.blank()))["step"] == "done"
    assert (await here.station.pin((await here.station.tap(BADGE)).body["id"], "735190")).body["state"] == "done"


async def test_with_the_key_of_a_start_code_they_add_the_rest_by_themselves(either: Hospital) -> None:
    ada, colleague, key = (
        await either.person("ada", pin=None),
        await supervisor(either, NURSE, "nurse"),
        Plastic.blank(),
    )
    here = Wizard(await either.station())
    await here.begin(start_code(await give_start_code(either, ada)), "key")
    await here.vouch(NURSE, colleague)
    assert (await here.new_key(key))["step"] == "done"
    await here.kind("badge")
    assert (here.step, here.offered) == ("prove", ["fido2"])
    await here.key(key.signer)
    assert (await here.badge(BADGE))["step"] == "done"
    [added] = [row for row in await either.trail("factor_added") if row["detail"]["factor_kind"] == "badge"]
    assert (added["detail"]["proved"], "vouched_by" in added["detail"]) == ("phr", False)
    await here.kind("recovery")
    assert (here.step, here.offered) == ("prove", ["fido2"]), "neither badge nor code stand for their key"


async def test_who_has_not_their_new_key_at_hand_is_vouched_for(either: Hospital) -> None:
    ada, colleague = await either.person("ada", pin=None), await supervisor(either, NURSE, "nurse")
    here = Wizard(await either.station())
    await here.begin(start_code(await give_start_code(either, ada)), "key")
    await here.vouch(NURSE, colleague)
    await here.new_key(Plastic.blank())
    await here.kind("pin")
    path = f"/v1/ceremonies/{here.view['ceremony']['id']}/cancel"
    assert (await here.station.post(path, {"reason": "refused_by_person"})).status == 204
    await here.look()
    assert (here.step, here.view["second_may"]) == ("second", "colleague")
    await here.vouch(NURSE, colleague)
    assert (await here.new_pin("735190"))["step"] == "done"


async def test_every_further_factor_is_vouched_for_anew_and_has_its_rows(either: Hospital) -> None:
    here, colleague = await first_badge(either)
    await here.kind("pin")
    assert here.step == "second"
    assert here.view["factor"] is None
    await here.vouch(NURSE, colleague)
    await here.new_pin("735190")
    rows = [row for row in await either.trail() if row["action"].startswith(("enrol", "factor"))]
    assert [row["action"] for row in rows] == [
        "enrol_begin", "enrol_who", "enrol_second", "enrol_vouched", "enrol_made", "factor_added",
        "enrol_again", "enrol_second", "enrol_vouched", "enrol_made", "factor_added",
    ]  # fmt: skip
    again = rows[6]
    assert (again["login"], again["detail"]["presented"]) == ("ada", "start_code")
    assert again["detail"]["after"] == rows[5]["detail"]["factor"]
    assert len([row for row in await either.trail("proof") if row["detail"]["part"] == "vouch"]) == 2


async def test_a_proof_of_their_own_is_given_anew_too(either: Hospital) -> None:
    own = await give_key(either, await either.person("ada"))
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "badge")
    await here.key(own)
    await here.badge(BADGE)
    await here.kind("pin")
    assert (here.step, here.offered) == ("prove", ["fido2"])
    stranger = await give_key(either, await either.person("ben", "Ben"))
    assert (await here.key(stranger))["refusal"]["code"] == "wrong_key"
    await here.key(own)
    assert (await here.new_pin("735190"))["step"] == "done"


async def test_a_typed_login_proves_again_whose_it_is(either: Hospital) -> None:
    app = await either.totp(await either.person("ada"))
    here = Wizard(await either.station())
    await here.begin(login("ada"), new=uid(BADGE))
    await here.pin()
    await here.otp(app.at(NOW))
    assert (await here.try_badge(BADGE))["step"] == "done"
    await here.kind("pin")
    assert (here.step, here.view["person"]["name"], here.offered) == ("prove", "ada", ["pin", "recovery"])


async def test_who_gave_the_code_vouches_for_no_later_factor_either(service: Hospital) -> None:
    here, _ = await first_badge(service)
    desk = await service.person("the help desk", "Hal Desk", "nurse")
    await service.badge(desk, BADGES[0])
    await give_key(service, desk)
    await here.kind("pin")
    await here.second(uid(BADGES[0]))
    assert (here.step, here.refused) == ("second", "not_entitled")


async def test_each_has_ten_minutes_and_there_are_five(either: Hospital) -> None:
    here, colleague = await first_badge(either)
    for number in BADGES[:4]:
        either.clock.pass_by(590)
        await here.kind("badge")
        assert here.view["expires_in"] == 600
        await here.kind(None)
        either.clock.pass_by(5)
        await here.kind("badge")
        assert here.view["expires_in"] == 595
        await here.vouch(NURSE, colleague)
        await here.badge(number)
        assert here.step == "done"
    await no_more(here)


async def test_it_does_not_go_on_after_its_time(either: Hospital) -> None:
    here, _ = await first_badge(either)
    either.clock.pass_by(600)
    await no_more(here)


async def test_given_up_later_what_was_done_stays(either: Hospital) -> None:
    here, _ = await first_badge(either)
    await here.kind("pin")
    assert (await here.cancel()).status == 204
    assert (await here.look())["step"] == "refused"
    assert (await here.station.tap(BADGE)).body["person"]["login"] == "ada"
    assert (await here.station.post(f"{here.path}/kind", {"kind": "pin"})).body["step"] == "refused"


async def test_the_start_code_itself_stays_used(either: Hospital) -> None:
    ada = await either.person("ada", pin=None)
    colleague = await supervisor(either, NURSE, "nurse")
    code = await give_start_code(either, ada)
    here, other = Wizard(await either.station()), Wizard(await either.station("ward-4"))
    await here.begin(start_code(code), "badge")
    await here.vouch(NURSE, colleague)
    await here.badge(BADGE)
    await other.begin(start_code(code), "pin")
    assert (other.step, other.refused) == ("refused", "start_code")
    assert (await other.station.post(f"{here.path}/kind", {"kind": "pin"})).status == 404


async def test_another_enrolment_at_the_station_ends_it(service: Hospital) -> None:
    here, _ = await first_badge(service)
    other = Wizard(here.station)
    await other.begin(login("somebody"))
    await no_more(here)


async def test_it_ends_with_the_person_and_with_any_factor_of_theirs(either: Hospital) -> None:
    here, _ = await first_badge(either)
    await either.db.write(people_acts.suspend, ADMIN, "ada")
    await no_more(here)
    await either.db.write(people_acts.resume, ADMIN, "ada")
    await either.db.write(life.report_lost, ADMIN, "ada", here.view["factor"]["mark"])
    await no_more(here)


async def test_it_ends_with_the_session_that_it_began_in(service: Hospital) -> None:
    ada = await service.person("ada")
    await service.badge(ada, BADGE)
    own = await give_key(service, ada)
    station = await service.station()
    session = await station.open(BADGE)
    here = Wizard(station)
    await here.begin(in_session(session), "badge")
    await here.key(own)
    await here.badge(BADGES[0])
    assert here.view["kinds"]
    await service.db.write(end_session, session, NOW)
    await no_more(here)


async def test_a_lost_factor_is_one_act(service: Hospital) -> None:
    own = await give_key(service, await service.person("ada"))
    here = Wizard(await service.station())
    await here.begin(login("ada"), act="lost", factor=f"key:{own.credential_id}")
    await here.pin()
    assert (here.step, here.view["kinds"]) == ("done", [])
    assert (await here.station.post(f"{here.path}/kind", {"kind": "pin"})).code == "wrong_step"


async def test_only_what_is_for_them_is_offered_next(service: Hospital) -> None:
    with with_rules(service, rules_from({"enrol_kinds": {"nurse": ["badge", "pin"]}})):
        here, _ = await first_badge(service)
        assert here.view["kinds"] == ["badge", "pin"]
        await here.kind("key")
        assert (here.step, here.refused) == ("refused", "policy")


@pytest.mark.parametrize("first", ["key", "badge"])
async def test_the_trail_of_several_holds(either: Hospital, first: str) -> None:
    await either.person("ada")
    own = await admin_key(either, "ada")
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, first)
    for kind in (first, "key", "key"):
        if here.step == "done":
            await here.kind(kind)
        await here.key(own)
        await (here.badge(BADGE) if kind == "badge" else here.new_key(Plastic.blank()))
        assert here.step == "done"
    report = await either.db.read(verify, either.folder.keys.checkpoint.public, ())
    assert (report.finding, report.signatures) == (None, 6 if first == "key" else 5)
