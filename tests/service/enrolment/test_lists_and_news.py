"""What a person may add, what they have, and what they are told of it at their next sign-in."""

from __future__ import annotations

from datetime import date

from kiosk.model.enrolment import FactorKind
from kiosk.service.admin import factors as factor_acts
from kiosk.service.admin import life
from kiosk.service.admin.act import Admin
from kiosk.service.policy import rules_from
from kiosk.service.store import enrol_windows
from tests.fakes.client import NOW, Client
from tests.fakes.enrolling import KEY_PRESENTED, Plastic, Wizard, login, uid
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital, with_rules

BADGE, OTHER = "04A1B2C3D4E5F6", "04112233445566"
ADMIN = Admin("root", 0, NOW)


async def test_within_a_window_an_unknown_badge_needs_the_pin_alone(either: Hospital) -> None:
    await either.person("ada")
    station = await either.station()
    with with_rules(either, rules_from({"badge_self": "window"})):
        here = Wizard(station)
        await here.begin(login("ada"), new=uid(BADGE))
        await here.pin()
        assert (here.step, here.view["second_why"]) == ("second", "policy")
        kinds = [FactorKind.BADGE.value]
        await either.db.write(enrol_windows.open, kinds, "boss", NOW + 60, NOW, place="Ward 3")
        await here.begin(login("ada"), new=uid(BADGE))
        await here.pin()
        assert here.step == "try"
        either.clock.pass_by(60)
        await here.try_badge(BADGE)  # the window has closed meanwhile
        assert here.step == "second"
        assert (await station.tap(BADGE)).code == "unknown_badge"


async def test_a_kind_whose_wave_has_not_come_is_not_offered_and_not_made(service: Hospital) -> None:
    ada = await service.person("ada")
    key = await give_key(service, ada)
    wave = {"name": "pilot", "kinds": ["totp"], "from": date(2030, 1, 1)}
    with with_rules(service, rules_from({"wave": [wave]})):
        here = Wizard(await service.station())
        await here.begin(KEY_PRESENTED)
        assert "totp" in here.view["kinds"]  # a key has not said yet whose it is
        await here.kind("totp")
        await here.key(key)
        assert (here.step, here.refused) == ("refused", "policy")
        await service.badge(ada, BADGE)
        await here.begin(uid(BADGE))
        assert "totp" not in here.view["kinds"]
        await here.kind("totp")
        assert (here.step, here.refused) == ("refused", "policy")


async def test_the_list_shows_what_they_have_and_what_they_need(either: Hospital) -> None:
    ada = await either.person("ada", "Ada Lovelace", "prescriber")
    await either.badge(ada, BADGE)
    await give_key(either, ada)
    station = await either.station()
    session = await station.open(BADGE)
    answer = await station.get(f"/v1/sessions/{session}/factors")
    shown = {factor["kind"]: factor for factor in answer.body["factors"]}
    assert set(shown) == {"badge", "key", "pin"}
    assert (shown["key"]["name"], shown["key"]["state"], shown["badge"]["last_used"]) == ("blue key", "active", NOW)
    assert (answer.body["keys_missing"], answer.body["recovery_left"]) == (1, 0)
    assert answer.body["may_add"] == [kind.value for kind in FactorKind if kind is not FactorKind.PHONE], (
        "phones, where they are on"
    )
    assert "04A1" not in str(answer.body)


async def opened(station: Client, badge: str) -> dict[str, object]:
    view = await station.tap(badge)
    if view.body["state"] == "prove":
        view = await station.pin(view.body["id"], "123456")
    found: dict[str, object] = view.body["session"]
    return found


async def test_what_was_done_to_their_factors_is_told_once_at_the_next_sign_in(either: Hospital) -> None:
    ada = await either.person("ada", "Ada Lovelace", "administrator")
    await either.badge(ada, BADGE)
    await either.db.write(factor_acts.add_badge, ADMIN, either.folder.keys.badge, "ada", OTHER)
    station = await either.station()
    first = await opened(station, BADGE)
    assert (first["news"], first["keys_missing"]) == ([], 2)
    await either.db.write(life.report_lost, ADMIN, "ada", "pin")
    await either.db.write(life.resume_factor, ADMIN, either.service.rules.keys, "ada", "pin")
    await either.db.write(factor_acts.set_totp, ADMIN, "ada", *either.folder.keys.totp.seal(b"x" * 20, ada))
    assert (await opened(station, BADGE))["news"] == ["lost", "added"]
    assert (await opened(station, BADGE))["news"] == []


async def test_a_key_added_at_the_workstation_is_news_too_and_counts(service: Hospital) -> None:
    ada = await service.person("ada", "Ada Lovelace", "prescriber")
    await service.badge(ada, BADGE)
    key = await give_key(service, ada)
    station = await service.station()
    assert (await opened(station, BADGE))["keys_missing"] == 1
    here = Wizard(station)
    await here.begin(KEY_PRESENTED, "key")
    await here.key(key)
    await here.new_key(Plastic.blank())
    assert (here.step, here.view["keys_missing"]) == ("done", 0)
    told = await opened(station, BADGE)
    assert (told["news"], told["keys_missing"]) == (["added"], 0)
