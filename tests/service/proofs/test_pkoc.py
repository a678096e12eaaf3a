"""PKOC badges at a sign-in: what a tap is worth, and every answer that must be refused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kiosk.model.binding import b64u
from kiosk.service.admin import life
from kiosk.service.admin.act import Admin
from kiosk.service.store.schema import audit_row
from tests.fakes.asking import make
from tests.fakes.client import Answer, Client
from tests.fakes.keys import SoftPkoc, give_key, give_pkoc
from tests.fakes.service import Hospital

NUMBER = "04A1B2C3D4E5F6"


async def present(station: Client, badge: SoftPkoc) -> Answer:
    return await station.post("/v1/ceremonies", {"presented": badge.presented, "tap": 1})


async def tapped(station: Client, badge: SoftPkoc) -> tuple[str, dict[str, Any]]:
    """A ceremony after the tap, and its challenge."""
    view = await present(station, badge)
    assert view.body["state"] == "prove", view.body
    answer = await station.challenge(view.body["id"], "pkoc_tap")
    assert answer.status == 200, answer.body
    return str(view.body["id"]), answer.body


async def proved(station: Client, badge: SoftPkoc, size: int = 32, **bent: Any) -> Answer:
    ceremony, challenge = await tapped(station, badge)
    return await station.prove(ceremony, badge.sign(challenge, size, **bent))


def admin(hospital: Hospital) -> Admin:
    return Admin("root", 0, int(hospital.clock()))


@pytest.mark.parametrize("size", [32, 16])
async def test_a_tap_proves_possession_a_pin_makes_it_mfa_and_grace_opens_by_the_tap(
    either: Hospital, size: int
) -> None:
    badge = await give_pkoc(either, await either.person("ada"), NUMBER)
    station = await either.station()
    view = await present(station, badge)
    assert (view.body["person"], view.body["why"]) == (None, "possession"), "whose it is shows when it signs"
    assert [offer["method"] for offer in view.body["offers"]] == ["pkoc_tap"]
    asked = await proved(station, badge, size)
    assert (asked.body["state"], asked.body["proved"]) == ("prove", ["pkoc_tap"])
    assert asked.body["person"]["login"] == "ada"
    done = await station.pin(asked.body["id"], "123456")
    assurance = done.body["session"]["assurance"]
    assert (assurance["acr"], assurance["amr"]) == ("urn:kiosk:mfa", ["pop", "pin", "mfa"])
    again = await proved(station, badge, size)
    assurance = again.body["session"]["assurance"]
    assert (assurance["acr"], assurance["amr"]) == ("urn:kiosk:possession", ["pop"])


async def test_it_is_nobodys_second_factor_by_itself(service: Hospital) -> None:
    ada = await service.person("ada", pin=None)
    badge = await give_pkoc(service, ada, NUMBER)
    station = await service.station()
    alone = await proved(station, badge)
    assert alone.body["state"] == "refused", "possession alone opens nothing without grace"
    assert alone.body["refusal"]["code"] == "no_method"
    key = await give_key(service, ada)
    asked = await proved(station, badge)
    assert [offer["method"] for offer in asked.body["offers"]] == ["fido2"]
    challenge = (await station.challenge(asked.body["id"], "fido2")).body
    assert (await station.prove(asked.body["id"], key.sign(challenge))).body["session"]["assurance"]["acr"] == "phr"


async def test_it_approves_no_step_up_whatever_goes_with_it(service: Hospital) -> None:
    ward = await make(service)
    badge = await give_pkoc(service, ward.person)
    view = await ward.station.step_up(ward.session, records=51, audience="https://export.example")
    assert "pkoc_tap" not in [offer["method"] for offer in view.body["offers"]]
    refused = await ward.station.challenge(view.body["id"], "pkoc_tap")
    assert (refused.status, refused.code) == (409, "method_not_offered")
    asked = await ward.station.challenge(view.body["id"], "fido2")
    assert (await ward.station.prove(view.body["id"], badge.sign(asked.body))).code == "expired"


@pytest.mark.parametrize(
    "bent",
    [
        {"message": b"another transaction"},
        {"message": bytes(32)},
        {"signature": b64u(bytes(64))},
        {"signature": b64u(b"short")},
        {"signature": "!!"},
        {"public_key": b64u(b"\x04" + bytes(64))},
        {"public_key": b64u(b"\x04" + b"\xff" * 64)},
        {"public_key": b64u(b"\x02" + bytes(32))},
        {"public_key": "!!"},
        {"identifier_bytes": 16},
    ],
    ids=str,
)
async def test_an_answer_that_does_not_hold_is_refused(service: Hospital, bent: dict[str, Any]) -> None:
    badge = await give_pkoc(service, await service.person("ada"))
    answer = await proved(await service.station(), badge, **bent)
    assert (answer.body["proved"], answer.code) == ([], "bad_signature")


@pytest.mark.parametrize("size", [0, 1, 8, 15, 17, 31, 33])
async def test_no_other_part_of_the_challenge_counts(service: Hospital, size: int) -> None:
    badge = await give_pkoc(service, await service.person("ada"))
    answer = await proved(await service.station(), badge, size)
    assert answer.status == 422


async def test_a_badge_that_nobody_has_is_not_known(service: Hospital) -> None:
    await give_pkoc(service, await service.person("ada"), NUMBER)
    answer = await proved(await service.station(), SoftPkoc(uid="04FFFFFFFFFFFF"))
    assert answer.code == "unknown_badge"


async def test_a_badge_with_another_key_than_the_enrolled_one_is_told_so(either: Hospital) -> None:
    await give_pkoc(either, await either.person("ada"), NUMBER)
    answer = await proved(await either.station(), SoftPkoc(uid=NUMBER))
    assert (answer.body["state"], answer.code) == ("refused", "key_changed")


async def test_its_number_alone_opens_nothing(service: Hospital) -> None:
    await give_pkoc(service, await service.person("ada"), NUMBER)
    answer = await (await service.station()).tap(NUMBER)
    assert answer.code == "card_requires_proof"


@pytest.mark.parametrize("number", ["nonsense", "04", "04a1b2c3", "00" * 40])
async def test_a_number_of_no_form_is_refused_at_the_tap(service: Hospital, number: str) -> None:
    answer = await present(await service.station(), SoftPkoc(uid=number))
    assert (answer.body["state"], answer.code) == ("refused", "bad_uid")


async def test_suspended_lost_and_taken_away_it_proves_nothing_and_resumed_it_does(either: Hospital) -> None:
    badge = await give_pkoc(either, await either.person("ada"), NUMBER)
    station, act = await either.station(), admin(either)
    await either.db.write(life.suspend_factor, act, "ada", "white badge", "under repair")
    assert (await proved(station, badge)).code == "suspended"
    await either.db.write(life.resume_factor, act, either.service.rules.keys, "ada", "white badge")
    assert (await proved(station, badge)).body["proved"] == ["pkoc_tap"]
    await either.db.write(life.report_lost, act, "ada", "white badge")
    assert (await proved(station, badge)).code == "suspended"
    await either.db.write(life.revoke_factor, act, "ada", "white badge")
    assert (await proved(station, badge)).code == "suspended", "it was somebody's, and is stopped"


async def test_who_leaves_takes_their_badge_with_them(service: Hospital) -> None:
    badge = await give_pkoc(service, await service.person("ada"), NUMBER)
    factors, _ = await service.db.write(life.leave, admin(service), "ada")
    assert factors == 2
    assert (await proved(await service.station(), badge)).code == "suspended"


async def test_a_suspended_person_is_told_so_once_their_badge_has_signed(service: Hospital) -> None:
    from kiosk.service.admin import people

    badge = await give_pkoc(service, await service.person("ada"))
    await service.db.write(people.suspend, admin(service), "ada")
    assert (await proved(await service.station(), badge)).code == "suspended"


async def test_a_challenge_is_signed_once(service: Hospital) -> None:
    badge = await give_pkoc(service, await service.person("ada"))
    station = await service.station()
    ceremony, challenge = await tapped(station, badge)
    answer = badge.sign(challenge)
    assert (await station.prove(ceremony, answer)).body["proved"] == ["pkoc_tap"]
    assert (await station.prove(ceremony, answer)).code in ("expired", "no_method")


async def test_the_trail_tells_of_it(service: Hospital) -> None:
    badge = await give_pkoc(service, await service.person("ada"), NUMBER)
    await proved(await service.station(), badge)
    rows = await service.db.read(lambda conn: conn.execute(select(audit_row.c.body)).scalars().all())
    assert any('"method":"pkoc_tap"' in str(row) for row in rows)
