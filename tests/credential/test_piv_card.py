"""A PIV card on a reader: what it signs is checked with ``cryptography`` against the certificate it shows."""

from __future__ import annotations

import gzip
import hashlib
import zlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.credential import piv, probe, read_piv, sign, tlv
from kiosk.credential.errors import (
    GarbledCardError,
    InvalidPinError,
    LastTryError,
    PinBlockedError,
    SlotReaderError,
    WrongCardError,
    WrongReaderError,
)
from kiosk.model.binding import piv_message, unb64u
from kiosk.model.piv import CURVE_ALGORITHMS, RSA_ALGORITHMS
from kiosk.model.proof import Method, PivPresented, PivProof
from kiosk.model.secret import Secret
from kiosk.simulator.piv import piv_card
from kiosk.simulator.piv_store import Algorithm, PivMemory, Slot
from tests.credential.cards import PIV_PIN, UID, ScriptedCard, answering, key_chip, piv_chip, piv_memory
from tests.credential.wire import RP_ID, a_challenge, never
from tests.fakes.simulated_cards import InMemoryCard, in_memory_card

BOTH = [(Method.PIV_TAP, "9E"), (Method.PIV_PIN, "9A")]


def verify(proof: PivProof, message: bytes) -> None:
    """Raises ``InvalidSignature`` unless the certificate's key signed ``message``."""
    key = x509.load_der_x509_certificate(unb64u(proof.certificate)).public_key()
    signature = unb64u(proof.signature)
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, message, ec.ECDSA(hashes.SHA384() if key.curve.key_size == 384 else hashes.SHA256()))


def proof_of(card: InMemoryCard, method: Method, pin: str | None = None) -> PivProof:
    proof = sign(card, a_challenge(method), Secret(pin) if pin is not None else None, never())
    assert isinstance(proof, PivProof)
    return proof


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("algorithm", list(Algorithm), ids=lambda a: a.name)
@pytest.mark.parametrize(("method", "slot"), BOTH)
def test_the_card_signs_the_labelled_message(method: Method, slot: str, algorithm: Algorithm, compressed: bool) -> None:
    card = piv_chip(piv_memory(algorithm, compressed=compressed))
    proof = proof_of(card, method, PIV_PIN)
    challenge = unb64u(a_challenge(method).challenge)
    verify(proof, piv_message(challenge))
    assert proof.slot == slot
    assert b"kiosk/piv/v1" in piv_message(challenge)


def test_a_tap_takes_no_pin_and_a_second_factor_takes_the_right_certificate() -> None:
    memory = piv_memory()
    for method, slot in ((Method.PIV_TAP, Slot.CARD_AUTHENTICATION), (Method.PIV_PIN, Slot.AUTHENTICATION)):
        proof = proof_of(piv_chip(memory), method, None if method is Method.PIV_TAP else PIV_PIN)
        assert unb64u(proof.certificate) == memory.slots[slot].certificate.public_bytes(Encoding.DER)


def test_after_a_probe_a_tap_is_two_more_commands() -> None:
    card = piv_chip()
    assert isinstance(probe(card, RP_ID), PivPresented)
    probed = len(card.sent)
    proof_of(card, Method.PIV_TAP)
    assert [apdu[1] for apdu in card.sent[probed:]] == [0xA4, 0x87]


def test_a_wrong_pin_costs_one_try_and_says_how_many_are_left() -> None:
    memory = piv_memory()
    with pytest.raises(InvalidPinError) as caught:
        proof_of(piv_chip(memory), Method.PIV_PIN, "654321")
    assert caught.value.retries_left == memory.retries == 4


@pytest.mark.parametrize("typed", [None, "", "12345", "123456789", "12345é", "12345\n"])
def test_a_pin_that_cannot_be_one_is_not_sent(typed: str | None) -> None:
    memory = piv_memory()
    with pytest.raises(InvalidPinError) as caught:
        proof_of(piv_chip(memory), Method.PIV_PIN, typed)
    assert caught.value.retries_left is None
    assert memory.retries == 5


def test_the_last_try_is_announced_before_it_is_spent() -> None:
    memory = piv_memory()
    memory.retries = 1
    with pytest.raises(LastTryError):
        proof_of(piv_chip(memory), Method.PIV_PIN, PIV_PIN)
    assert memory.retries == 1
    proof_of(piv_chip(memory), Method.PIV_PIN, PIV_PIN)
    assert memory.retries == 5


def test_a_blocked_card_says_so() -> None:
    memory = piv_memory()
    memory.retries = 1
    for error in (LastTryError, PinBlockedError, PinBlockedError):
        with pytest.raises(error):
            proof_of(piv_chip(memory), Method.PIV_PIN, "654321")
    assert memory.retries == 0


def test_asking_for_the_tries_left_spends_none() -> None:
    memory = piv_memory()
    card = piv_chip(memory)
    piv.select(card)
    assert [piv.pin_retries(card) for _ in range(3)] == [5, 5, 5]
    piv.verify_pin(card, Secret(PIV_PIN), b"")
    assert piv.pin_retries(card) is None


@pytest.mark.parametrize("sw", [0x6A81, 0x6982])
def test_a_card_that_takes_no_pin_over_the_air_belongs_in_the_slot(sw: int) -> None:
    with pytest.raises(WrongReaderError):
        piv.verify_pin(answering((b"", sw)), Secret(PIV_PIN), b"")


def test_a_key_is_no_piv_card() -> None:
    with pytest.raises(WrongCardError):
        proof_of(key_chip(), Method.PIV_TAP)


def test_an_empty_slot_is_a_wrong_card() -> None:
    memory = piv_memory()
    del memory.slots[Slot.AUTHENTICATION]
    with pytest.raises(WrongCardError):
        proof_of(piv_chip(memory), Method.PIV_PIN, PIV_PIN)
    assert memory.retries == 5


def test_a_key_of_a_kind_that_nobody_accepts_is_refused_before_it_signs() -> None:
    key = ec.generate_private_key(ec.SECP521R1())
    memory = piv_memory()
    issued = memory.slots[Slot.CARD_AUTHENTICATION].certificate
    builder = x509.CertificateBuilder(
        issued.issuer, issued.subject, key.public_key(), 1, issued.not_valid_before_utc, issued.not_valid_after_utc
    )
    der = builder.sign(key, hashes.SHA512()).public_bytes(Encoding.DER)
    with pytest.raises(WrongCardError):
        piv.sign(answering(), "9E", der, bytes(32))


def in_pieces(whole: bytes) -> ScriptedCard:
    """A card that hands ``whole`` out 256 bytes at a time."""
    left = [whole[start : start + 256] for start in range(0, len(whole), 256)] or [b""]

    def answer(_: bytes) -> tuple[bytes, int]:
        piece = left.pop(0)
        return piece, 0x6100 if left else 0x9000

    return ScriptedCard(answer)


def container(certificate: bytes, info: int) -> bytes:
    return tlv.encode(0x53, tlv.encode(0x70, certificate) + tlv.encode(0x71, bytes([info])) + tlv.encode(0xFE, b""))


def test_what_is_asked_of_cards_is_what_the_simulated_ones_know() -> None:
    """One list for the workstation and the service (``model.piv``)."""
    assert {*RSA_ALGORITHMS.values(), *CURVE_ALGORITHMS.values()} == set(Algorithm)


DER = b"\x30\x03\x02\x01\x05"


PACKED = {
    "plain": DER,
    "gzip": gzip.compress(DER, mtime=0),
    "zlib": zlib.compress(DER),
    "zlib, fast": zlib.compress(DER, 1),
}


@pytest.mark.parametrize("info", [0x00, 0x01, 0x80, 0x81, 0xFF])
@pytest.mark.parametrize("stored", PACKED.values(), ids=PACKED)
def test_the_bytes_say_whether_a_certificate_is_packed_and_not_the_flag(stored: bytes, info: int) -> None:
    assert piv.read_certificate(in_pieces(container(stored, info)), "9E") == DER


@pytest.mark.parametrize("padding", [b"\x00" * 7, b"\xff" * 7, b"\x90\x00"])
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_behind_a_certificate_is_cut_off(packed: bool, padding: bytes) -> None:
    stored = gzip.compress(DER, mtime=0) if packed else DER
    assert piv.read_certificate(in_pieces(container(stored + padding, 0)), "9E") == DER
    assert piv.read_certificate(in_pieces(container(DER, 0) + padding), "9E") == DER
    inside = tlv.encode(0x53, tlv.encode(0x70, stored) + padding)
    assert piv.read_certificate(in_pieces(inside), "9E") == DER


@pytest.mark.parametrize("slot", ["9E", "9A"])
def test_a_certificate_that_is_absent_or_empty_is_none(slot: piv.Slot) -> None:
    for sw in (0x6A82, 0x6A88):
        assert piv.read_certificate(answering((b"", sw)), slot) is None
    assert piv.read_certificate(answering((tlv.encode(0x53, b""), 0x9000)), slot) is None
    assert piv.read_certificate(answering((container(b"", 0), 0x9000)), slot) is None


@pytest.mark.parametrize("fill", [b"\x00", b"\xff"])
@pytest.mark.parametrize("size", [1, 2, 500, 1900])
def test_what_was_reserved_and_never_written_is_no_certificate(fill: bytes, size: int) -> None:
    blank = fill * size
    for stored in (container(blank, 0), tlv.encode(0x53, blank), blank):
        assert piv.read_certificate(in_pieces(stored), "9A") is None


@pytest.mark.parametrize("fill", [b"\x00", b"\xff"])
def test_a_card_with_room_for_a_9a_that_was_never_written_is_added_by_its_9e(fill: bytes) -> None:
    memory = piv_memory()
    card = piv_chip(memory)
    asks = piv.CERTIFICATE_OF["9A"]

    def answer(command: bytes) -> tuple[bytes, int]:
        return (container(fill * 200, 0), 0x9000) if asks in command else card.transmit(command)

    made = read_piv(ScriptedCard(answer))
    assert unb64u(made.presented.certificate) == der_of(memory, Slot.CARD_AUTHENTICATION)
    assert made.certificate_9a is None


def der_of(memory: PivMemory, slot: Slot) -> bytes:
    return memory.slots[slot].certificate.public_bytes(Encoding.DER)


@pytest.mark.parametrize("slot", ["9E", "9A"])
@pytest.mark.parametrize("sw", [0x6982, 0x6985, 0x6A81])
def test_a_certificate_that_is_not_shown_to_this_reader_is_not_said_to_be_missing(sw: int, slot: piv.Slot) -> None:
    with pytest.raises(SlotReaderError):
        piv.read_certificate(answering((b"", sw)), slot)


@pytest.mark.parametrize("sw", [0x6F00, 0x6300, 0x6D00, 0x6E00, 0x6A80, 0x6A86, 0x6281, 0x6700])
def test_any_other_word_about_a_certificate_is_garbage(sw: int) -> None:
    with pytest.raises(GarbledCardError):
        piv.read_certificate(answering((b"", sw)), "9A")


def test_a_warning_that_the_certificate_was_shorter_than_asked_for_is_of_no_harm() -> None:
    assert piv.read_certificate(answering((container(DER, 0), 0x6282)), "9A") == DER
    with pytest.raises(GarbledCardError):
        piv.read_certificate(answering((container(DER, 0)[:-4], 0x6282)), "9A")


@pytest.mark.parametrize("sw", [0x6982, 0x6985, 0x6A81])
def test_a_card_that_gives_9a_through_contacts_alone_is_added_in_a_slot(sw: int) -> None:
    memory = piv_memory()
    over_the_air = in_memory_card(piv_card(memory, uid=UID, withholds=sw))
    assert isinstance(probe(over_the_air, RP_ID), PivPresented)
    with pytest.raises(SlotReaderError):
        read_piv(over_the_air)
    with pytest.raises(SlotReaderError):
        proof_of(over_the_air, Method.PIV_PIN, PIV_PIN)
    assert memory.retries == 5
    verify(proof_of(over_the_air, Method.PIV_TAP), piv_message(unb64u(a_challenge(Method.PIV_TAP).challenge)))
    made = read_piv(in_memory_card(piv_card(memory, withholds=sw)))
    assert unb64u(made.certificate_9a or "") == der_of(memory, Slot.AUTHENTICATION)


def test_a_card_that_shows_nothing_over_the_air_is_said_to_want_a_slot() -> None:
    def answer(command: bytes) -> tuple[bytes, int]:
        selects_piv = command[1] == 0xA4 and piv.AID in command
        return (b"", 0x9000 if selects_piv else 0x6982 if command[1] == 0xCB else 0x6A82)

    with pytest.raises(SlotReaderError):
        probe(ScriptedCard(answer), RP_ID)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x70\x00",
        container(b"no DER", 0),
        container(b"\x30\x05\x00\x30\x00", 0),
        container(b"not gzip at all", 1),
        container(gzip.compress(b"\x30\x01\x00", mtime=0)[:-4], 1),
        container(gzip.compress(b"\x30\x83\x10\x00\x00" + bytes(1 << 20), mtime=0), 1),
    ],
    ids=["nothing", "empty", "no DER", "two values", "no gzip", "cut gzip", "a bomb"],
)
def test_a_certificate_container_that_makes_no_sense_is_garbage(answer: bytes) -> None:
    with pytest.raises(GarbledCardError):
        piv.read_certificate(in_pieces(answer), "9E")


def test_the_digest_info_is_what_cryptography_would_have_signed() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    message = b"kiosk"
    numbers = key.private_numbers()
    block = piv._digest_for(Algorithm.RSA_2048, 256, message)
    signature = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(256, "big")
    assert signature == key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    assert piv._digest_for(Algorithm.P_384, 48, message) == hashlib.sha384(message).digest()
