"""Somebody has the key of a card CA: once it is trusted no more, no card of it gets anybody in, by any certificate."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.service.admin import authorities, card_stops, life
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.store import lookups
from kiosk.service.store.factors import of_person
from kiosk.simulator.piv_ca import CardAuthority
from tests.attacks.test_revoked_card_after_renewal import renewed
from tests.fakes.keys import give_card, piv_card
from tests.fakes.service import Hospital
from tests.service.proofs.test_piv import Ward, make, present

NAME = "Simulated Hospital Card CA"


def admin(hospital: Hospital) -> Admin:
    return Admin("root", 0, int(hospital.clock()))


async def remove(hospital: Hospital) -> Any:
    gone = await hospital.db.write(authorities.remove_ca, admin(hospital), NAME, "its key was stolen")
    await settle(hospital)
    return gone


async def add(hospital: Hospital, certificate: x509.Certificate) -> int:
    """How many cards count again."""
    found = authorities.read_file(certificate.public_bytes(Encoding.PEM))
    await hospital.db.write(authorities.add_file, admin(hospital), found, hardware=False)
    return await settle(hospital)


async def settle(hospital: Hospital) -> int:
    ids = await hospital.db.read(card_stops.pending)
    return await hospital.db.write(card_stops.settle, admin(hospital), ids)


async def in_session(ward: Ward) -> None:
    done = await ward.station.pin(await ward.possessed(), "123456")
    assert done.body["state"] == "done", done.body


async def state_of_card(hospital: Hospital) -> str | None:
    known = await hospital.db.read(lookups.person_by_login, "ada")
    assert known is not None
    (card,) = [factor for factor in await hospital.db.read(of_person, known.person.id) if factor.kind == "piv"]
    return card.why


async def test_a_tap_and_a_proof_under_way_are_refused_at_once(either: Hospital) -> None:
    ward = await make(either)
    ceremony, challenge = await ward.tapped()
    gone = await either.db.write(authorities.remove_ca, admin(either), NAME, "its key was stolen")
    assert (gone.cards, gone.persons) == (1, 1)
    assert (await present(ward.station, ward.card)).code == "untrusted_certificate", "before any card is marked"
    await settle(either)
    proof = await ward.station.prove(ceremony, ward.card.sign(challenge, "9E"))
    assert proof.body.get("state") != "done", proof.body
    assert (await present(ward.station, ward.card)).code == "untrusted_certificate"
    assert await state_of_card(either) == "its CA is trusted no more: its key was stolen"


async def test_what_such_a_card_opened_is_locked(service: Hospital) -> None:
    ward = await make(service)
    await in_session(ward)
    await service.db.write(authorities.remove_ca, admin(service), NAME, "its key was stolen")
    rows = await service.db.read(lambda conn: conn.exec_driver_sql("SELECT state FROM session").scalars().all())
    assert list(rows) == ["locked"]
    await settle(service)
    assert (await service.trail("admin"))[-1]["detail"]["act"] == "piv.suspend"


async def test_a_certificate_of_the_same_ca_that_was_trusted_beside_is_gone_too(service: Hospital) -> None:
    ward = await make(service)
    await add(service, renewed(ward.authority))
    gone = await remove(service)
    assert gone.certificates == 2
    assert (await present(ward.station, ward.card)).code == "untrusted_certificate"


async def test_nobody_resumes_such_a_card_by_hand(service: Hospital) -> None:
    ward = await make(service)
    await remove(service)
    with pytest.raises(ActRefusedError, match="trusted no more"):
        await service.db.write(life.resume_factor, admin(service), KeyRules(), "ada", "white card")
    assert (await present(ward.station, ward.card)).code == "untrusted_certificate"


async def test_trusted_again_its_cards_count_and_one_reported_lost_does_not(either: Hospital) -> None:
    ward = await make(either)
    lost = piv_card(ward.authority)
    await give_card(either, await either.person("bob"), lost)
    await either.db.write(life.report_lost, admin(either), "bob", "white card")
    await remove(either)
    assert await add(either, ward.authority.certificate) == 1
    assert await state_of_card(either) is None
    await in_session(ward)
    assert (await present(ward.station, lost)).code == "unknown_badge"


async def test_cards_of_another_ca_of_that_name_are_not_touched(service: Hospital) -> None:
    ward = await make(service)
    other = CardAuthority.new()
    await add(service, other.certificate)
    theirs = piv_card(other)
    await give_card(service, await service.person("bob"), theirs)
    gone = await service.db.write(
        authorities.remove_ca, admin(service), [ward.authority.certificate], "its key was stolen"
    )
    assert gone.cards == 1
    assert (await present(ward.station, theirs)).body["state"] == "prove"
