"""Cards that cannot, will not or answer nonsense: each is told by its name, and no try is spent on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.credential import piv, probe, read_piv, sign
from kiosk.credential.errors import (
    GarbledCardError,
    ImpossibleNumberError,
    NotAPivCardError,
    PinBlockedError,
    PivKeyKindError,
    RequestDroppedError,
    WrongCardError,
    WrongReaderError,
)
from kiosk.model.proof import Method
from kiosk.model.secret import Secret
from kiosk.simulator.piv_store import Slot
from tests.credential.cards import LyingCard, answering, piv_chip, piv_memory
from tests.credential.wire import RP_ID, a_challenge
from tests.fakes.simulated_cards import a_badge, in_memory_card

P_256, NO_CURVE = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d03017f")


def certificate(name: str = "a card") -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(who, who, key.public_key(), 1, now, now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


# PIV cards


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ((b"", 0x6A88), WrongCardError),
        ((b"", 0x6982), WrongReaderError),
        ((b"", 0x6F00), GarbledCardError),
        ((b"", 0x9000), GarbledCardError),
        ((bytes.fromhex("7c028200"), 0x9000), GarbledCardError),
    ],
    ids=["no such key", "locked here", "an error", "nothing", "an empty signature"],
)
def test_a_card_that_does_not_sign_is_told_by_why(answer: tuple[bytes, int], named: type[Exception]) -> None:
    with pytest.raises(named):
        piv.sign(answering(answer), "9E", certificate(), bytes(32))


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (0x63C5, 0x63C0, PinBlockedError),
        (0x63C5, 0x6983, PinBlockedError),
        (0x6983, None, PinBlockedError),
        (0x6A88, None, WrongCardError),
        (0x6F00, None, GarbledCardError),
    ],
    ids=["the last try was wrong", "blocked by it", "blocked before", "no PIN at all", "an error"],
)
def test_a_card_says_what_became_of_its_pin(before: int, after: int | None, named: type[Exception]) -> None:
    card = answering((b"", before), *([] if after is None else [(b"", after)]))
    with pytest.raises(named):
        piv.verify_pin(card, Secret("123456"), b"")
    assert len(card.sent) == (1 if after is None else 2), "where the first answer says no, the PIN stays here"


def test_a_certificate_with_a_key_of_no_known_curve_is_told_apart_from_a_broken_one() -> None:
    with pytest.raises(PivKeyKindError):
        piv.sign(answering(), "9E", certificate().replace(P_256, NO_CURVE), bytes(32))
    with pytest.raises(GarbledCardError):
        piv.sign(answering(), "9E", b"\x30\x03\x02\x01\x05", bytes(32))


def test_what_begins_like_gzip_and_is_none_is_garbage() -> None:
    broken = bytes.fromhex("1f8b0800") + b"not deflate at all"
    packed = bytes([0x53, len(broken) + 5, 0x70, len(broken)]) + broken + b"\x71\x01\x01"
    with pytest.raises(GarbledCardError, match="does not unpack"):
        piv.read_certificate(answering((packed, 0x9000)), "9E")


def test_a_piv_card_without_its_card_authentication_certificate_cannot_be_enrolled() -> None:
    memory = piv_memory()
    del memory.slots[Slot.CARD_AUTHENTICATION]
    with pytest.raises(NotAPivCardError):
        read_piv(piv_chip(memory))


def test_cancelled_once_the_card_was_read_its_pin_is_not_sent() -> None:
    memory, cancel = piv_memory(), Event()

    def meanwhile(data: bytes, sw: int) -> tuple[bytes, int]:
        cancel.set()
        return data, sw

    card = LyingCard(piv_chip(memory), [None, meanwhile, *[None] * 20])
    with pytest.raises(RequestDroppedError):
        sign(card, a_challenge(Method.PIV_PIN), Secret("654321"), cancel)
    assert memory.retries == 5


# Badges


def test_a_badge_of_nothing_but_zeros_has_no_number() -> None:
    with pytest.raises(ImpossibleNumberError):
        probe(in_memory_card(a_badge("00000000")), RP_ID)
