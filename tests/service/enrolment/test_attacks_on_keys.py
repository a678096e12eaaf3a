"""Attacks on keys: answers that are wrong, forged makers, keys of others, tries by another one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from kiosk.model.binding import b64u
from kiosk.service.policy import rules_from
from kiosk.service.store.schema import fido2_attestation
from tests.fakes import attested
from tests.fakes.client import NOW
from tests.fakes.enrolling import KEY_PRESENTED, Plastic, take_metadata_in
from tests.fakes.service import Hospital, with_rules
from tests.service.enrolment.proving import count, proved

BADGE = "04A1B2C3D4E5F6"


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
    tries = ({"proof": {**proof, "user_handle": None}, "kind": "key"} for proof in signed)
    await asyncio.gather(*(here.tried(attempt) for here, attempt in zip(wizards, tries, strict=True)))
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
