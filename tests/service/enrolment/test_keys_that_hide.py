"""A key that shows its credential to a verified user alone says so when made, and is asked accordingly for ever."""

from __future__ import annotations

from tests.fakes.enrolling import Plastic, Wizard, give_start_code, start_code, supervisor
from tests.fakes.service import Hospital
from tests.service.enrolment.test_one_after_another import BADGE, NURSE


async def enrolled(hospital: Hospital, *, guarded: bool) -> tuple[Wizard, Plastic]:
    ada, colleague = await hospital.person("ada"), await supervisor(hospital, NURSE, "nurse")
    await hospital.badge(ada, BADGE)
    plastic, here = Plastic.blank(), Wizard(await hospital.station())
    await here.begin(start_code(await give_start_code(hospital, ada)), "key")
    await here.vouch(NURSE, colleague)
    await here.made({**plastic.made(here.view["make"]["key"]), "guarded": guarded})
    asked = await here.challenge()
    assert asked["guarded"] == (asked["allow"] if guarded else [])
    await here.tried({"proof": plastic.signer.sign(asked), "kind": "key"})
    assert here.step == "done"
    return here, plastic


async def asked_at_sign_in(here: Wizard) -> tuple[list[str], list[str]]:
    view = (await here.station.tap(BADGE)).body
    challenge = (await here.station.challenge(view["id"], "fido2")).body
    return challenge["allow"], challenge["guarded"]


async def test_such_a_key_is_named_in_every_challenge(either: Hospital) -> None:
    here, plastic = await enrolled(either, guarded=True)
    assert await asked_at_sign_in(here) == ([plastic.signer.credential_id], [plastic.signer.credential_id])


async def test_any_other_key_is_found_out_before_a_pin_is_spent(either: Hospital) -> None:
    here, plastic = await enrolled(either, guarded=False)
    assert await asked_at_sign_in(here) == ([plastic.signer.credential_id], [])
