"""What happens in the middle of an enrolment: time, suspension, locks, loss, proofs given up."""

from __future__ import annotations

from argon2 import PasswordHasher
from sqlalchemy import select

from kiosk.service.admin import factors as factor_acts
from kiosk.service.admin import life
from kiosk.service.admin import people as people_acts
from kiosk.service.admin.act import Admin
from kiosk.service.jobs.housekeeping import tidy
from kiosk.service.store import people
from kiosk.service.store.schema import enrolment
from tests.fakes.client import NOW
from tests.fakes.enrolling import KEY_PRESENTED, Plastic, Wizard, end_session, in_session, supervisor, uid
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import Hospital

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


async def test_whoever_was_suspended_after_they_vouched_has_not_vouched(either: Hospital) -> None:
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


async def test_a_suspended_voucher_who_shows_it_by_their_key_only_is_refused(service: Hospital) -> None:
    await service.badge(await service.person("ada"), OTHER)
    boss = await supervisor(service, BOSS)
    here = Wizard(await service.station())
    await here.begin(uid(OTHER), "key")
    await here.second(KEY_PRESENTED)
    login_of = next(person.login for person in await service.db.read(people.everybody) if "supervisor" in person.roles)
    await service.db.write(people_acts.suspend, ADMIN, login_of)
    assert (await here.key(boss))["state"] == "refused"
    assert (here.step, here.refused) == ("second", "suspended")


async def in_their_session(hospital: Hospital) -> tuple[Wizard, str]:
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
    here, session = await in_their_session(either)
    await either.db.write(end_session, session, NOW)
    await over(either, here, "cancelled")


async def test_a_session_locked_from_elsewhere_ends_the_enrolment(service: Hospital) -> None:
    here, _ = await in_their_session(service)
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


async def test_a_supervisor_who_taps_while_they_should_prove_takes_over(service: Hospital) -> None:
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


async def test_a_new_pin_from_the_administrator_ends_what_the_old_one_has_proved(either: Hospital) -> None:
    """Whoever knew the old one may have begun to add something of his own with it."""
    await either.badge(await either.person("ada"), OTHER)
    station = await either.station("ward-4")
    await station.open(OTHER)
    here = Wizard(await either.station())
    await here.begin(uid(OTHER), "key")
    await here.pin() if here.step == "prove" else None
    await either.db.write(factor_acts.set_pin, ADMIN, "ada", PasswordHasher(1, 8, 1).hash("735194"))
    await here.look()
    assert (here.step, here.refused) == ("refused", "cancelled")
    assert (await station.tap(OTHER)).body["state"] == "prove"  # no grace
