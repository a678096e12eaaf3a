"""Attacks on what is added: cards of others, weak PINs, another kind of thing than the one under way."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select

from kiosk.model.binding import b64u, unb64u
from kiosk.service.store.schema import enrolment
from kiosk.simulator.piv_ca import CardAuthority
from tests.fakes.enrolling import Wizard, card_made, give_start_code, start_code, uid
from tests.fakes.keys import give_card, trust
from tests.fakes.keys import piv_card as plastic_card
from tests.fakes.service import Hospital
from tests.service.enrolment.proving import count, proved

BADGE = "04A1B2C3D4E5F6"


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
    codes = [code.replace(" ", "") for code in other.view["make"]["recovery"]["codes"]]
    third = Wizard(await service.station("ward-5"))
    await third.begin(start_code(code), new=uid(BADGE))
    rows = str(await service.db.read(lambda conn: conn.execute(select(enrolment)).all()))
    for secret_text in (secret, code, BADGE, *codes):
        assert secret_text not in rows
    assert unb64u(here.view["id"])
