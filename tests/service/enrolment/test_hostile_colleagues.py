"""What a review by an attacker found: a colleague with a key, a found card, a station that sends anything.

Each of these once worked for the attacker.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from kiosk.model.binding import b64u
from kiosk.service.admin import life
from kiosk.service.admin.act import Admin
from kiosk.service.policy import rules_from
from kiosk.service.proofs.pin_and_otp import trivial_pin
from kiosk.service.store import enrol_windows, people, recovery_codes
from kiosk.simulator.piv_ca import CardAuthority
from tests.fakes.client import NOW
from tests.fakes.enrolling import KEY_PRESENTED, Plastic, Wizard, login, supervisor, uid
from tests.fakes.keys import SoftPiv, give_card, give_key, piv_card, trust
from tests.fakes.service import Hospital, with_rules

BADGE, OTHER, BOSS = "04A1B2C3D4E5F6", "04112233445566", "04DDDDDDDDDDDD"
ADMIN = Admin("root", 0, NOW)


async def boss_of(hospital: Hospital) -> people.PersonLine:
    return next(person for person in await hospital.db.read(people.everybody) if "supervisor" in person.roles)


@pytest.mark.parametrize("agreed", [False, True])
async def test_a_word_given_with_a_stolen_key_ends_with_the_key(either: Hospital, agreed: bool) -> None:
    ada = await either.person("ada")
    key = await supervisor(either, BOSS)
    here = Wizard(await either.station())
    if agreed:
        own = await give_key(either, ada)
        await either.badge(await either.person("ben"), OTHER)
        await here.begin(KEY_PRESENTED, "badge")
        await here.key(own)
        await here.made({"presented": uid(OTHER), "kind": "badge"})
    else:
        await either.badge(ada, BADGE)
        await here.begin(uid(BADGE), "key")
    await here.vouch(BOSS, key)
    assert here.step == ("try" if agreed else "make")
    await either.db.write(life.report_lost, ADMIN, (await boss_of(either)).login, f"key:{key.credential_id}")
    await here.look()
    assert (here.step, here.refused) == ("refused", "cancelled")


async def test_the_trail_names_whoever_may_not_vouch(service: Hospital) -> None:
    await service.badge(await service.person("ada"), BADGE)
    ben = await service.person("ben")
    await service.badge(ben, OTHER)
    here = Wizard(await service.station())
    await here.begin(uid(BADGE), "key")
    await here.second(uid(OTHER))
    [row] = await service.trail("enrol_second")
    assert (row["reason"], row["detail"]["by"]) == ("not_entitled", ben)


async def test_a_found_card_is_no_pin_within_a_window(service: Hospital) -> None:
    ada = await service.person("ada")
    service.clock.now = float(int(time.time()))
    authority, now = CardAuthority.new(), int(service.clock())
    await trust(service, authority)
    card = piv_card(authority)
    await give_card(service, ada, card)
    station = await service.station()
    await service.db.write(enrol_windows.open, ["badge"], "root", now + 600, now)
    with with_rules(service, rules_from({"badge_self": "window"})):
        here = Wizard(station)
        await here.begin(card.presented, "badge")
        asked = await station.challenge(here.view["ceremony"]["id"], "piv_tap")
        await here.prove(card.sign(asked.body, "9E"))
        assert here.step == "prove"
        await here.pin()
        assert here.step == "make"


async def test_the_face_of_a_colleagues_card_is_not_taken_with_ones_own(service: Hospital) -> None:
    service.clock.now = float(int(time.time()))
    key = await give_key(service, await service.person("ada"))
    authority = CardAuthority.new()
    await trust(service, authority)
    own, theirs = piv_card(authority), piv_card(authority)
    here = Wizard(await service.station())
    await here.begin(KEY_PRESENTED, "piv")
    await here.key(key)
    await here.new_card(SoftPiv(theirs.key_9e, own.key_9a, theirs.cert_9e, own.cert_9a))
    assert (here.step, here.refused) == ("make", "untrusted_certificate")
    await here.new_card(own)
    assert here.step == "done"


async def test_the_number_of_a_recovery_code_does_not_tell_whether_a_login_has_any(service: Hospital) -> None:
    station = await service.station()

    async def asked(who: str) -> int:
        here = Wizard(station)
        await here.begin(login(who), "key")
        [offer] = [offer for offer in here.view["ceremony"]["offers"] if offer["method"] == "recovery"]
        return int(offer["number"])

    numbers = set()
    for n in range(25):
        ada = await service.person(f"ada{n}", pin=None)
        await service.db.write(recovery_codes.issue, service.folder.keys.badge, ada, recovery_codes.fresh(), NOW)
        numbers.add(await asked(f"ada{n}"))
        assert await asked(f"ada{n}") == await asked(f"ada{n}")
    assert max(numbers) > 3, "1, every time, says that the login exists"


@pytest.mark.parametrize(
    "bent",
    [
        {"attestation_object": b64u(b"\x81" * 20_000)},
        {"attestation_object": b64u(b"\xa1\x61a" * 5_000)},
        {"client_data": b64u(b"[" * 30_000)},
    ],
)
async def test_what_is_nested_deep_is_a_bad_answer(service: Hospital, bent: dict[str, Any]) -> None:
    key = await give_key(service, await service.person("ada"))
    here = Wizard(await service.station())
    await here.begin(KEY_PRESENTED, "key")
    await here.key(key)
    await here.made({**Plastic.blank().made(here.view["make"]["key"]), **bent})
    assert (here.step, here.refused) == ("make", "bad_answer")


@pytest.mark.parametrize("pin", ["111111", "121212", "147147", "123456", "86868686"])
def test_a_pin_that_repeats_itself_is_easy_to_guess(pin: str) -> None:
    assert trivial_pin(pin)
    assert not trivial_pin("480216")
