"""From the first day to the last: what an administrator does to a factor holds at the service at once."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import Connection, true

from kiosk.service.admin import cards as card_acts
from kiosk.service.admin import factors as factor_acts
from kiosk.service.admin import life, metadata
from kiosk.service.admin.act import ActRefusedError, the_person
from kiosk.service.jobs import housekeeping
from kiosk.service.policy.authenticator_rules import KeyRules, keys_needed
from kiosk.service.proofs.registration import begin, complete
from kiosk.service.store import integrity, lookups
from kiosk.service.store.schema import piv_card as piv_table
from kiosk.simulator.piv_ca import CardAuthority
from tests.fakes.attested import MetadataService, NewKey, entry, maker
from tests.fakes.client import NOW, ORIGIN, Client
from tests.fakes.keys import SoftKey, give_card, give_key, piv_card, trust
from tests.fakes.service import RP_ID, Hospital
from tests.service.authenticators.acts_of_admins import ADA, NEW, do, has, told


async def with_key(station: Client, key: SoftKey, uid: str = ADA) -> Any:
    """Badge, then key."""
    ceremony = (await station.tap(uid)).body["id"]
    asked = await station.challenge(ceremony, "fido2")
    if asked.status != 200:
        return asked
    return await station.prove(ceremony, key.sign(asked.body))


async def test_a_lost_badge_opens_nothing_until_it_is_found(either: Hospital) -> None:
    person = await either.person("ada")
    await either.badge(person, ADA)
    station = await either.station()
    session = await station.open(ADA)
    (badge, _) = await has(either, person)
    assert badge.last_used == NOW
    await do(either, life.report_lost, "ada", badge.short)
    assert await told(either) == [("lock", session)]
    refused = await station.tap(ADA)
    assert (refused.body["state"], refused.code) == ("refused", "suspended")
    await do(either, life.resume_factor, KeyRules(), "ada", badge.short)
    # Grace ended with the report: a badge alone does not reopen.
    assert (await station.tap(ADA)).body["state"] == "prove"
    acts = [row["detail"]["act"] for row in await either.trail("admin")]
    assert acts == ["factor.lost", "factor.resume"]


async def test_a_suspended_key_pin_or_code_is_not_even_offered(service: Hospital) -> None:
    person = await service.person("ada")
    await service.badge(person, ADA)
    await service.totp(person)
    key = await give_key(service, person)
    station = await service.station()
    ceremony = (await station.tap(ADA)).body["id"]
    asked = (await station.challenge(ceremony, "fido2")).body
    for factor in await has(service, person):
        if factor.kind != "badge":
            await do(service, life.suspend_factor, "ada", factor.short, "on holiday")
    # What was under way is over.
    assert (await station.prove(ceremony, key.sign(asked))).body["state"] == "refused"
    refused = await station.tap(ADA)
    assert (refused.body["state"], refused.code) == ("refused", "no_method")
    with pytest.raises(ActRefusedError, match="already"):
        await do(service, life.suspend_factor, "ada", "pin", "again")


async def test_the_old_key_goes_only_when_the_new_one_has_worked(either: Hospital) -> None:
    person = await either.person("ada")
    await either.badge(person, ADA)
    old = await give_key(either, person, name="old key")
    station = await either.station()
    begun = begin(ORIGIN, RP_ID, user_handle=old.user_handle, login="ada", name="Ada", known=(), now=NOW)
    made = NewKey(None, bytes(16))
    verified = complete(begun, *made.answer(begun, "none"), NOW)
    more = {"discoverable": True, "built_in": False, "uid": None, "replaces": "old key"}
    await do(either, card_acts.add_key, either.folder.keys.badge, "ada", "new key", verified, **more)
    assert (await with_key(station, old)).body["state"] == "done"
    new = SoftKey(made.key, verified.credential_id, old.user_handle)
    either.clock.pass_by(5 * 3600)
    assert (await with_key(station, new, ADA)).body["state"] == "done"
    assert [factor.name for factor in await has(either, person) if factor.kind == "key"] == ["new key"]
    row = (await either.trail("factor_replaced"))[0]
    assert (row["login"], row["detail"]["name"]) == ("ada", "old key")
    either.clock.pass_by(5 * 3600)
    assert (await with_key(station, old)).code in ("wrong_key", "no_method")
    assert (await with_key(station, new)).body["state"] == "done"


async def test_the_old_badge_goes_when_the_new_one_is_tapped(service: Hospital) -> None:
    person = await service.person("ada")
    await service.badge(person, ADA)
    station = await service.station()
    (old, _) = await has(service, person)
    await do(service, factor_acts.add_badge, service.folder.keys.badge, "ada", NEW, replaces=old.short)
    await station.open(ADA)
    assert (await station.tap(NEW)).body["state"] == "done"
    assert (await station.tap(ADA)).code == "unknown_badge"


async def test_a_temporary_badge_ends_to_the_second(service: Hospital) -> None:
    person = await service.person("ada")
    end = NOW + 100
    await do(service, factor_acts.add_badge, service.folder.keys.badge, "ada", ADA, end)
    station = await service.station()
    session = await station.open(ADA)

    async def ended(session: str) -> list[bool]:
        """As its person's list says: not for the station's own clock to judge."""
        listed = (await station.get(f"/v1/sessions/{session}/factors")).body["factors"]
        return [row["ended"] for row in listed if row["kind"] == "temporary_badge"]

    service.clock.pass_by(99)
    assert await ended(session) == [False]
    session = (await station.tap(ADA)).body["session"]["id"]
    service.clock.pass_by(1)
    assert await ended(session) == [True]
    assert (await station.tap(ADA)).code == "suspended"
    await service.db.write(housekeeping.tidy, int(service.clock()))
    assert [kind for kind, _ in await told(service)] == ["lock"]
    assert (await station.tap(ADA)).code == "unknown_badge"
    assert [factor.kind for factor in await has(service, person)] == ["pin"]
    assert (await service.trail("badge_ended"))[0]["login"] == "ada"
    assert session
    for until in (NOW, NOW + 400 * 86_400):
        with pytest.raises(ActRefusedError, match="within a year"):
            await do(service, factor_acts.add_badge, service.folder.keys.badge, "ada", NEW, until)


async def test_prescribers_and_administrators_need_two_keys(service: Hospital) -> None:
    person = await service.person("ada", "Ada", "nurse", "prescriber")
    rules = KeyRules()
    assert (keys_needed(rules, ("nurse",)), keys_needed(rules, ("administrator",))) == (0, 2)

    async def missing() -> int:
        return await service.db.read(lambda conn: life.keys_missing(conn, rules, the_person(conn, "ada")))

    assert await missing() == 2
    await give_key(service, person, name="one")
    await give_key(service, person, name="two")
    assert await missing() == 0
    await do(service, life.report_lost, "ada", "two")
    assert await missing() == 1


async def test_a_key_that_the_metadata_vouches_for_proves_hardware(service: Hospital) -> None:
    person = await service.person("ada")
    await service.badge(person, ADA)
    station = await service.station()
    rules, made_by, mds = KeyRules(attestation="required"), maker(NOW), MetadataService.new(NOW)

    async def take_in(*statuses: str, no: int) -> None:
        blob = metadata.verified(mds.blob(entry(made_by, *statuses), no=no), NOW, mds.root_pem, None)
        await do(service, metadata.take_in, rules, blob)

    await take_in("FIDO_CERTIFIED_L1", no=1)
    begun = await service.db.read(card_acts.begin_key, "ada", ORIGIN, RP_ID, NOW, rules)
    made = NewKey(made_by, made_by.aaguid)
    verified = card_acts.verify_key(begun, *made.answer(begun), NOW)
    more: dict[str, Any] = {"discoverable": True, "built_in": False, "uid": None, "rules": rules}
    await do(service, card_acts.add_key, service.folder.keys.badge, "ada", "Key", verified, **more)
    known = await service.db.read(lookups.person_by_login, "ada")
    assert known is not None
    key = SoftKey(made.key, verified.credential_id, known.user_handle)
    done = (await with_key(station, key)).body["session"]
    assert (done["assurance"]["acr"], done["assurance"]["amr"]) == ("phrh", ["pop", "hwk", "pin", "mfa"])
    await take_in("REVOKED", no=2)
    assert await told(service) == [("lock", done["id"])]
    assert [offer["method"] for offer in (await station.tap(ADA)).body["offers"]] == ["pin"]
    with pytest.raises(ActRefusedError, match="unsafe"):
        await do(service, life.resume_factor, rules, "ada", "Key")


async def test_a_new_card_that_is_tapped_takes_the_old_ones_place(service: Hospital) -> None:
    service.clock.now = float(int(time.time()))
    person = await service.person("ada")
    authority = CardAuthority.new()
    await trust(service, authority)
    await service.badge(person, ADA)
    (badge, _) = await has(service, person)
    card = piv_card(authority)
    await give_card(service, person, card)

    def replacing(conn: Connection) -> None:
        integrity.change(conn, piv_table, true(), {"replaces": badge.mark})

    await service.db.write(replacing)
    station = await service.station()
    view = (await station.post("/v1/ceremonies", {"presented": card.presented, "tap": 1})).body
    challenge = (await station.challenge(view["id"], "piv_tap")).body
    forged = await station.prove(view["id"], card.sign(challenge, "9E", message=b"something else"))
    assert forged.code == "bad_signature"
    assert (await station.tap(ADA)).body["state"] == "prove"
    challenge = (await station.challenge(view["id"], "piv_tap")).body
    await station.prove(view["id"], card.sign(challenge, "9E"))
    assert (await station.tap(ADA)).code == "unknown_badge"
    assert [factor.kind for factor in await has(service, person)] == ["piv", "pin"]


async def test_a_badge_or_key_that_is_taken_away_locks_what_is_open(service: Hospital) -> None:
    person = await service.person("ada")
    await service.badge(person, ADA)
    await give_key(service, person)
    station = await service.station()
    first = await station.open(ADA)
    await do(service, card_acts.revoke_keys, "ada", None)
    second = await station.open(ADA)
    await do(service, factor_acts.revoke_badge, service.folder.keys.badge, "ada", None)
    assert await told(service) == [("lock", first), ("lock", second)]
