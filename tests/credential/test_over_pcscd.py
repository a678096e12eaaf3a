"""The same ceremonies through a real pcscd, its virtual reader and pyscard."""

from __future__ import annotations

from contextlib import closing

import pytest

from kiosk.credential import probe, sign
from kiosk.credential.errors import LiftedEarlyError
from kiosk.demo.cardservice import VirtualCardService
from kiosk.model.binding import piv_message, unb64u
from kiosk.model.proof import (
    Fido2Presented,
    Fido2Proof,
    Method,
    PivPresented,
    PivProof,
    PkocPresented,
    PkocProof,
    UidPresented,
)
from kiosk.model.secret import Secret
from kiosk.reader import OpenCard, one_card
from kiosk.simulator.fido2 import Fido2Applet
from kiosk.simulator.piv import PivApplet
from kiosk.simulator.pkoc import PkocApplet, fresh_key
from kiosk.simulator.simulated_card import Applet, SimulatedCard, contactless_atr
from tests.credential.cards import KEY_PIN, PIV_PIN, UID, key_memory, piv_memory
from tests.credential.test_piv_card import verify
from tests.credential.test_pkoc_badge import verify as verify_pkoc
from tests.credential.wire import RP_ID, a_challenge, check, enrol, never
from tests.fakes.cardservice import READERS, LaidCard, lay_card
from tests.fakes.simulated_cards import a_badge

pytestmark = pytest.mark.pcsc


def laid(service: VirtualCardService, plastic: SimulatedCard, slot: int = 0) -> LaidCard:
    plastic.power_cycle()
    return lay_card(service, slot, plastic.answer, plastic.atr)


def chip(applet: Applet) -> SimulatedCard:
    return SimulatedCard(contactless_atr(b"chip"), [applet], UID)


def lent(slot: int = 0) -> closing[OpenCard]:
    return closing(one_card(READERS[slot], 10.0))


def test_a_badge_is_read(card_service: VirtualCardService) -> None:
    with laid(card_service, a_badge("04A1B2C3D4E5F6")), lent() as card:
        assert probe(card, RP_ID) == UidPresented("04A1B2C3D4E5F6")


def test_a_piv_card_taps_and_proves_with_its_pin(card_service: VirtualCardService) -> None:
    with laid(card_service, chip(PivApplet(piv_memory()))), lent() as card:
        assert isinstance(probe(card, RP_ID), PivPresented)
        for method, pin in ((Method.PIV_TAP, None), (Method.PIV_PIN, Secret(PIV_PIN))):
            challenge = a_challenge(method)
            proof = sign(card, challenge, pin, never())
            assert isinstance(proof, PivProof)
            verify(proof, piv_message(unb64u(challenge.challenge)))


def test_a_pkoc_badge_is_recognised_and_signs(card_service: VirtualCardService) -> None:
    key = fresh_key()
    with laid(card_service, chip(PkocApplet(key))), lent() as card:
        assert probe(card, RP_ID) == PkocPresented(UID.hex().upper())
        challenge = a_challenge(Method.PKOC_TAP)
        proof = sign(card, challenge, None, never())
        assert isinstance(proof, PkocProof)
        verify_pkoc(proof, unb64u(challenge.challenge), key)


def test_a_key_enrols_on_one_reader_and_proves_on_another(card_service: VirtualCardService) -> None:
    memory = key_memory()
    with laid(card_service, chip(Fido2Applet(memory))), lent() as card:
        assert isinstance(probe(card, RP_ID), Fido2Presented)
        made, credential = enrol(card, KEY_PIN)
    challenge = a_challenge(Method.FIDO2, allow=[made.credential_id])
    with laid(card_service, chip(Fido2Applet(memory)), 1), lent(1) as card:
        proof = sign(card, challenge, Secret(KEY_PIN), never())
    assert isinstance(proof, Fido2Proof)
    assert check(proof, credential, challenge).is_user_verified()


def test_a_card_taken_away_in_the_middle_is_lifted_early(card_service: VirtualCardService) -> None:
    plastic = chip(PivApplet(piv_memory()))
    asked = 0

    def answer(apdu: bytes) -> bytes:
        nonlocal asked
        asked += 1
        if asked > 2:
            raise ConnectionAbortedError
        return plastic.answer(apdu)

    with lay_card(card_service, 0, answer, plastic.atr), lent() as card, pytest.raises(LiftedEarlyError):
        probe(card, RP_ID)
