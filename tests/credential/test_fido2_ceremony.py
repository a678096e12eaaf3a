"""A FIDO2 key on a reader: what it signs is checked by a relying party that knows nothing of this room."""

from __future__ import annotations

import unicodedata
from threading import Event

import pytest

from kiosk.credential import probe, sign
from kiosk.credential.errors import (
    AlreadyEnrolledError,
    CredentialError,
    InvalidPinError,
    KeyDeniedError,
    LastTryError,
    NoCredentialError,
    PinAuthBlockedError,
    PinBlockedError,
    PinNotSetError,
    RequestDroppedError,
    WrongCardError,
)
from kiosk.model.binding import unb64u
from kiosk.model.card import CardTrouble
from kiosk.model.proof import Fido2Presented, Fido2Proof, Method
from kiosk.model.secret import Secret
from kiosk.simulator import fido2 as simulated
from kiosk.simulator.fido2_store import KeyMemory
from tests.credential.wire import ORIGIN, RP_ID, a_challenge, changed, check, enrol, never
from tests.fakes.simulated_cards import InMemoryCard, a_badge, a_key, in_memory_card

PIN = "2468"


def memory_of(card: InMemoryCard) -> KeyMemory:
    applet = card.plastic.applets[0]
    assert isinstance(applet, simulated.Fido2Applet)
    return applet.memory


def proof_of(card: InMemoryCard, method: Method, allow: list[bytes], pin: str | None) -> Fido2Proof:
    proof = sign(card, a_challenge(method, allow=allow), Secret(pin) if pin else None, never())
    assert isinstance(proof, Fido2Proof)
    return proof


def test_a_pin_and_a_key_make_a_proof_that_the_relying_party_accepts() -> None:
    card = in_memory_card(a_key(pin=PIN))
    made, credential = enrol(card, PIN)
    challenge = a_challenge(Method.FIDO2, allow=[made.credential_id])
    proof = sign(card.again(), challenge, Secret(PIN), never())
    assert isinstance(proof, Fido2Proof)
    data = check(proof, credential, challenge)
    assert data.is_user_verified()
    assert data.is_user_present()


def test_a_tap_says_who_it_is_without_any_pin() -> None:
    card = in_memory_card(a_key(pin=PIN))
    _, credential = enrol(card, PIN, user=b"amira-7")
    challenge = a_challenge(Method.FIDO2_TAP)
    proof = sign(card.again(), challenge, None, never())
    assert isinstance(proof, Fido2Proof)
    data = check(proof, credential, challenge)
    assert not data.is_user_verified()
    assert proof.user_handle is not None
    assert unb64u(proof.user_handle) == b"amira-7"


def test_the_client_data_names_the_exact_origin() -> None:
    card = in_memory_card(a_key(pin=PIN))
    made, _ = enrol(card, PIN)
    proof = proof_of(card.again(), Method.FIDO2, [made.credential_id], PIN)
    text = unb64u(proof.client_data).decode()
    assert text.startswith('{"type":"webauthn.get","challenge":"')
    assert text.endswith(f'"origin":"{ORIGIN}","crossOrigin":false}}')


def test_the_pin_is_wiped_whatever_happens() -> None:
    card = in_memory_card(a_key(pin=PIN))
    made, _ = enrol(card, PIN)
    good, bad, unused = Secret(PIN), Secret("0000"), Secret(PIN)
    sign(card.again(), a_challenge(Method.FIDO2, allow=[made.credential_id]), good, never())
    with pytest.raises(InvalidPinError):
        sign(card.again(), a_challenge(Method.FIDO2, allow=[made.credential_id]), bad, never())
    with pytest.raises(WrongCardError):
        sign(in_memory_card(a_badge()), a_challenge(Method.FIDO2), unused, never())
    assert not good
    assert not bad
    assert not unused


def test_a_wrong_pin_costs_one_try_and_says_how_many_are_left() -> None:
    card = in_memory_card(a_key(pin=PIN))
    made, _ = enrol(card, PIN)
    with pytest.raises(InvalidPinError) as caught:
        proof_of(card.again(), Method.FIDO2, [made.credential_id], "1357")
    assert caught.value.retries_left == 7 == memory_of(card).retries


def test_after_three_wrong_pins_a_fourth_spends_no_try() -> None:
    card = in_memory_card(a_key(pin=PIN))
    made, _ = enrol(card, PIN)
    held = card.again()
    for error in (InvalidPinError, InvalidPinError, PinAuthBlockedError):
        with pytest.raises(error):
            proof_of(held, Method.FIDO2, [made.credential_id], "1357")
    assert memory_of(card).retries == 5
    held.sent.clear()
    with pytest.raises(PinAuthBlockedError) as caught:
        proof_of(held, Method.FIDO2, [made.credential_id], PIN)
    pin_commands = [apdu for apdu in held.sent if apdu[1:2] == b"\x10" and apdu[5:6] == b"\x06"]
    assert len(pin_commands) == 1, "the key was asked for its tries, and sent nothing"
    assert memory_of(card).retries == 5
    assert caught.value.retries_left == 5
    proof_of(card.again(), Method.FIDO2, [made.credential_id], PIN)
    assert memory_of(card).retries == 8


def test_the_last_try_is_announced_before_it_is_spent() -> None:
    card = in_memory_card(a_key(pin=PIN))
    made, _ = enrol(card, PIN)
    memory_of(card).retries = 1
    with pytest.raises(LastTryError) as caught:
        proof_of(card.again(), Method.FIDO2, [made.credential_id], PIN)
    assert (caught.value.trouble, caught.value.retries_left) == (CardTrouble.LAST_TRY, 1)
    assert memory_of(card).retries == 1
    proof_of(card.again(), Method.FIDO2, [made.credential_id], PIN)
    assert memory_of(card).retries == 8


def test_a_wrong_pin_on_the_last_try_blocks_and_says_so() -> None:
    card = in_memory_card(a_key(pin=PIN))
    made, _ = enrol(card, PIN)
    memory_of(card).retries = 1
    for error in (LastTryError, PinBlockedError, PinBlockedError):
        with pytest.raises(error):
            proof_of(card.again(), Method.FIDO2, [made.credential_id], "1357")
    assert memory_of(card).retries == 0


def test_a_colleagues_key_is_found_out_before_its_pin_is_spent() -> None:
    mine, theirs = in_memory_card(a_key(pin=PIN)), in_memory_card(a_key(pin="9999"))
    made, _ = enrol(mine, PIN)
    enrol(theirs, "9999", user=b"beth")
    with pytest.raises(NoCredentialError):
        proof_of(theirs.again(), Method.FIDO2, [made.credential_id], PIN)
    assert memory_of(theirs).retries == 8


def test_the_right_key_is_found_in_a_list_longer_than_it_takes_at_once() -> None:
    card = in_memory_card(a_key(pin=PIN))
    made, credential = enrol(card, PIN)
    others = [bytes([n]) * 32 for n in range(40)]
    challenge = a_challenge(Method.FIDO2, allow=[*others, made.credential_id])
    proof = sign(card.again(), challenge, Secret(PIN), never())
    assert isinstance(proof, Fido2Proof)
    check(proof, credential, challenge)


def test_a_key_without_our_credential_says_so_at_a_tap() -> None:
    with pytest.raises(NoCredentialError):
        proof_of(in_memory_card(a_key(pin=PIN)), Method.FIDO2_TAP, [], None)


def test_a_key_without_a_pin_cannot_verify_its_user() -> None:
    card = in_memory_card(a_key(pin=None))
    made, _ = enrol(card, None)
    with pytest.raises(PinNotSetError):
        proof_of(card.again(), Method.FIDO2, [made.credential_id], PIN)


@pytest.mark.parametrize("typed", [None, "", "123", "x" * 64, "é" * 32])
def test_a_pin_that_cannot_be_one_is_not_sent(typed: str | None) -> None:
    card = in_memory_card(a_key(pin=PIN))
    made, _ = enrol(card, PIN)
    with pytest.raises(InvalidPinError) as caught:
        proof_of(card.again(), Method.FIDO2, [made.credential_id], typed)
    assert caught.value.retries_left is None
    assert memory_of(card).retries == 8


def test_a_pin_may_hold_any_characters_however_they_are_typed() -> None:
    composed = unicodedata.normalize("NFC", "Schlüssel ☂ 🔑")
    card = in_memory_card(a_key(pin=composed))
    made, _ = enrol(card, composed)
    decomposed = unicodedata.normalize("NFD", composed)
    assert decomposed != composed
    proof_of(card.again(), Method.FIDO2, [made.credential_id], decomposed)


def test_a_cancel_before_the_pin_spends_nothing() -> None:
    card = in_memory_card(a_key(pin=PIN))
    made, _ = enrol(card, PIN)
    again = card.again()
    cancel = Event()
    cancel.set()
    with pytest.raises(RequestDroppedError):
        sign(again, a_challenge(Method.FIDO2, allow=[made.credential_id]), Secret("1357"), cancel)
    assert again.sent == []


def test_a_key_that_stayed_where_it_was_must_be_held_again() -> None:
    card = in_memory_card(a_key(pin=PIN))
    enrol(card, PIN)
    held = card.again()
    proof_of(held, Method.FIDO2_TAP, [], None)
    with pytest.raises(KeyDeniedError):
        proof_of(held, Method.FIDO2_TAP, [], None)


def test_a_key_of_another_hospital_does_not_answer() -> None:
    card = in_memory_card(a_key(pin=PIN))
    enrol(card, PIN)
    elsewhere = changed(a_challenge(Method.FIDO2_TAP), rp_id="other.example", origin="https://other.example")
    with pytest.raises(NoCredentialError):
        sign(card.again(), elsewhere, None, never())


def test_a_badge_is_no_key() -> None:
    with pytest.raises(WrongCardError):
        proof_of(in_memory_card(a_badge()), Method.FIDO2_TAP, [], None)


def test_what_the_probe_learned_is_not_asked_again() -> None:
    card = in_memory_card(a_key(pin=PIN))
    enrol(card, PIN)
    held = card.again()
    assert isinstance(probe(held, RP_ID), Fido2Presented)
    probed = len(held.sent)
    proof_of(held, Method.FIDO2_TAP, [], None)
    select, assertion, *rest = held.sent[probed:]
    assert select[:2] == b"\x00\xa4"
    assert assertion[5] == 0x02, "getAssertion follows the selection at once"
    assert all(apdu[1] == 0xC0 for apdu in rest)


def test_a_key_that_is_enrolled_already_is_not_enrolled_twice() -> None:
    card = in_memory_card(a_key(pin=PIN))
    _, credential = enrol(card, PIN)
    with pytest.raises(AlreadyEnrolledError):
        enrol(card.again(), PIN, credentials=[credential])


def test_enrolment_says_what_the_key_will_be_able_to_do() -> None:
    made, _ = enrol(in_memory_card(a_key(pin=PIN)), PIN)
    assert made.discoverable
    assert made.verified
    assert made.key.has_pin
    plain, _ = enrol(in_memory_card(a_key(pin=None)), None, resident_key_requirement="discouraged")
    assert not plain.discoverable
    assert not plain.verified


def test_enrolment_with_a_wrong_pin_costs_one_try() -> None:
    card = in_memory_card(a_key(pin=PIN))
    with pytest.raises(InvalidPinError) as caught:
        enrol(card, "1357")
    assert caught.value.retries_left == 7


def test_enrolment_protects_the_credential_as_asked() -> None:
    card = in_memory_card(a_key(pin=PIN))
    enrol(card, PIN, extensions={"credentialProtectionPolicy": "userVerificationOptionalWithCredentialIDList"})
    assert memory_of(card).credentials[0].protect == 2


def test_protocol_one_serves_where_the_key_knows_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    from fido2.ctap2.pin import ClientPin, PinProtocolV1

    monkeypatch.setattr(ClientPin, "PROTOCOLS", [PinProtocolV1])
    card = in_memory_card(a_key(pin=PIN))
    made, _ = enrol(card, PIN)
    proof_of(card.again(), Method.FIDO2, [made.credential_id], PIN)


def test_no_problem_shows_the_pin() -> None:
    card = in_memory_card(a_key(pin=PIN))
    made, _ = enrol(card, PIN)
    with pytest.raises(CredentialError) as caught:
        proof_of(card.again(), Method.FIDO2, [made.credential_id], "hunter22")
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "hunter22" not in f"{chain!r} {chain}"
        chain = chain.__cause__ or chain.__context__
