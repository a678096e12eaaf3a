"""New keys and cards: what a key says of its PIN, its first PIN by its rules, its credential; a card's two names."""

from __future__ import annotations

from threading import Event

import pytest
from fido2.webauthn import PublicKeyCredentialUserEntity

from kiosk.credential import make_key, probe, read_key, read_piv, sign
from kiosk.credential.errors import (
    AlreadyEnrolledError,
    CredentialError,
    InvalidPinError,
    LiftedEarlyError,
    PinBlockedError,
    PinChangeRequiredError,
    PinNotSetError,
    PinRefusedError,
    WrongCardError,
)
from kiosk.credential.hid import UsbKey, open_usb_key
from kiosk.model.binding import ENROL_LABEL, b64u, unb64u
from kiosk.model.card import KeyFacts
from kiosk.model.enrolment import KeyOptions
from kiosk.model.proof import Fido2Proof, Method
from kiosk.model.secret import Secret
from kiosk.simulator import fido2 as simulated
from kiosk.simulator.fido2_store import AAGUID, KeyMemory
from kiosk.simulator.simulated_card import Faults
from tests.credential.cards import key_memory, piv_chip
from tests.credential.test_usb_keys import DESCRIPTOR, FramedKey
from tests.credential.wire import ORIGIN, RP_ID, a_challenge, a_server, check, never
from tests.fakes.simulated_cards import InMemoryCard, a_badge, a_key, in_memory_card
from tests.fakes.simulated_cards import key_memory as memory_of

PIN = "quince tree 12"


def wish(exclude: tuple[bytes, ...] = (), attested: bool = False) -> KeyOptions:
    """Options as the service gives them."""
    return KeyOptions(
        RP_ID, ORIGIN, b64u(bytes(32)), b64u(b"anna-7"), "anna", "Anna", tuple(map(b64u, exclude)), (-8, -7), attested
    )


def fresh(shortest: int = 4, **more: object) -> InMemoryCard:
    """A key out of its box."""
    card = in_memory_card(a_key(pin=None, **more))  # type: ignore[arg-type]  # faults, or nothing
    memory_of(card.plastic).shortest_pin = shortest
    return card


def usb(memory: KeyMemory) -> UsbKey:
    key = open_usb_key(lambda: [DESCRIPTOR], lambda _: FramedKey(memory))
    assert isinstance(key, UsbKey)
    return key


def test_a_key_out_of_its_box_says_what_its_pin_must_be() -> None:
    assert read_key(fresh(6), never()) == KeyFacts(AAGUID.hex(), False, True, False, 6, 63, None, False)


def test_a_key_with_a_pin_says_how_many_tries_are_left() -> None:
    card = in_memory_card(a_key(pin=PIN))
    memory_of(card.plastic).retries = 5
    facts = read_key(card, never())
    assert (facts.has_pin, facts.retries_left) == (True, 5)


def test_a_keys_first_pin_is_set_and_its_credential_made_in_one_placement() -> None:
    card, pin = fresh(), Secret(PIN)
    probe(card)
    made = make_key(card, wish(), pin, True, never())
    assert not pin
    memory = memory_of(card.plastic)
    assert (memory.pin_length, len(memory.credentials), made.discoverable, made.built_in_uv) == (14, 1, True, False)
    server = a_server()
    _, state = server.register_begin(PublicKeyCredentialUserEntity(id=b"anna-7", name="anna"))
    state["challenge"] = b64u(bytes(32))
    data = server.register_complete(
        state,
        {
            "id": b64u(memory.credentials[0].id),
            "rawId": b64u(memory.credentials[0].id),
            "type": "public-key",
            "response": {"clientDataJSON": made.client_data, "attestationObject": made.attestation_object},
        },
    )
    assert data.is_user_verified(), "the PIN just set was used at once"
    assert data.credential_data is not None

    challenge = a_challenge(Method.FIDO2, allow=[memory.credentials[0].id], label=ENROL_LABEL)
    proof = sign(card.again(), challenge, Secret(PIN), never())
    assert isinstance(proof, Fido2Proof)
    assert check(proof, data.credential_data, challenge).is_user_verified()


def test_over_usb_the_same() -> None:
    memory = key_memory(None)
    key = usb(memory)
    assert not read_key(key, never()).has_pin
    made = make_key(key, wish(), Secret(PIN), True, never())
    assert (memory.pin_length, len(memory.credentials), made.uid) == (14, 1, None)
    key = usb(memory)
    proof = sign(key, a_challenge(Method.FIDO2, allow=[memory.credentials[0].id]), Secret(PIN), never())
    assert isinstance(proof, Fido2Proof)


@pytest.mark.parametrize("pin", ["12345", "x" * 64, "é" * 32])
def test_a_pin_against_the_keys_rules_is_not_even_sent(pin: str) -> None:
    card = fresh(6)
    with pytest.raises(PinRefusedError):
        make_key(card, wish(), Secret(pin), True, never())
    memory = memory_of(card.plastic)
    assert (memory.pin_hash, memory.credentials) == (None, [])


def test_a_pin_is_set_in_its_composed_form() -> None:
    """CTAP 2.1 section 6.5.1: NFC, so that it fits however a keyboard writes it."""
    card = fresh()
    make_key(card, wish(), Secret("cafe\N{COMBINING ACUTE ACCENT}"), True, never())
    memory = memory_of(card.plastic)
    assert memory.pin_length == 4
    proof = sign(card.again(), a_challenge(Method.FIDO2, allow=[memory.credentials[0].id]), Secret("café"), never())
    assert isinstance(proof, Fido2Proof)


def test_a_wrong_present_pin_costs_one_try_and_says_what_is_left() -> None:
    card = in_memory_card(a_key(pin=PIN))
    with pytest.raises(InvalidPinError) as wrong:
        make_key(card, wish(), Secret("plum tree"), False, never())
    assert (wrong.value.retries_left, memory_of(card.plastic).retries) == (7, 7)


def test_a_blocked_key_stays_blocked() -> None:
    card = in_memory_card(a_key(pin=PIN))
    memory_of(card.plastic).retries = 0
    with pytest.raises(PinBlockedError):
        make_key(card, wish(), Secret(PIN), False, never())


def test_a_key_that_has_a_pin_already_is_not_given_another() -> None:
    card = in_memory_card(a_key(pin=PIN))
    with pytest.raises(CredentialError):
        make_key(card, wish(), Secret("another pin"), True, never())
    memory = memory_of(card.plastic)
    assert (memory.pin_length, memory.credentials) == (14, [])


def test_a_key_whose_pin_must_be_changed_first_says_so() -> None:
    card = in_memory_card(a_key(pin=PIN))
    memory_of(card.plastic).change_pin = True
    assert read_key(card, never()).change_pin
    for set_pin in (False, True):
        with pytest.raises(PinChangeRequiredError):
            make_key(card, wish(), Secret(PIN), set_pin, never())
    with pytest.raises(PinChangeRequiredError):
        sign(card, a_challenge(Method.FIDO2), Secret(PIN), never())
    assert memory_of(card.plastic).retries == 8


def test_a_key_that_is_theirs_already_is_named() -> None:
    card = fresh()
    make_key(card, wish(), Secret(PIN), True, never())
    known = memory_of(card.plastic).credentials[0].id
    with pytest.raises(AlreadyEnrolledError):
        make_key(card.again(), wish((known,)), Secret(PIN), False, never())


def test_no_pin_and_none_to_be_had_is_no_key_to_sign_with() -> None:
    card = fresh()
    with pytest.raises(PinNotSetError):
        make_key(card, wish(), None, False, never())
    assert memory_of(card.plastic).credentials == []


@pytest.mark.parametrize("after", range(1, 9))
def test_lifted_in_the_middle_it_has_a_pin_at_most_and_no_half_credential(after: int) -> None:
    card = fresh(faults=Faults(dies_after=after))
    pin = Secret(PIN)
    with pytest.raises(LiftedEarlyError):
        make_key(card, wish(), pin, True, never())
    assert not pin
    again = in_memory_card(simulated.key(memory_of(card.plastic)))
    facts = read_key(again, never())
    made = make_key(again, wish(), Secret(PIN), not facts.has_pin, never())
    assert unb64u(made.attestation_object)


def test_a_cancel_before_the_pin_is_sent_leaves_the_key_as_it_was() -> None:
    card, stop = fresh(), Event()
    stop.set()
    with pytest.raises(CredentialError):
        make_key(card, wish(), Secret(PIN), True, stop)
    assert memory_of(card.plastic).pin_hash is None


def test_a_badge_or_a_card_is_no_key() -> None:
    for card in (in_memory_card(a_badge()), piv_chip()):
        with pytest.raises(WrongCardError):
            read_key(card, never())


def test_a_piv_card_shows_both_its_certificates_and_its_number() -> None:
    made = read_piv(piv_chip())
    assert (made.presented.uid, made.certificate_9a is not None) == ("04A1B2C3D4E5F6", True)


def test_a_key_is_no_piv_card() -> None:
    with pytest.raises(WrongCardError):
        read_piv(fresh())
    with pytest.raises(WrongCardError):
        read_piv(usb(key_memory()))
