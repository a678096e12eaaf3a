"""PIV cards: the tap, the card's PIN, and every certificate that must be refused."""

from __future__ import annotations

import contextlib
import datetime
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.service.policy import rules_from
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs import authenticator_binding
from kiosk.service.proofs.authenticator_binding import NewCard
from kiosk.simulator.piv_ca import CardAuthority, Validity
from kiosk.verification.refused import ProofRefusedError
from tests.fakes.client import Answer, Client
from tests.fakes.keys import SoftPiv, give_card, give_crl, piv_card, trust
from tests.fakes.service import Hospital, with_rules

DAY = 86_400


async def present(station: Client, card: SoftPiv) -> Answer:
    return await station.post("/v1/ceremonies", {"presented": card.presented, "tap": 1})


class Ward:
    """Ada with a PIV card of a trusted CA, at a workstation, in the present: certificates have dates."""

    def __init__(self, hospital: Hospital, authority: CardAuthority, card: SoftPiv, station: Client, mark: str) -> None:
        self.hospital = hospital
        self.authority = authority
        self.card = card
        self.station = station
        self.mark = mark

    async def tapped(self) -> tuple[str, dict[str, Any]]:
        """A ceremony after the tap, and its challenge for 9E."""
        view = await present(self.station, self.card)
        assert view.body["state"] == "prove", view.body
        answer = await self.station.challenge(view.body["id"], "piv_tap")
        return view.body["id"], answer.body

    async def possessed(self) -> str:
        """A ceremony in which 9E has signed."""
        ceremony, challenge = await self.tapped()
        view = await self.station.prove(ceremony, self.card.sign(challenge, "9E"))
        assert view.body["proved"] == ["piv_tap"], view.body
        return ceremony


async def make(hospital: Hospital, *, hardware: bool = False, key: Any = None, crl_url: str | None = None) -> Ward:
    hospital.clock.now = float(int(time.time()))
    authority = CardAuthority.new(crl_url=crl_url)
    mark = await trust(hospital, authority, hardware=hardware)
    card = piv_card(authority, key)
    await give_card(hospital, await hospital.person("ada"), card)
    return Ward(hospital, authority, card, await hospital.station(), mark)


async def test_a_tap_proves_possession_and_the_pin_makes_it_mfa(either: Hospital) -> None:
    ward = await make(either)
    view = await present(ward.station, ward.card)
    assert (view.body["person"]["login"], view.body["why"]) == ("ada", "possession")
    assert [o["method"] for o in view.body["offers"]] == ["piv_tap"]
    ceremony = await ward.possessed()
    done = await ward.station.pin(ceremony, "123456")
    assert done.body["session"]["assurance"]["acr"] == "urn:kiosk:mfa"
    assert done.body["session"]["assurance"]["amr"] == ["pop", "pin", "mfa"]


@pytest.mark.parametrize(
    ("hardware", "acr", "amr"), [(False, "phr", ["pop", "pin", "mfa"]), (True, "phrh", ["pop", "hwk", "pin", "mfa"])]
)
async def test_the_cards_own_pin_makes_it_phishing_resistant(
    service: Hospital, hardware: bool, acr: str, amr: list[str]
) -> None:
    ward = await make(service, hardware=hardware)
    ceremony = await ward.possessed()
    challenge = (await ward.station.challenge(ceremony, "piv_pin")).body
    done = await ward.station.prove(ceremony, ward.card.sign(challenge, "9A"))
    assert (done.body["session"]["assurance"]["acr"], done.body["session"]["assurance"]["amr"]) == (acr, amr)


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)],
    ids=["P-384", "RSA-2048"],
)
async def test_other_kinds_of_card_keys_are_known(service: Hospital, key: Any) -> None:
    ward = await make(service, key=None)
    card = piv_card(ward.authority, key)
    card = SoftPiv(card.key_9e, ward.card.key_9a, card.cert_9e, ward.card.cert_9a)
    other = piv_card(ward.authority)
    await give_card(
        service, await service.person("bob"), SoftPiv(card.key_9e, other.key_9a, card.cert_9e, other.cert_9a)
    )
    ward.card = card
    await ward.possessed()


async def test_a_bent_signature_is_refused(service: Hospital) -> None:
    ward = await make(service)
    for bent in ({"message": b"another"}, {"certificate": "!!"}):
        ceremony, challenge = await ward.tapped()
        assert (await ward.station.prove(ceremony, ward.card.sign(challenge, "9E", **bent))).code == "bad_signature"
    stranger = piv_card(ward.authority)
    ceremony, challenge = await ward.tapped()
    assert (await ward.station.prove(ceremony, stranger.sign(challenge, "9E"))).code == "wrong_key"
    ceremony, challenge = await ward.tapped()
    forged = stranger.sign(challenge, "9E", certificate=ward.card.presented["certificate"])
    assert (await ward.station.prove(ceremony, forged)).code == "bad_signature"


async def test_a_signature_for_one_slot_is_worth_nothing_for_the_other(service: Hospital) -> None:
    ward = await make(service)
    ceremony, challenge = await ward.tapped()
    assert (await ward.station.prove(ceremony, ward.card.sign(challenge, "9A"))).code == "expired"
    ceremony = await ward.possessed()
    challenge = (await ward.station.challenge(ceremony, "piv_pin")).body
    assert (await ward.station.prove(ceremony, ward.card.sign(challenge, "9E"))).code == "expired"


async def test_a_colleagues_card_is_the_wrong_key(service: Hospital) -> None:
    ward = await make(service)
    theirs = piv_card(ward.authority)
    await give_card(service, await service.person("bob"), theirs)
    ceremony = await ward.possessed()
    challenge = (await ward.station.challenge(ceremony, "piv_pin")).body
    assert (await ward.station.prove(ceremony, theirs.sign(challenge, "9A"))).code == "wrong_key"


async def test_a_card_that_nobody_enrolled_is_unknown(service: Hospital) -> None:
    ward = await make(service)
    assert (await present(ward.station, piv_card(ward.authority))).code == "unknown_badge"
    ward.card.cert_9e = ward.card.cert_9a
    assert (await present(ward.station, ward.card)).code == "unknown_badge"
    garbage = {"kind": "piv", "certificate": "AAAA", "uid": None}
    assert (await ward.station.post("/v1/ceremonies", {"presented": garbage, "tap": 1})).code == "unknown_badge"


async def test_a_card_of_an_untrusted_ca_is_refused(service: Hospital) -> None:
    ward = await make(service)
    impostor = piv_card(CardAuthority.new())
    await give_card(service, await service.person("bob"), impostor)
    assert (await present(ward.station, impostor)).code == "untrusted_certificate"


async def test_dates_are_checked(service: Hospital) -> None:
    ward = await make(service)
    now = datetime.datetime.now(datetime.UTC)
    for name, validity in (("old", Validity.past()), ("new", Validity.days(9, now + datetime.timedelta(days=1)))):
        card = piv_card(ward.authority, validity=validity)
        await give_card(service, await service.person(name), card)
        assert (await present(ward.station, card)).code == "expired_certificate"


async def test_a_card_that_expires_in_mid_ceremony_is_refused(service: Hospital) -> None:
    ward = await make(service)
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=30)
    card = piv_card(ward.authority, validity=Validity(end - datetime.timedelta(days=1), end))
    await give_card(service, await service.person("bob"), card)
    ward.card = card
    ceremony, challenge = await ward.tapped()
    service.clock.pass_by(40)
    assert (await ward.station.prove(ceremony, card.sign(challenge, "9E"))).code == "expired_certificate"


async def test_a_revoked_card_is_refused_and_others_are_not(either: Hospital) -> None:
    ward = await make(either)
    other = piv_card(ward.authority)
    await give_card(either, await either.person("bob"), other)
    await give_crl(either, ward.mark, ward.authority.crl([ward.card.cert_9e, ward.card.cert_9a]))
    assert (await present(ward.station, ward.card)).code == "revoked_certificate"
    assert (await present(ward.station, other)).body["state"] == "prove"


async def test_a_stale_list_is_no_answer(service: Hospital) -> None:
    ward = await make(service)
    await give_crl(service, ward.mark, ward.authority.crl())
    assert (await present(ward.station, ward.card)).body["state"] == "prove"
    service.clock.pass_by(8 * DAY)
    assert (await present(ward.station, ward.card)).code == "stale_crl"


async def test_where_the_rules_want_a_list_a_card_counts_with_one_alone(service: Hospital) -> None:
    ward = await make(service)
    assert (await present(ward.station, ward.card)).body["state"] == "prove"
    with with_rules(service, rules_from({"piv_crl": "required"})):
        assert (await present(ward.station, ward.card)).code == "stale_crl"
        new = NewCard("another", ward.card.cert_9e.public_bytes(Encoding.DER), None)
        for rules, refused in ((service.service.rules.keys, True), (KeyRules(), False)):
            with pytest.raises(ProofRefusedError, match="no CRL") if refused else contextlib.nullcontext():
                await service.db.read(authenticator_binding.check_card, rules, new, service.service.now())
        await give_crl(service, ward.mark, ward.authority.crl())
        assert (await present(ward.station, ward.card)).body["state"] == "prove"


async def test_a_list_of_another_ca_is_no_answer(service: Hospital) -> None:
    ward = await make(service)
    await give_crl(service, ward.mark, CardAuthority.new().crl())
    assert (await present(ward.station, ward.card)).code == "stale_crl"


async def test_a_certificate_that_names_a_list_needs_one(service: Hospital) -> None:
    ward = await make(service, crl_url="http://crl.example/list.crl")
    assert (await present(ward.station, ward.card)).code == "stale_crl"
    await give_crl(service, ward.mark, ward.authority.crl())
    assert (await present(ward.station, ward.card)).body["state"] == "prove"


async def test_a_card_revoked_between_tap_and_proof_is_refused(service: Hospital) -> None:
    ward = await make(service)
    ceremony, challenge = await ward.tapped()
    await give_crl(service, ward.mark, ward.authority.crl([ward.card.cert_9e]))
    assert (await ward.station.prove(ceremony, ward.card.sign(challenge, "9E"))).code == "revoked_certificate"


async def test_the_trail_keeps_the_path_of_a_card(service: Hospital) -> None:
    ward = await make(service)
    await ward.possessed()
    row = (await service.trail("proof"))[-1]
    assert (row["method"], len(row["evidence"])) == ("piv_tap", 64)
