"""What happens in the middle of an enrolment: time, suspension, locks, loss; and what is told afterwards."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from kiosk.model.enrolment import FactorKind
from kiosk.service.admin import factors as factor_acts
from kiosk.service.admin import life
from kiosk.service.admin import people as people_acts
from kiosk.service.admin.act import Admin
from kiosk.service.housekeeping import tidy
from kiosk.service.policy import rules_from
from kiosk.service.store import enrol_windows, people, sessions
from kiosk.service.store.schema import enrolment
from tests.fakes.enrolling import KEY_PRESENTED, Plastic, Wizard, in_session, login, supervisor, uid
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import NOW, Client, Hospital, with_rules

BADGE, OTHER, BOSS = "04A1B2C3D4E5F6", "04112233445566", "04DDDDDDDDDDDD"
ADMIN = Admin("root", 0, NOW)


async def about_to_try(hospital: Hospital, kind: str = "badge") -> tuple[Wizard, SoftKey]:
    """Ada has made a badge and is to tap it again."""
    key = await give_key(hospital, await hospital.person("ada"))
    here = Wizard(await hospital.station())
    await here.begin(KEY_PRESENTED, kind)
    await here.key(key)
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    assert here.step == "try"
    return here, key


async def waiting(hospital: Hospital) -> list[str]:
    """Enrolments with something made in them."""
    wanted = select(enrolment.c.id).where(enrolment.c.pending.is_not(None))
    return await hospital.db.read(lambda conn: list(conn.execute(wanted).scalars()))


async def over(hospital: Hospital, here: Wizard, code: str) -> None:
    """It has ended, and left nothing."""
    await here.try_badge(BADGE)
    assert (here.step, here.refused) == ("refused", code)
    assert await waiting(hospital) == []
    assert (await here.station.tap(BADGE)).code == "unknown_badge"


async def test_an_enrolment_ends_after_ten_minutes(either: Hospital) -> None:
    here, _ = await about_to_try(either)
    either.clock.pass_by(600)
    await over(either, here, "expired")


async def test_what_nobody_ended_is_forgotten(either: Hospital) -> None:
    here, _ = await about_to_try(either)
    assert await waiting(either) == [here.view["id"]]
    either.clock.pass_by(600)
    await either.db.write(tidy, int(either.clock()))
    assert await waiting(either) == []
    ended = (await either.trail("enrol"))[-1]
    assert (ended["reason"], ended["login"], ended["station"]) == ("expired", "ada", "ward-3-a")
    assert (await here.look())["step"] == "refused"
    either.clock.pass_by(86_401)
    await either.db.write(tidy, int(either.clock()))
    assert (await here.station.get(here.path)).status == 404


async def test_a_cancel_leaves_nothing_and_counts_once(either: Hospital) -> None:
    here, _ = await about_to_try(either)
    assert (await here.cancel()).status == 204
    assert (await here.cancel("timeout")).status == 204
    assert [row["reason"] for row in await either.trail("enrol")] == ["refused_by_person"]
    await over(either, here, "cancelled")


async def test_what_is_done_is_not_cancelled(service: Hospital) -> None:
    here, _ = await about_to_try(service)
    await here.try_badge(BADGE)
    assert (await here.cancel()).code == "already_done"
    assert (await here.station.post(f"{here.path}/kind", {"kind": "pin"})).body["step"] == "prove"  # the next


async def test_a_person_suspended_in_the_middle_gets_nothing(either: Hospital) -> None:
    here, _ = await about_to_try(either)
    await either.db.write(people_acts.suspend, ADMIN, "ada")
    await over(either, here, "suspended")


async def test_a_resume_brings_no_enrolment_back(either: Hospital) -> None:
    here, _ = await about_to_try(either)
    await either.db.write(people_acts.suspend, ADMIN, "ada")
    assert await waiting(either) == []  # at once, whether anybody asks or not
    await either.db.write(people_acts.resume, ADMIN, "ada")
    await over(either, here, "suspended")
    await either.db.write(tidy, int(either.clock()))
    assert [row["reason"] for row in await either.trail("enrol")] == ["ended_elsewhere"]


async def test_whoever_was_suspended_after_she_vouched_has_not_vouched(either: Hospital) -> None:
    await either.badge(await either.person("ada"), OTHER)
    boss = await supervisor(either, BOSS)
    here = Wizard(await either.station())
    await here.begin(uid(OTHER), "key")
    await here.second(KEY_PRESENTED)
    await here.key(boss)
    assert here.step == "make"
    login_of = (await either.trail("enrol_vouched"))[-1]["detail"]["by_login"]
    await either.db.write(people_acts.suspend, ADMIN, login_of)
    await either.db.write(people_acts.resume, ADMIN, login_of)
    await here.made(Plastic.blank().made(here.view["make"]["key"]) if here.view["make"] else {"kind": "seen"})
    assert (here.step, here.refused) == ("refused", "cancelled")


async def test_an_enrolment_that_ends_with_a_factor_has_its_row(either: Hospital) -> None:
    here, key = await about_to_try(either)
    await here.try_badge(OTHER)
    await either.db.write(life.report_lost, ADMIN, "ada", f"key:{key.credential_id}")
    await over(either, here, "cancelled")
    for _ in range(2):
        await either.db.write(tidy, int(either.clock()))
    [ended] = await either.trail("enrol")
    assert (ended["reason"], ended["login"], ended["station"]) == ("ended_elsewhere", "ada", "ward-3-a")
    assert ended["detail"]["enrolment"] == here.view["id"]


async def test_a_person_who_leaves_in_the_middle_gets_nothing(service: Hospital) -> None:
    here, _ = await about_to_try(service)
    await service.db.write(life.leave, ADMIN, "ada")
    await over(service, here, "suspended")


async def test_the_factor_that_proved_it_is_lost_in_the_middle(either: Hospital) -> None:
    here, key = await about_to_try(either)
    await either.db.write(life.report_lost, ADMIN, "ada", f"key:{key.credential_id}")
    await over(either, here, "cancelled")


async def test_a_person_suspended_while_proving_gets_nothing(service: Hospital) -> None:
    key = await give_key(service, await service.person("ada"))
    here = Wizard(await service.station())
    await here.begin(KEY_PRESENTED, "badge")
    asked = (await here.station.challenge(here.view["ceremony"]["id"], "fido2")).body
    await service.db.write(people_acts.suspend, ADMIN, "ada")
    assert (await here.prove(key.sign(asked)))["state"] == "refused"
    assert (here.step, here.refused, here.view["make"]) == ("refused", "suspended", None)


async def test_a_suspended_voucher_who_shows_it_by_her_key_only_is_refused(service: Hospital) -> None:
    await service.badge(await service.person("ada"), OTHER)
    boss = await supervisor(service, BOSS)
    here = Wizard(await service.station())
    await here.begin(uid(OTHER), "key")
    await here.second(KEY_PRESENTED)
    login_of = next(one.login for one in await service.db.read(people.everybody) if "supervisor" in one.roles)
    await service.db.write(people_acts.suspend, ADMIN, login_of)
    assert (await here.key(boss))["state"] == "refused"
    assert (here.step, here.refused) == ("second", "suspended")


# What is reported lost, or replaced.


async def test_a_badge_takes_no_key_away(service: Hospital) -> None:
    ada = await service.person("ada")
    key = await give_key(service, ada)
    mark = f"key:{key.credential_id}"
    here = Wizard(await service.station())
    await here.begin(KEY_PRESENTED, "badge", factor=mark)
    await here.key(key)
    assert (here.step, here.refused) == ("refused", "policy")
    await here.begin(KEY_PRESENTED, "key", factor=mark)
    await here.key(key)
    await here.kind("badge")
    await here.key(key)
    await here.badge(BADGE)
    assert (here.step, await service.trail("factor_replaced")) == ("done", [])


async def test_what_is_lost_proves_nothing_against_itself(either: Hospital) -> None:
    ada = await either.person("ada", pin=None)
    lost, other = await give_key(either, ada), await give_key(either, ada, name="red key")
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, act="lost", factor=f"key:{lost.credential_id}")
    assert (await here.key(lost))["refusal"]["code"] == "wrong_key"
    await here.key(other)
    assert (here.step, here.view["factor"]["state"]) == ("done", "lost")
    assert [row["detail"]["factor"] for row in await either.trail("factor_lost")] == [f"key:{lost.credential_id}"]


async def test_a_lost_pin_is_not_asked_for(service: Hospital) -> None:
    ada = await service.person("ada")
    await service.badge(ada, OTHER)
    here = Wizard(await service.station())
    await here.begin(uid(OTHER), act="lost", factor="pin")
    assert (here.step, here.refused) == ("refused", "no_way")
    key = await give_key(service, ada)
    await here.begin(uid(OTHER), act="lost", factor="pin")
    assert here.offered == ["fido2"]
    await here.key(key)
    assert here.step == "done"


async def test_nobody_reports_what_is_anothers_or_nothing_lost(service: Hospital) -> None:
    key = await give_key(service, await service.person("ben"))
    await service.badge(await service.person("ada"), OTHER)
    here = Wizard(await service.station())
    for mark in (f"key:{key.credential_id}", "totp", "badge:nothing", "nonsense", None):
        await here.begin(uid(OTHER), act="lost", factor=mark)
        assert (here.step, here.refused) == ("refused", "policy")
    await here.begin(uid(OTHER), "badge", factor=f"key:{key.credential_id}")
    assert (here.step, here.refused) == ("refused", "policy")


async def in_her_session(hospital: Hospital) -> tuple[Wizard, str]:
    ada = await hospital.person("ada")
    await hospital.badge(ada, OTHER)
    app = await hospital.totp(ada)
    station = await hospital.station()
    session = await station.open(OTHER)
    here = Wizard(station)
    await here.begin(in_session(session), "badge")
    await here.pin()
    await here.otp(app.at(NOW))
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    assert here.step == "try"
    return here, session


async def test_a_session_that_ends_in_the_middle_ends_the_enrolment(either: Hospital) -> None:
    here, session = await in_her_session(either)
    await either.db.write(sessions.end, session, NOW)
    await over(either, here, "cancelled")


async def test_a_session_locked_from_elsewhere_ends_the_enrolment(service: Hospital) -> None:
    here, _ = await in_her_session(service)
    await (await service.station("ward-4")).open(OTHER)
    await over(service, here, "cancelled")


async def test_a_proof_given_up_leads_to_somebody_elses_word(either: Hospital) -> None:
    ada = await either.person("ada")
    await give_key(either, ada)
    await either.badge(ada, OTHER)
    boss = await supervisor(either, BOSS)
    here = Wizard(await either.station())
    await here.begin(uid(OTHER), "key")
    assert (here.step, here.offered) == ("prove", ["fido2"])
    answer = await here.station.post(f"/v1/ceremonies/{here.view['ceremony']['id']}/cancel", {"reason": "timeout"})
    assert answer.status == 204
    await here.look()
    assert (here.step, here.view["second_may"]) == ("second", "supervisor")
    await here.vouch(BOSS, boss)
    assert here.step == "make"


async def test_a_supervisor_who_taps_while_she_should_prove_takes_over(service: Hospital) -> None:
    ada = await service.person("ada")
    await give_key(service, ada)
    await service.badge(ada, OTHER)
    boss = await supervisor(service, BOSS)
    here = Wizard(await service.station())
    await here.begin(uid(OTHER), "key")
    left = here.view["ceremony"]["id"]
    await here.vouch(BOSS, boss)
    assert here.step == "make"
    assert (await here.station.challenge(left, "fido2")).code == "expired"


async def test_a_vouch_given_up_leads_back_to_asking_for_a_second_person(service: Hospital) -> None:
    await service.badge(await service.person("ada"), OTHER)
    boss = await supervisor(service, BOSS)
    here = Wizard(await service.station())
    await here.begin(uid(OTHER), "key")
    await here.second(uid(BOSS))
    await here.station.post(f"/v1/ceremonies/{here.view['ceremony']['id']}/cancel", {"reason": "refused_by_person"})
    await here.look()
    assert (here.step, here.view["second"], here.refused) == ("second", None, None)
    await here.vouch(BOSS, boss)
    assert here.step == "make"


# Windows.


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


# Roll-out waves.


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


# Lists and news.


async def test_the_list_shows_what_she_has_and_what_she_needs(either: Hospital) -> None:
    ada = await either.person("ada", "Ada Lovelace", "prescriber")
    await either.badge(ada, BADGE)
    await give_key(either, ada)
    station = await either.station()
    session = await station.open(BADGE)
    answer = await station.get(f"/v1/sessions/{session}/factors")
    shown = {one["kind"]: one for one in answer.body["factors"]}
    assert set(shown) == {"badge", "key", "pin"}
    assert (shown["key"]["name"], shown["key"]["state"], shown["badge"]["last_used"]) == ("blue key", "active", NOW)
    assert (answer.body["keys_missing"], answer.body["recovery_left"]) == (1, 0)
    assert answer.body["may_add"] == [kind.value for kind in FactorKind]
    assert "04A1" not in str(answer.body)


async def opened(station: Client, badge: str) -> dict[str, object]:
    view = await station.tap(badge)
    if view.body["state"] == "prove":
        view = await station.pin(view.body["id"], "123456")
    found: dict[str, object] = view.body["session"]
    return found


async def test_what_was_done_to_her_factors_is_told_once_at_the_next_sign_in(either: Hospital) -> None:
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
