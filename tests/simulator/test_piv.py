"""The PIV card, APDU by APDU as SP 800-73-4 part 2 has them."""

from __future__ import annotations

import gzip
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from kiosk.simulator import piv, piv_store
from kiosk.simulator.piv_ca import PIV_CARD_AUTH, SMARTCARD_LOGON, CardAuthority, Validity, open_authority
from kiosk.simulator.piv_store import Algorithm, Slot
from kiosk.simulator.simulated_card import SimulatedCard
from kiosk.simulator.store import CardMemoryError
from kiosk.simulator.tlv import parse, tlv
from tests.fakes.simulated_cards import InMemoryCard, a_piv_card, in_memory_card, piv_memory

SELECT = bytes.fromhex("00A4040009A0000003080000100000")
RIGHT = b"123456\xff\xff"
WRONG = b"654321\xff\xff"
DIGEST = bytes(range(32))


def selected(plastic: SimulatedCard) -> InMemoryCard:
    card = in_memory_card(plastic)
    assert card.transmit(SELECT)[1] == 0x9000
    return card


def whole(card: InMemoryCard, apdu: bytes) -> tuple[bytes, int]:
    """With GET RESPONSE, as a contact reader's client does."""
    data, sw = card.transmit(apdu)
    while sw >> 8 == 0x61:
        more, sw = card.transmit(b"\x00\xc0\x00\x00" + bytes([sw & 0xFF]))
        data += more
    return data, sw


def get_data(card: InMemoryCard, tag: str) -> tuple[bytes, int]:
    data = tlv(0x5C, bytes.fromhex(tag))
    return whole(card, b"\x00\xcb\x3f\xff" + bytes([len(data)]) + data + b"\x00")


def verify(card: InMemoryCard, pin: bytes) -> int:
    return card.transmit(b"\x00\x20\x00\x80" + (bytes([len(pin)]) + pin if pin else b""))[1]


def sign(card: InMemoryCard, algorithm: int, slot: int, challenge: bytes) -> tuple[bytes, int]:
    data = tlv(0x7C, tlv(0x82) + tlv(0x81, challenge))
    header = bytes([0, 0x87, algorithm, slot])
    while len(data) > 255:
        assert card.transmit(b"\x10" + header[1:] + b"\xff" + data[:255])[1] == 0x9000
        data = data[255:]
    answer, sw = whole(card, header + bytes([len(data)]) + data + b"\x00")
    return (parse(parse(answer)[0x7C])[0x82] if sw == 0x9000 else b""), sw


def certificate(card: InMemoryCard, tag: str) -> x509.Certificate:
    data, sw = get_data(card, tag)
    assert sw == 0x9000
    members = parse(parse(data)[0x53])
    der = gzip.decompress(members[0x70]) if members[0x71] == b"\x01" else members[0x70]
    return x509.load_der_x509_certificate(der)


def test_selection_names_the_piv_application() -> None:
    data, sw = in_memory_card(a_piv_card()).transmit(SELECT)
    assert sw == 0x9000
    assert parse(parse(data)[0x61])[0x4F] == bytes.fromhex("000010000100")


@pytest.mark.parametrize(("algorithm", "digest"), [(Algorithm.P_256, DIGEST), (Algorithm.P_384, bytes(range(48)))])
def test_the_card_authentication_key_signs_without_a_pin(algorithm: Algorithm, digest: bytes) -> None:
    card = selected(a_piv_card(algorithm=algorithm))
    public = certificate(card, "5FC101").public_key()
    signature, sw = sign(card, algorithm, 0x9E, digest)
    assert sw == 0x9000
    assert isinstance(public, ec.EllipticCurvePublicKey)
    method = hashes.SHA256() if algorithm is Algorithm.P_256 else hashes.SHA384()
    public.verify(signature, digest, ec.ECDSA(Prehashed(method)))


def test_an_rsa_card_signs_the_block_that_the_client_padded() -> None:
    card = selected(a_piv_card(algorithm=Algorithm.RSA_2048))
    public = certificate(card, "5FC101").public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    info = bytes.fromhex("3031300d060960864801650304020105000420") + DIGEST
    block = b"\x00\x01" + b"\xff" * (256 - 3 - len(info)) + b"\x00" + info
    signature, sw = sign(card, Algorithm.RSA_2048, 0x9E, block)
    assert sw == 0x9000
    public.verify(signature, DIGEST, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


def test_the_persons_key_wants_the_pin_first() -> None:
    card = selected(a_piv_card())
    assert sign(card, 0x11, 0x9A, DIGEST)[1] == 0x6982
    assert verify(card, RIGHT) == 0x9000
    signature, sw = sign(card, 0x11, 0x9A, DIGEST)
    public = certificate(card, "5FC105").public_key()
    assert sw == 0x9000
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signature, DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))


def test_a_selection_and_a_reset_forget_the_pin() -> None:
    card = selected(a_piv_card())
    verify(card, RIGHT)
    card.transmit(SELECT)
    assert sign(card, 0x11, 0x9A, DIGEST)[1] == 0x6982
    verify(card, RIGHT)
    again = card.again()
    again.transmit(SELECT)
    assert sign(again, 0x11, 0x9A, DIGEST)[1] == 0x6982


def test_asking_for_the_tries_left_spends_none() -> None:
    card = selected(a_piv_card())
    assert [verify(card, b""), verify(card, b"")] == [0x63C5, 0x63C5]
    assert [verify(card, WRONG), verify(card, b"")] == [0x63C4, 0x63C4]
    assert [verify(card, RIGHT), verify(card, b"")] == [0x9000, 0x9000]


def test_five_wrong_pins_block_the_card_for_good(tmp_path: Path) -> None:
    card = selected(a_piv_card(tmp_path))
    assert [verify(card, WRONG) for _ in range(6)] == [0x63C4, 0x63C3, 0x63C2, 0x63C1, 0x6983, 0x6983]
    memory = piv_store.load(tmp_path / "piv.json")
    assert memory is not None
    assert verify(selected(piv.piv_card(memory)), RIGHT) == 0x6983
    assert verify(selected(piv.piv_card(memory)), b"") == 0x6983


def test_a_pin_of_a_wrong_form_spends_no_try() -> None:
    card = selected(a_piv_card())
    assert verify(card, b"123456") == 0x6A80
    assert verify(card, b"") == 0x63C5


def exchange(card: InMemoryCard, ins: int, reference: int, old: bytes, new: bytes) -> int:
    return card.transmit(bytes([0, ins, 0, reference, 16]) + old + new)[1]


def test_the_pin_is_changed_by_whoever_knows_it(tmp_path: Path) -> None:
    card = selected(a_piv_card(tmp_path))
    assert exchange(card, 0x24, 0x80, WRONG, b"11223344") == 0x63C4
    assert exchange(card, 0x24, 0x80, RIGHT, b"1122334a") == 0x6A80
    assert exchange(card, 0x24, 0x80, RIGHT, b"11223344") == 0x9000
    assert [verify(card, RIGHT), verify(card, b"11223344")] == [0x63C4, 0x9000]


def test_the_puk_gives_a_blocked_card_a_new_pin() -> None:
    card = selected(a_piv_card())
    while verify(card, WRONG) != 0x6983:
        pass
    assert exchange(card, 0x2C, 0x80, b"00000000", RIGHT) == 0x63C4
    assert exchange(card, 0x2C, 0x80, b"12345678", RIGHT) == 0x9000
    assert verify(card, b"") == 0x63C5
    assert verify(card, RIGHT) == 0x9000


def test_a_blocked_puk_ends_it() -> None:
    card = selected(a_piv_card())
    assert [exchange(card, 0x2C, 0x80, b"00000000", RIGHT) for _ in range(5)][-1] == 0x6983
    assert exchange(card, 0x2C, 0x80, b"12345678", RIGHT) == 0x6983


def test_the_data_objects_are_those_of_the_standard() -> None:
    card = selected(a_piv_card())
    chuid = parse(parse(get_data(card, "5FC102")[0])[0x53])
    assert [len(chuid[t]) for t in (0x30, 0x34, 0x35)] == [25, 16, 8]
    assert parse(parse(get_data(card, "7E")[0])[0x7E])[0x5F2F] == b"\x40\x00"
    assert len(parse(parse(get_data(card, "5FC107")[0])[0x53])[0xF0]) == 21
    assert get_data(card, "5FC109")[1] == 0x6A82


def test_certificates_say_what_each_key_is_for() -> None:
    card = selected(a_piv_card(compressed=True, upn="anna@hospital.example"))
    tap = certificate(card, "5FC101").extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    own = certificate(card, "5FC105").extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert (list(tap.value), tap.critical) == ([PIV_CARD_AUTH], True)
    assert SMARTCARD_LOGON in list(own.value)


def test_an_extended_apdu_gets_its_answer_in_one_piece() -> None:
    card = selected(a_piv_card())
    data, sw = card.transmit(bytes.fromhex("00CB3FFF0000055C035FC1010000"))
    assert sw == 0x9000
    assert len(data) > 256


@pytest.mark.parametrize(
    ("apdu", "sw"),
    [
        ("00871400047C028200", 0x6A88),
        ("0087149E047C028200", 0x6A86),
        ("0087119E047C028200", 0x6A80),
        ("0087119E03FFFFFF", 0x6A80),
        ("00CB3FFE055C035FC101", 0x6A86),
        ("00CB3FFF025C05", 0x6A80),
        ("0020008108313233343536FFFF", 0x6A88),
        ("00240080", 0x6A80),
        ("00DB3FFF", 0x6D00),
        ("002C0081", 0x6A88),
        ("80CA0000", 0x6E00),
        ("00", 0x6700),
    ],
)
def test_what_a_card_cannot_do_has_its_status_word(apdu: str, sw: int) -> None:
    assert selected(a_piv_card()).transmit(bytes.fromhex(apdu))[1] == sw


def test_the_authority_makes_what_a_hospital_must_refuse() -> None:
    authority = CardAuthority.new(crl_url="http://crl.hospital.example/cards.crl")
    ward = authority.subordinate()
    memory = piv_memory(a_piv_card(authority=ward, validity=Validity.past()))
    leaf = memory.slots[Slot.CARD_AUTHENTICATION].certificate
    leaf.verify_directly_issued_by(ward.certificate)
    ward.certificate.verify_directly_issued_by(authority.certificate)
    assert leaf.not_valid_after_utc < Validity.days(1).start
    assert leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    crl = ward.crl([leaf])
    revoked = crl.get_revoked_certificate_by_serial_number(leaf.serial_number)
    assert revoked is not None
    assert crl.is_signature_valid(ward.key.public_key())
    assert ward.pem().count(b"BEGIN CERTIFICATE") == 2


def test_stores_are_private_and_come_back(tmp_path: Path) -> None:
    authority = open_authority(tmp_path / "ca.json")
    assert open_authority(tmp_path / "ca.json").certificate == authority.certificate
    made = piv.open_piv_store(tmp_path / "card.json", "123456", lambda: authority)
    again = piv.open_piv_store(tmp_path / "card.json", None, lambda: authority)
    assert again.guid == made.guid
    assert verify(selected(piv.piv_card(again)), RIGHT) == 0x9000
    assert {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("content", ["", "[]", '{"kind": "FIDO2 key"}', '{"kind": "PIV card", "guid": 3}'])
def test_a_file_of_another_kind_is_refused_with_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "card.json").write_text(content)
    with pytest.raises(CardMemoryError, match=r"card\.json is .*[Dd]elete"):
        piv.open_piv_store(tmp_path / "card.json", "123456", CardAuthority.new)


@pytest.mark.parametrize("pin", [None, "", "12345", "123456789", "12345a", "１２３４５６"])
def test_a_piv_pin_has_six_to_eight_digits(tmp_path: Path, pin: str | None) -> None:
    with pytest.raises(ValueError, match="6 to 8 digits"):
        piv.open_piv_store(tmp_path / "card.json", pin, CardAuthority.new)
