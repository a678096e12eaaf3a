"""A PKOC badge at the workstation: added once it has signed, refused where it is a copy, says who somebody is."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.model.binding import b64u
from kiosk.service.audit import signatures
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.policy import rules_from
from kiosk.service.records.reports import REPORTS
from kiosk.service.store import factors
from tests.fakes.client import NOW
from tests.fakes.enrolling import KEY_PRESENTED, Wizard, admin_key, in_session, supervisor, uid
from tests.fakes.keys import SoftPkoc, give_key, give_pkoc
from tests.fakes.service import Hospital, with_rules
from tests.service.enrolment.proving import proved
from tests.service.enrolment.test_the_trail import checked, kept

NUMBER = "04AABBCCDDEEFF"
PLAIN = "04A1B2C3D4E5F6"
BOSS = "04DDDDDDDDDDDD"


@pytest.mark.parametrize("size", [32, 16])
async def test_a_badge_is_added_signs_in_and_every_signature_is_verified_again(either: Hospital, size: int) -> None:
    await either.person("ada")
    own, badge = await admin_key(either, "ada"), SoftPkoc(uid=NUMBER)
    here = Wizard(await either.station("ward-3"))
    await here.begin(KEY_PRESENTED, "pkoc")
    await here.key(own)
    await here.new_pkoc(badge, size)
    factor = here.view["factor"]
    assert (here.step, factor["kind"], factor["name"], factor["hardware"]) == ("done", "pkoc", "PKOC badge", False)
    assert (await here.station.tap(NUMBER)).code == "card_requires_proof"

    begun = await here.station.post("/v1/ceremonies", {"presented": badge.presented, "tap": 1})
    challenge = (await here.station.challenge(begun.body["id"], "pkoc_tap")).body
    asked = await here.station.prove(begun.body["id"], badge.sign(challenge, size))
    session = (await here.station.pin(asked.body["id"], "123456")).body["session"]
    assert session["assurance"]["acr"] == "urn:kiosk:mfa"
    listed = (await here.station.get(f"/v1/sessions/{session['id']}/factors")).body
    assert [factor["name"] for factor in listed["factors"] if factor["kind"] == "pkoc"] == ["PKOC badge"]
    assert "pkoc" in listed["may_add"]

    report = await checked(either)
    # Their key's proof, the new badge's try, its tap at the sign-in.
    assert (report.finding, report.signatures) == (None, 3)
    table = await either.db.read(REPORTS["factors"], NOW)
    [row] = [dict(zip(table.columns, row, strict=True)) for row in table.rows if "pkoc" in row]
    assert (row["possession_proved"], row["hardware"], row["issued_by"]) == (True, False, "workstation ward-3")


@pytest.mark.parametrize(
    "bent",
    [
        {"message": b"an old transaction"},
        {"signature": b64u(bytes(64))},
        {"signature": b64u(bytes(63))},
        {"identifier_bytes": 16},
    ],
    ids=str,
)
async def test_a_try_that_does_not_hold_binds_nothing(service: Hospital, bent: dict[str, Any]) -> None:
    badge = SoftPkoc()
    here, _ = await proved(service, "pkoc")
    await here.new_pkoc(badge, **bent)
    assert (here.step, here.refused) == ("try", "bad_answer")
    await here.try_pkoc(badge)
    assert here.step == "done"


async def test_a_try_by_another_badge_or_with_another_key_is_not_the_one_that_was_made(service: Hospital) -> None:
    here, _ = await proved(service, "pkoc")
    await here.new_pkoc(SoftPkoc(uid=NUMBER))  # its try is by that very key
    assert here.step == "done"
    again, _ = await proved(service, "pkoc", "ben", "ward-4")
    await again.made(SoftPkoc().made)
    await again.try_pkoc(SoftPkoc())
    assert (again.step, again.refused) == ("try", "wrong_thing")


@pytest.mark.parametrize(
    "key", [b"\x04" + bytes(64), b"\x04" + b"\x01" * 64, b"\x02" + bytes(32), b"", b"\x04" * 66], ids=len
)
async def test_a_key_that_is_no_point_of_the_curve_is_not_taken(service: Hospital, key: bytes) -> None:
    here, _ = await proved(service, "pkoc")
    await here.made({**SoftPkoc().made, "public_key": b64u(key)})
    assert (here.step, here.refused) == ("make", "bad_answer")


async def test_a_key_or_number_of_another_person_is_theirs(either: Hospital) -> None:
    ben = await either.person("ben")
    his = await give_pkoc(either, ben, NUMBER)
    await either.badge(ben, PLAIN)
    here, key = await proved(either, "pkoc")
    await here.made(his.made)
    assert (here.step, here.refused) == ("make", "taken")
    await here.made(SoftPkoc(uid=PLAIN).made)
    assert (here.step, here.refused) == ("make", "taken")
    await here.made({**SoftPkoc().made, "presented": {"kind": "pkoc", "uid": "nonsense"}})
    assert (here.step, here.refused) == ("make", "bad_uid")
    mine = SoftPkoc()
    await here.new_pkoc(mine)
    assert here.step == "done"
    await here.kind("pkoc")
    await here.key(key)
    await here.made(mine.made)
    assert (here.step, here.refused) == ("make", "own_already")


async def test_a_badge_that_was_a_bare_number_is_one_no_longer(either: Hospital) -> None:
    await either.badge(await either.person("ada"), PLAIN)
    own = await admin_key(either, "ada")
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "pkoc")
    await here.key(own)
    await here.new_pkoc(SoftPkoc(uid=PLAIN))
    assert here.step == "done"
    assert (await checked(either)).finding is None
    [gone] = await either.trail("factor_replaced")
    assert gone["detail"]["factor"].startswith("badge:")
    assert (await here.station.tap(PLAIN)).code == "card_requires_proof"


async def test_where_a_badge_is_wanted_one_that_can_prove_itself_is_added_as_such(either: Hospital) -> None:
    await either.person("ada")
    own = await admin_key(either, "ada")
    here = Wizard(await either.station())
    await here.begin(KEY_PRESENTED, "badge")
    await here.key(own)
    await here.new_pkoc(SoftPkoc(uid=NUMBER))
    assert (here.step, here.view["factor"]["kind"]) == ("done", "pkoc")
    report = await checked(either)
    assert (report.finding, report.signatures) == (None, 2)


async def test_where_their_roles_may_add_bare_badges_alone_it_goes_by_its_number(service: Hospital) -> None:
    with with_rules(service, rules_from({"enrol_kinds": {"nurse": ["badge"]}})):
        here, _ = await proved(service, "badge")
        await here.made(SoftPkoc(uid=NUMBER).made)
        assert (here.step, here.view["kind"]) == ("try", "badge")
        await here.try_badge(NUMBER)
    assert (here.step, here.view["factor"]["kind"]) == ("done", "badge")
    assert (await here.station.tap(NUMBER)).body["state"] == "prove"


async def test_a_temporary_badge_goes_by_its_number(service: Hospital) -> None:
    here, _ = await proved(service, "temporary_badge")
    await here.made(SoftPkoc(uid=NUMBER).made)
    await here.try_badge(NUMBER)
    assert (here.step, here.view["factor"]["kind"]) == ("done", "temporary_badge")


async def test_a_new_badge_that_proves_itself_takes_the_place_of_a_bare_one(service: Hospital) -> None:
    ada = await service.person("ada")
    await service.badge(ada, PLAIN)
    [old] = [factor for factor in await service.db.read(factors.of_person, ada) if factor.kind == "badge"]
    here = Wizard(await service.station())
    await here.begin(KEY_PRESENTED, "badge", factor=old.mark)
    await here.key(await give_key(service, ada))
    await here.new_pkoc(SoftPkoc(uid=NUMBER))
    assert here.step == "done"
    assert (await here.station.tap(PLAIN)).code == "unknown_badge"


@pytest.mark.parametrize(("number", "code"), [(NUMBER, "badge_range"), (None, "badge_range"), ("04A1FFFFFFFFFF", None)])
async def test_only_badges_that_the_hospital_gives_out_are_added(
    service: Hospital, number: str | None, code: str | None
) -> None:
    with with_rules(service, rules_from({"badge_allow": ["04A1"]})):
        here, _ = await proved(service, "pkoc")
        await here.made(SoftPkoc(uid=number).made)
    assert (here.step, here.refused) == ("make" if code else "try", code)


async def test_a_badge_says_who_somebody_is_and_the_pin_proves_it(either: Hospital) -> None:
    badge = await give_pkoc(either, await either.person("ada"), NUMBER)
    here = Wizard(await either.station())
    await here.begin(badge.presented, "badge")
    assert (here.view["person"], here.offered[0]) == (None, "pkoc_tap")
    await here.pkoc(badge)
    assert here.offered == ["pin"], "a card that was found adds nothing"
    await here.pin()
    assert here.step == "make"
    await here.badge(PLAIN)
    assert here.step == "done"


@pytest.mark.parametrize(
    ("bent", "why"),
    [
        ({"signature": b64u(bytes([1]) * 64)}, "does not verify"),
        ({"identifier_bytes": 16}, "does not verify"),
        ({"identifier_bytes": 0}, "no part of the challenge"),
        ({"identifier_bytes": "32"}, "no part of the challenge"),
        ({"signature": b64u(bytes(65))}, "no part of the challenge"),
        ({"public_key": b64u(b"\x04" + bytes(64))}, "cannot be read"),
        ({"nonce": b64u(bytes(32))}, "does not verify"),
        ({"enrolled": {"chain": "service", "seq": 1}}, "bound the badge is missing or changed"),
    ],
    ids=str,
)
async def test_evidence_that_was_changed_is_found_by_whoever_verifies(
    service: Hospital, bent: dict[str, Any], why: str
) -> None:
    badge = await give_pkoc(service, await service.person("ada"))
    station = await service.station()
    view = await station.post("/v1/ceremonies", {"presented": badge.presented, "tap": 1})
    challenge = (await station.challenge(view.body["id"], "pkoc_tap")).body
    await station.prove(view.body["id"], badge.sign(challenge))
    [(row, said)] = await service.db.read(kept)
    with pytest.raises(EvidenceBrokenError, match=why):
        signatures.check({**said, **bent}, row, lambda _place: None)


async def test_a_badge_says_who_vouches_and_their_key_proves_it(service: Hospital) -> None:
    boss_badge_number = "04DDDDDDDDDDD1"
    boss = await supervisor(service, BOSS)
    await service.badge(await service.person("ada", pin=None), PLAIN)
    owner = await service.db.read(
        lambda conn: conn.exec_driver_sql("SELECT id FROM person WHERE login LIKE 'boss-%'").scalar_one()
    )
    badge = await give_pkoc(service, owner, boss_badge_number)
    here = Wizard(await service.station())
    await here.begin(uid(PLAIN), "pin")
    assert here.step == "second"
    await here.second(badge.presented)
    assert (here.step, here.view["second"], here.offered) == ("vouch", None, ["pkoc_tap"])
    await here.pkoc(badge)
    assert here.offered == ["fido2"], "possession vouches for nobody"
    await here.key(boss)
    assert here.step == "make"


async def test_a_badge_is_reported_lost_at_the_workstation(service: Hospital) -> None:
    ada = await service.person("ada")
    badge = await give_pkoc(service, ada, NUMBER)
    key = await give_key(service, ada)
    station = await service.station()
    begun = await station.post("/v1/ceremonies", {"presented": KEY_PRESENTED, "tap": 1})
    challenge = (await station.challenge(begun.body["id"], "fido2_tap")).body
    asked = await station.prove(begun.body["id"], key.sign(challenge))
    session = (await station.pin(asked.body["id"], "123456")).body["session"]["id"]
    [mark] = [
        factor["mark"]
        for factor in (await station.get(f"/v1/sessions/{session}/factors")).body["factors"]
        if factor["kind"] == "pkoc"
    ]
    here = Wizard(station)
    await here.begin(in_session(session), act="lost", factor=mark)
    await here.pin()
    assert here.step == "done"
    view = await station.post("/v1/ceremonies", {"presented": badge.presented, "tap": 1})
    challenge = (await station.challenge(view.body["id"], "pkoc_tap")).body
    assert (await station.prove(view.body["id"], badge.sign(challenge))).code == "suspended"
