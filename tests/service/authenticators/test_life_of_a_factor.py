"""From the first day to the last: what an administrator does to a factor holds at the service at once."""

from __future__ import annotations

import functools
import time
from typing import Any

import pytest
from sqlalchemy import Connection, select, true

from kiosk.service.admin import cards as card_acts
from kiosk.service.admin import factors as factor_acts
from kiosk.service.admin import life, metadata, people, recovery
from kiosk.service.admin.act import ActRefusedError, Admin, the_person
from kiosk.service.jobs import housekeeping
from kiosk.service.policy import PolicyRules, roles
from kiosk.service.policy.authenticator_rules import KeyRules, keys_needed
from kiosk.service.proofs.registration import begin, complete
from kiosk.service.store import integrity, lookups, start_codes
from kiosk.service.store import people as store_people
from kiosk.service.store.factors import Factor, of_person
from kiosk.service.store.schema import piv_card as piv_table
from kiosk.service.store.schema import station_event
from kiosk.simulator.piv_ca import CardAuthority
from tests.fakes.attested import MetadataService, NewKey, entry, maker
from tests.fakes.client import NOW, ORIGIN, Client
from tests.fakes.keys import SoftKey, give_card, give_key, piv_card, trust
from tests.fakes.service import RP_ID, Hospital

ADA, NEW = "04A1B2C3", "04A1B2C4"


def admin(hospital: Hospital) -> Admin:
    return Admin("root", 0, int(hospital.clock()))


async def do(hospital: Hospital, act: Any, *args: Any, **more: Any) -> Any:
    return await hospital.db.write(act, admin(hospital), *args, **more)


async def has(hospital: Hospital, person: str) -> list[Factor]:
    return await hospital.db.read(of_person, person)


async def told(hospital: Hospital) -> list[tuple[str, str | None]]:
    def rows(conn: Connection) -> list[tuple[str, str | None]]:
        return [(row.kind, row.session) for row in conn.execute(select(station_event).order_by(station_event.c.id))]

    return [row for row in await hospital.db.read(rows) if row[0] in ("lock", "end")]


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


async def test_whoever_leaves_is_out_everywhere_at_once(either: Hospital) -> None:
    person = await either.person("ada")
    await either.badge(person, ADA)
    key = await give_key(either, person)
    stations = [await either.station(name, exempt=True) for name in ("ward-1", "ward-2")]
    sessions = [await station.open(ADA) for station in stations]
    application = await either.application()
    asked = (await stations[0].step_up(sessions[0], audience="https://export.example")).body
    challenge = (await stations[0].challenge(asked["id"], "fido2", "transfer of care")).body
    granted = await stations[0].prove(asked["id"], key.sign(challenge), "transfer of care")
    token = granted.body["grant"]["token"]
    assert await do(either, life.leave, "ada") == (3, 2)
    assert sorted(await told(either)) == sorted(("end", session) for session in sessions)
    assert (await stations[0].tap(ADA)).code == "unknown_badge"
    redeemed = await application.post("/v1/tokens/redeem", {"token": token})
    assert (redeemed.status, redeemed.code) == (403, "suspended")
    known = await either.db.read(lookups.person_by_login, "ada")
    assert known is not None
    assert (known.suspended, known.person.roles) == (True, ())
    row = (await either.trail("admin"))[-1]["detail"]
    assert (row["act"], row["sessions_ended"], len(row["factors"]), row["roles"]) == ("person.leave", 2, 3, ["nurse"])
    # One who comes back begins anew.
    await do(either, people.resume, "ada")
    assert await has(either, person) == []


async def test_whoever_is_suspended_is_out_everywhere_and_comes_back_without_grace(either: Hospital) -> None:
    person = await either.person("ada")
    await either.badge(person, ADA)
    stations = [await either.station(name, exempt=True) for name in ("ward-1", "ward-2")]
    sessions = [await station.open(ADA) for station in stations]
    begun = (await (await either.station("ward-3")).tap(ADA)).body
    assert begun["state"] == "done"  # within grace
    assert await do(either, people.suspend, "ada") == 3
    assert sorted(event for event in await told(either) if event[1] in sessions) == sorted(
        ("end", session) for session in sessions
    )
    assert (await stations[0].tap(ADA)).code == "suspended"
    await do(either, people.resume, "ada")
    again = await stations[0].tap(ADA)
    assert (again.body["state"], again.body["why"]) == ("prove", "first_sign_in")
    acts = [row["detail"] for row in await either.trail("admin")]
    assert [(row["act"], row.get("sessions_ended")) for row in acts[-2:]] == [
        ("person.suspend", 3),
        ("person.resume", None),
    ]


async def test_a_resume_takes_the_grace_of_one_whom_an_earlier_version_suspended(service: Hospital) -> None:
    person = await service.person("ada")
    await service.badge(person, ADA)
    station = await service.station()
    await station.open(ADA)
    await service.db.write(store_people.set_active, person, False)
    await do(service, people.resume, "ada")
    assert (await station.tap(ADA)).body["state"] == "prove"


async def test_a_start_code_ends_with_a_suspension(either: Hospital) -> None:
    await either.person("ada")
    keys = either.folder.keys.badge
    code = await do(either, recovery.start_code, keys, "ada", "first day")
    await do(either, people.suspend, "ada")
    assert (await either.trail("admin"))[-1]["detail"]["code_withdrawn"] is True
    await do(either, people.resume, "ada")
    assert await either.db.write(start_codes.use, keys, code, NOW) is None


async def test_another_role_locks_what_is_open(service: Hospital) -> None:
    person = await service.person("ada")
    await service.badge(person, ADA)
    session = await (await service.station()).open(ADA)
    assert await do(service, life.transfer_role, "ada", "nurse", "prescriber") == 1
    assert await told(service) == [("lock", session)]
    for old, new, said in (("nurse", "clerk", "does not have"), ("prescriber", "prescriber", "already")):
        with pytest.raises(ActRefusedError, match=said):
            await do(service, life.transfer_role, "ada", old, new)


async def test_a_role_that_comes_or_goes_locks_what_is_open_and_ends_what_is_being_proved(either: Hospital) -> None:
    person = await either.person("ada")
    await either.badge(person, ADA)
    await either.totp(person)
    station = await either.station()
    for act, role in ((people.add_role, "prescriber"), (people.remove_role, "prescriber")):
        session = await station.open(ADA)
        under_way = await station.step_up(session)
        assert under_way.body["state"] == "prove"
        assert await do(either, act, "ada", role) == 1
        assert (await told(either))[-1] == ("lock", session)
        assert (await station.pin(str(under_way.body["id"]), "123456")).body["state"] == "refused"
        assert (await station.tap(ADA)).body["state"] == "prove", "grace is over"


async def test_a_role_that_looks_like_a_known_one_is_asked_back(service: Hospital) -> None:
    await service.person("ada")
    named = roles.named(PolicyRules())
    assert {"prescriber", "administrator", "supervisor", "help_desk", "visitor"} <= named
    for act in (people.add_role, functools.partial(_transferred, "nurse")):
        with pytest.raises(ActRefusedError, match="did you mean “prescriber”"):
            await do(service, act, "ada", "perscriber", named)
    with pytest.raises(ActRefusedError, match="did you mean “nurse”"):
        await do(service, people.add_role, "ada", "nurses", named)
    await do(service, people.add_role, "ada", "porter", named)
    await do(service, people.add_role, "ada", "nurses", None)


def _transferred(old: str, conn: Connection, admin: Admin, login: str, role: str, named: frozenset[str]) -> int:
    return life.transfer_role(conn, admin, login, old, role, named)


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
