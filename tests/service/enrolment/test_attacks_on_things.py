"""Attacks on what is added: badges that are none, keys that lie, tries by something else."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from kiosk.model.binding import b64u, unb64u
from kiosk.service.policy import rules_from
from kiosk.service.store import badges
from kiosk.service.store.schema import badge, enrolment, fido2_attestation, fido2_credential, piv_card
from kiosk.simulator.piv_ca import CardAuthority
from tests.fakes import attested
from tests.fakes.enrolling import (
    KEY_PRESENTED,
    Plastic,
    Wizard,
    card_made,
    give_start_code,
    login,
    start_code,
    supervisor,
    take_metadata_in,
    uid,
)
from tests.fakes.keys import SoftKey, give_card, give_key, trust
from tests.fakes.keys import piv_card as plastic_card
from tests.fakes.service import NOW, Hospital, with_rules

BADGE, OTHER = "04A1B2C3D4E5F6", "04112233445566"
BOSS = "04DDDDDDDDDDDD"


async def proved(hospital: Hospital, kind: str, login: str = "ada", name: str = "ward-3-a") -> tuple[Wizard, SoftKey]:
    """Somebody has proved herself by her key and is to make the new thing."""
    key = await give_key(hospital, await hospital.person(login))
    here = Wizard(await hospital.station(name))
    await here.begin(KEY_PRESENTED, kind)
    await here.key(key)
    assert here.step == "make"
    return here, key


def count(conn: Connection) -> tuple[int, int, int]:
    """Badges, keys and cards that are somebody's."""
    tables = (badge, fido2_credential, piv_card)
    live = (select(func.count()).select_from(one).where(one.c.revoked.is_(None)) for one in tables)
    numbers = [conn.execute(one).scalar_one() for one in live]
    return numbers[0], numbers[1], numbers[2]


# Badges.


@pytest.mark.parametrize(
    ("number", "code", "resembles"),
    [
        ("08A1B2C3", "random_uid", None),
        ("04A1B2C3D4", "bad_uid", None),
        ("04a1b2c3d4e5f6", "bad_uid", None),
        ("", "bad_uid", None),
        ("F6E5D4C3B2A104", "bad_uid", "reversed"),
        ("20854DC32BA76F", "bad_uid", "reversed"),
        ("04A1B2C3", "bad_uid", "truncated"),
        ("8804A1B2", "bad_uid", "truncated"),
        ("04AABBCCDDEEFF", "proof_card", None),
        ("04FF0000000000", "badge_range", None),
    ],
)
@pytest.mark.parametrize("first", [False, True])
async def test_a_number_that_is_no_badge_here_is_refused_before_anything_is_proved(
    service: Hospital, number: str, code: str, resembles: str | None, first: bool
) -> None:
    ben = await service.person("ben")
    await service.badge(ben, BADGE)
    card = bytes.fromhex("04AABBCCDDEEFF")
    await service.db.write(badges.add_proof_card, service.folder.keys.badge, ben, card, NOW)
    with with_rules(service, rules_from({"badge_deny": ["04FF"]})):
        if first:
            await service.person("ada")
            here = Wizard(await service.station())
            await here.begin(login("ada"), new=uid(number))
            assert here.step == "refused"
        else:
            here, _ = await proved(service, "badge")
            await here.made({"presented": uid(number), "kind": "badge"})
            assert here.step == "make"
    assert (here.refused, here.view["refusal"]["resembles"]) == (code, resembles)


async def test_ones_own_badge_is_not_added_twice(either: Hospital) -> None:
    here, _ = await proved(either, "badge")
    await either.badge(here.view["person"]["id"], BADGE)
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    assert (here.step, here.refused) == ("make", "own_already")


async def test_a_badge_tried_must_be_the_one_made(either: Hospital) -> None:
    here, _ = await proved(either, "badge")
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    await here.try_badge(OTHER)
    assert (here.step, here.refused) == ("try", "wrong_thing")
    assert (await either.db.read(count))[0] == 0
    assert (await here.try_badge(BADGE))["step"] == "done"


async def test_a_badge_of_another_does_not_move_without_a_word(either: Hospital) -> None:
    ben = await either.person("ben", "Ben Bitdiddle")
    await either.badge(ben, BADGE)
    colleague = await supervisor(either, OTHER, "nurse")
    here, _ = await proved(either, "badge")
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    assert here.step == "second"
    path = f"{here.path}/try"
    body = {"tried": {"presented": uid(BADGE), "kind": "badge"}}
    assert (await here.station.post(path, body)).code == "wrong_step"
    await here.second(uid(OTHER))
    assert here.refused == "not_entitled"
    await here.second(KEY_PRESENTED)
    await here.key(colleague)
    assert (here.step, here.refused) == ("second", "not_entitled")
    await here.second(uid(BADGE))
    assert (here.step, here.refused) == ("second", "not_entitled")  # ben's own word by a badge and a PIN is one factor
    assert (await here.station.tap(BADGE)).body["person"]["login"] == "ben"
    boss = await supervisor(either, BOSS)
    await here.vouch(BOSS, boss)
    assert here.step == "try"
    assert (await here.try_badge(BADGE))["step"] == "done"


async def test_a_supervisors_word_from_before_is_none_for_a_badge_of_another(service: Hospital) -> None:
    ben = await service.person("ben", "Ben Bitdiddle")
    await service.badge(ben, BADGE)
    await service.badge(await service.person("ada"), OTHER)
    boss = await supervisor(service, BOSS)
    here = Wizard(await service.station())
    await here.begin(uid(OTHER), "badge")
    await here.vouch(BOSS, boss)
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    assert (here.step, here.view["second_why"]) == ("second", "badge_of_another")
    await here.vouch(BOSS, boss)
    said = [row["detail"] for row in await service.trail("proof") if row["detail"].get("part") == "vouch"]
    assert [("factor" in one) for one in said] == [False, True]
    assert (await here.try_badge(BADGE))["step"] == "done"


async def test_a_badge_that_went_to_a_third_meanwhile_does_not_move(either: Hospital) -> None:
    ben, cal = await either.person("ben", "Ben"), await either.person("cal", "Cal")
    await either.badge(ben, BADGE)
    boss = await supervisor(either, BOSS)
    here, _ = await proved(either, "badge")
    await here.made({"presented": uid(BADGE), "kind": "badge"})
    await here.vouch(BOSS, boss)
    owner = await either.db.read(badges.owner, either.folder.keys.badge, bytes.fromhex(BADGE))
    assert owner is not None
    await either.db.write(badges.revoke, owner[0], NOW)
    await either.badge(cal, BADGE)
    await here.try_badge(BADGE)
    assert (here.step, here.refused) == ("make", "taken")
    assert (await here.station.tap(BADGE)).body["person"]["login"] == "cal"


async def test_two_persons_with_the_same_badge_at_the_same_time_one_gets_it(either: Hospital) -> None:
    first, _ = await proved(either, "badge")
    second, _ = await proved(either, "badge", "ben", "ward-4")
    for here in (first, second):
        await here.made({"presented": uid(BADGE), "kind": "badge"})
        assert here.step == "try"
    await asyncio.gather(first.try_badge(BADGE), second.try_badge(BADGE))
    assert sorted(here.step for here in (first, second)) == ["done", "make"]
    loser = first if first.step == "make" else second
    assert loser.refused == "taken"
    assert (await either.db.read(count))[0] == 1


# Keys.


@pytest.mark.parametrize(
    ("bent", "code"),
    [
        ({"origin": "https://evil.example"}, "bad_answer"),
        ({"rp_id": "evil.example"}, "bad_answer"),
        ({"challenge": b64u(b"c" * 32)}, "bad_answer"),
        ({"flags": attested.UP | attested.AT}, "not_verified"),
        ({"flags": attested.UP | attested.UV | attested.AT | attested.BS}, "bad_answer"),
    ],
)
async def test_a_key_that_answers_wrongly_is_not_made(service: Hospital, bent: dict[str, Any], code: str) -> None:
    here, _ = await proved(service, "key")
    before = here.view["make"]["key"]["challenge"]
    await here.made(Plastic.blank().made(here.view["make"]["key"], **bent))
    assert (here.step, here.refused) == ("make", code)
    assert here.view["make"]["key"]["challenge"] != before
    assert (await here.new_key(Plastic.blank()))["step"] == "done"


@pytest.mark.parametrize("rubbish", ["", "AAAA", "***", b64u(b"\xa3" * 400)])
async def test_rubbish_is_no_key(service: Hospital, rubbish: str) -> None:
    here, _ = await proved(service, "key")
    made = Plastic.blank().made(here.view["make"]["key"])
    for name in ("client_data", "attestation_object"):
        await here.made({**made, name: rubbish})
        assert (here.step, here.refused) == ("make", "bad_answer")


def forgeries() -> list[Any]:
    """A key's maker, the maker in the metadata, how the answer is bent, and the fault; None for a malformed one."""
    honest, other = attested.maker(NOW), attested.maker(NOW)
    old_root, old_issuer = attested.maker(NOW, root={"ends": -10}), attested.maker(NOW, middle={"ends": -10})
    no_ca, old_batch = attested.maker(NOW, middle={"ca": False}), attested.maker(NOW, batch={"ends": -10})
    forged = {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"}
    return [
        pytest.param(other, honest, {}, "attestation_path", id="another maker"),
        pytest.param(old_root, old_root, {}, "attestation_path", id="expired root"),
        pytest.param(old_issuer, old_issuer, {}, "attestation_path", id="expired issuer"),
        pytest.param(no_ca, no_ca, {}, "attestation_path", id="issuer that is no CA"),
        pytest.param(old_batch, old_batch, {}, "attestation_path", id="expired batch"),
        pytest.param(honest, honest, forged, None, id="forged signature"),
        pytest.param(attested.maker(NOW, bytes(16)), honest, {}, None, id="AAGUID zero"),
        pytest.param(None, honest, {}, "not_attested", id="self attested"),
    ]


@pytest.mark.parametrize(("maker", "listed", "bent", "fault"), forgeries())
async def test_a_forged_attestation_is_refused(
    service: Hospital,
    maker: attested.KeyMaker | None,
    listed: attested.KeyMaker,
    bent: dict[str, Any],
    fault: str | None,
) -> None:
    await take_metadata_in(service, attested.entry(listed, "FIDO_CERTIFIED_L1"))
    with with_rules(service, rules_from({"attestation": "required"})):
        here, _ = await proved(service, "key")
        await here.made(Plastic.blank(maker, attested.MODEL).made(here.view["make"]["key"], "packed", **bent))
    assert here.step == "make"
    assert (here.refused, here.view["refusal"]["fault"]) == ("key_refused" if fault else "bad_answer", fault)
    assert (await service.db.read(count))[1] == 1


async def test_a_key_of_a_trusted_maker_is_known_to_be_hardware(either: Hospital) -> None:
    maker = attested.maker(NOW)
    await take_metadata_in(either, attested.entry(maker, "FIDO_CERTIFIED_L1"))
    with with_rules(either, rules_from({"attestation": "required"})):
        here, _ = await proved(either, "key")
        assert here.view["make"]["key"]["attested"]
        await here.new_key(Plastic.blank(maker), "packed")
    factor = here.view["factor"]
    assert (here.step, factor["hardware"], factor["model"]) == ("done", True, "Test Key 5 NFC")
    assert (factor["name"], factor["picture"]) == ("Test Key 5 NFC", "data:image/png;base64,AAAA")
    kept = await either.db.read(lambda conn: conn.execute(select(func.count()).select_from(fido2_attestation)).scalar())
    assert kept == 1


async def test_the_same_key_is_nobodys_twice(either: Hospital) -> None:
    plastic = Plastic.blank()
    here, own = await proved(either, "key")
    await here.new_key(plastic)
    await here.begin(KEY_PRESENTED, "key")
    await here.key(own)
    assert plastic.signer.credential_id in here.view["make"]["key"]["exclude"]
    await here.made(plastic.made(here.view["make"]["key"]))
    assert (here.step, here.refused) == ("make", "own_already")
    other, _ = await proved(either, "key", "ben", "ward-4")
    await other.made(plastic.made(other.view["make"]["key"]))
    assert (other.step, other.refused) == ("make", "taken")
    twin = Plastic.blank()
    twin.new.key = plastic.new.key  # the same key under another credential id
    await other.made(twin.made(other.view["make"]["key"]))
    assert (other.step, other.refused) == ("make", "taken")


async def test_two_persons_with_the_same_key_at_the_same_time_one_gets_it(either: Hospital) -> None:
    plastic = Plastic.blank()
    wizards = [(await proved(either, "key"))[0], (await proved(either, "key", "ben", "ward-4"))[0]]
    signed = []
    for here in wizards:
        await here.made(plastic.made(here.view["make"]["key"]))
        assert here.step == "try"
        signed.append(plastic.signer.sign(await here.challenge()))
    tries = ({"proof": {**one, "user_handle": None}, "kind": "key"} for one in signed)
    await asyncio.gather(*(here.tried(one) for here, one in zip(wizards, tries, strict=True)))
    assert sorted(here.step for here in wizards) == ["done", "make"]
    assert next(here for here in wizards if here.step == "make").refused == "taken"
    assert (await either.db.read(count))[1] == 3


async def test_a_key_tried_must_be_the_one_made_and_answer_this_very_challenge(either: Hospital) -> None:
    here, own = await proved(either, "key")
    plastic = Plastic.blank()
    await here.made(plastic.made(here.view["make"]["key"]))
    asked = await here.challenge()
    assert asked["allow"] == [plastic.signer.credential_id]

    async def tried(proof: dict[str, Any]) -> str | None:
        await here.tried({"proof": proof, "kind": "key"})
        assert here.step == "try"
        return here.refused

    assert await tried(own.sign(asked)) == "wrong_thing"
    assert await tried(plastic.signer.sign(asked)) == "bad_answer"  # the challenge is used up
    stale = await here.challenge()
    assert await tried(plastic.signer.sign(asked)) == "bad_answer"
    asked = await here.challenge()
    assert await tried(plastic.signer.sign(stale)) == "bad_answer"
    asked = await here.challenge()
    either.clock.pass_by(60)
    assert await tried(plastic.signer.sign(asked)) == "bad_answer"
    for bent, code in (
        ({"flags": attested.UP}, "not_verified"),
        ({"origin": "https://evil.example"}, "bad_answer"),
        ({"rp_id": "evil.example"}, "bad_answer"),
        ({"signature": b"no"}, "bad_answer"),
        ({"handle": b64u(b"x" * 32)}, "wrong_thing"),
    ):
        assert await tried(plastic.signer.sign(await here.challenge(), **bent)) == code
    assert (await either.db.read(count))[1] == 1
    assert (await here.try_key(plastic))["step"] == "done"


async def test_what_is_made_is_made_once(either: Hospital) -> None:
    here, _ = await proved(either, "key")
    made = Plastic.blank().made(here.view["make"]["key"])
    await here.made(made)
    assert (await here.station.post(f"{here.path}/made", {"made": made})).code == "wrong_step"
    await here.kind("key")
    assert here.step == "make"
    await here.made(made)
    assert (here.step, here.refused) == ("make", "bad_answer")


async def test_a_key_whose_number_is_a_badge_is_not_enrolled(service: Hospital) -> None:
    await service.badge(await service.person("ben"), BADGE)
    here, _ = await proved(service, "key")
    await here.made(Plastic.blank(uid=BADGE).made(here.view["make"]["key"]))
    assert (here.step, here.refused) == ("make", "taken")


# PIV cards.


async def test_a_card_of_another_ca_or_of_somebody_else_is_refused(either: Hospital) -> None:
    either.clock.now = float(int(time.time()))
    authority, stranger = CardAuthority.new(), CardAuthority.new()
    await trust(either, authority)
    ben = await either.person("ben")
    his = plastic_card(authority)
    await give_card(either, ben, his)
    here, _ = await proved(either, "piv")
    await here.made(card_made(plastic_card(stranger)))
    assert (here.step, here.refused) == ("make", "untrusted_certificate")
    await here.made(card_made(his))
    assert (here.step, here.refused) == ("make", "taken")
    mine, other = plastic_card(authority), plastic_card(authority)
    await here.made(card_made(mine))
    assert here.step == "try"
    asked = await here.challenge()
    forged = {**mine.sign(asked, "9A"), "signature": b64u(b"no")}
    for wrong in (mine.sign(asked, "9E"), other.sign(asked, "9A"), forged):
        await here.tried({"proof": wrong, "kind": "piv"})
        assert (here.step, here.refused) in (("try", "wrong_thing"), ("try", "bad_answer"))
        asked = await here.challenge()
    await here.tried({"proof": mine.sign(asked, "9A"), "kind": "piv"})
    assert here.step == "done"
    assert (await either.db.read(count))[2] == 2


# PINs.


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ("12345", "pin_form"),
        ("", "pin_form"),
        (" 735190", "pin_form"),
        ("7" * 65, "pin_form"),
        ("73\x0051", "pin_form"),
        ("123456", "pin_weak"),
        ("777777", "pin_weak"),
    ],
)
async def test_a_pin_that_is_none_or_weak_is_refused(service: Hospital, pin: str, code: str) -> None:
    here, _ = await proved(service, "pin")
    await here.made({"pin": pin, "kind": "pin"})
    assert (here.step, here.refused) == ("make", code)


async def test_another_kind_of_thing_than_the_one_under_way_is_refused(service: Hospital) -> None:
    here, _ = await proved(service, "pin")
    answer = await here.station.post(f"{here.path}/made", {"made": {"kind": "seen"}})
    assert (answer.status, answer.code) == (422, "wrong_kind")
    await here.made({"pin": "735190", "kind": "pin"})
    body = {"tried": {"presented": uid(BADGE), "kind": "badge"}}
    assert (await here.station.post(f"{here.path}/try", body)).code == "wrong_kind"


async def test_nothing_of_what_was_made_is_readable_in_the_store(service: Hospital) -> None:
    await service.person("ben")
    code = await give_start_code(service, await service.person("dan"))
    here, _ = await proved(service, "totp")
    secret = here.view["make"]["code_app"]["secret"].replace(" ", "")
    other, _ = await proved(service, "recovery", "cal", "ward-4")
    codes = [one.replace(" ", "") for one in other.view["make"]["recovery"]["codes"]]
    third = Wizard(await service.station("ward-5"))
    await third.begin(start_code(code), new=uid(BADGE))
    rows = str(await service.db.read(lambda conn: conn.execute(select(enrolment)).all()))
    for secret_text in (secret, code, BADGE, *codes):
        assert secret_text not in rows
    assert unb64u(here.view["id"])
