"""What a tap shows: PIV before FIDO2 before a number, with as few commands as it takes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.credential import probe
from kiosk.credential.errors import (
    GarbledCardError,
    ImpossibleNumberError,
    RandomUidError,
    U2fOnlyError,
    UnknownCardError,
)
from kiosk.model.binding import unb64u
from kiosk.model.proof import Fido2Presented, PivPresented, UidPresented
from kiosk.reader.wedge import TypedCard
from kiosk.service.store import badge_number
from kiosk.simulator.fido2 import Fido2Applet
from kiosk.simulator.fido2_store import AAGUID
from kiosk.simulator.piv import PivApplet
from kiosk.simulator.piv_store import Slot
from kiosk.simulator.simulated_card import Faults, SimulatedCard, contactless_atr
from tests.credential.cards import UID, ScriptedCard, chip, key_chip, key_memory, piv_chip, piv_memory
from tests.credential.wire import RP_ID
from tests.fakes.simulated_cards import InMemoryCard, a_badge, in_memory_card

SELECT = 0xA4
FIDO_AID = bytes.fromhex("A0000006472F0001")


@pytest.mark.parametrize("number", ["DEADBEEF", "04A1B2C3D4E5F6", "0102030405060708090A"])
def test_a_badge_shows_its_number_in_one_command(number: str) -> None:
    card = in_memory_card(a_badge(number))
    assert probe(card, RP_ID) == UidPresented(number)
    assert card.sent == [bytes.fromhex("FFCA000000")]


def test_a_chip_without_our_applications_is_its_number() -> None:
    assert probe(chip(), RP_ID) == UidPresented(UID.hex().upper())


def test_piv_comes_before_fido2() -> None:
    memory = piv_memory()
    shown = probe(chip(Fido2Applet(key_memory()), PivApplet(memory)), RP_ID)
    assert isinstance(shown, PivPresented)

    certificate = memory.slots[Slot.CARD_AUTHENTICATION].certificate
    assert unb64u(shown.certificate) == certificate.public_bytes(Encoding.DER)
    assert shown.uid == UID.hex().upper()


def test_whoever_wants_a_key_gets_the_key_of_a_card_that_is_both() -> None:
    card = chip(Fido2Applet(key_memory()), PivApplet(piv_memory()))
    assert isinstance(probe(card, RP_ID, "key"), Fido2Presented)
    assert isinstance(probe(piv_chip(), RP_ID, "key"), PivPresented)


@pytest.mark.parametrize("sw", [0x6D00, 0x6E00, 0x6A81, 0x6985, 0x6700, 0x6A86])
def test_a_key_of_before_ctap_2_is_a_badge_and_told_to_whoever_wants_a_key(sw: int) -> None:
    def answer(apdu: bytes) -> tuple[bytes, int]:
        if apdu[1] == SELECT:
            return (b"U2F_V2", 0x9000) if FIDO_AID in apdu else (b"", 0x6A82)
        return (UID, 0x9000) if apdu[0] == 0xFF else (b"", sw)

    assert probe(ScriptedCard(answer), RP_ID) == UidPresented(UID.hex().upper())
    with pytest.raises(U2fOnlyError):
        probe(ScriptedCard(answer), RP_ID, "key")


def test_piv_without_a_card_authentication_certificate_goes_on_as_a_key() -> None:
    memory = piv_memory()
    del memory.slots[Slot.CARD_AUTHENTICATION]
    assert isinstance(probe(chip(PivApplet(memory), Fido2Applet(key_memory())), RP_ID), Fido2Presented)


def test_piv_without_that_certificate_is_its_number_or_an_unknown_card() -> None:
    memory = piv_memory()
    del memory.slots[Slot.CARD_AUTHENTICATION]
    assert isinstance(probe(piv_chip(memory), RP_ID), UidPresented)
    with pytest.raises(UnknownCardError, match="without a card authentication certificate"):
        probe(piv_chip(memory, uid=None), RP_ID)


def test_a_key_shows_what_a_ceremony_must_know() -> None:
    assert probe(key_chip(), RP_ID) == Fido2Presented(AAGUID.hex(), True, False, UID.hex().upper())
    assert probe(key_chip(key_memory(None), uid=None), RP_ID) == Fido2Presented(AAGUID.hex(), False, False, None)


def test_a_key_of_before_ctap_2_is_its_number() -> None:
    def u2f(apdu: bytes) -> tuple[bytes, int]:
        if apdu[1] == SELECT:
            return (b"U2F_V2", 0x9000) if apdu[5:].startswith(bytes.fromhex("A000000647")) else (b"", 0x6A82)
        return (UID, 0x9000) if apdu[0] == 0xFF else (b"", 0x6D00)

    assert probe(ScriptedCard(u2f), RP_ID) == UidPresented(UID.hex().upper())


def test_only_a_short_number_can_be_a_random_one() -> None:
    assert probe(in_memory_card(a_badge("08A1B2C3D4E5F6")), RP_ID) == UidPresented("08A1B2C3D4E5F6")


def test_a_card_that_proves_itself_may_have_a_random_number_and_never_shows_it() -> None:
    shown = probe(piv_chip(uid=bytes.fromhex("08A1B2C3")), RP_ID)
    assert isinstance(shown, PivPresented)
    assert shown.uid is None


def numbered(number: str) -> ScriptedCard:
    """A card without applications, of which the reader says ``number``."""
    return ScriptedCard(lambda apdu: (bytes.fromhex(number), 0x9000) if apdu[0] == 0xFF else (b"", 0x6A82))


@pytest.mark.parametrize("size", [0, 1, 3, 17, 64])
def test_a_number_of_another_size_is_said_to_be_none(size: int) -> None:
    with pytest.raises(ImpossibleNumberError):
        probe(numbered("11" * size), RP_ID)


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("1234567890", "1234567890"),  # 125 kHz
        ("E0040150A1B2C3D4", "E0040150A1B2C3D4"),  # ISO/IEC 15693, said from its most significant byte
        ("D4C3B2A1500104E0", "E0040150A1B2C3D4"),  # the same card on another reader
        ("0102F8FFF70012E0", "E01200F7FFF80201"),  # an iCLASS CSN
        ("012E4CD25D1A0F9B", "012E4CD25D1A0F9B"),  # a FeliCa IDm
        ("E0" + "11" * 6 + "E0", "E0" + "11" * 6 + "E0"),
        ("AB" * 16, "AB" * 16),
    ],
)
def test_numbers_of_every_kind_of_card_are_kept_in_one_form(number: str, kept: str) -> None:
    assert probe(numbered(number), RP_ID) == UidPresented(kept)
    assert badge_number.parse(number) == bytes.fromhex(kept), "an import takes the same"


@pytest.mark.parametrize(
    ("number", "sw", "kept"),
    [
        ("04A1B2C3D4E5F6", 0x6282, "04A1B2C3D4E5F6"),  # "fewer than the 256 bytes that were asked for"
        ("D4C3B2A1500104E0", 0x6282, "E0040150A1B2C3D4"),
        ("04A1B2", 0x6282, None),
        ("", 0x6282, None),
        ("11" * 17, 0x6282, None),
        ("04A1B2C3D4E5F6", 0x6300, None),
        ("04A1B2C3D4E5F6", 0x6281, None),
    ],
)
def test_a_whole_number_with_a_warning_that_it_is_short_is_taken(number: str, sw: int, kept: str | None) -> None:
    answers = {0xCA: (bytes.fromhex(number), sw)}
    card = ScriptedCard(lambda command: answers.get(command[1], (b"", 0x6A82)))
    if kept is None:
        with pytest.raises(UnknownCardError):
            probe(card, RP_ID)
    else:
        assert probe(card, RP_ID) == UidPresented(kept)


@pytest.mark.parametrize("sw", [0x9000, 0x6282])
def test_a_number_that_is_none_is_named_whatever_the_reader_warns_of(sw: int) -> None:
    with pytest.raises(RandomUidError):
        probe(ScriptedCard(lambda command: (b"\x08\x01\x02\x03", sw) if command[1] == 0xCA else (b"", 0x6A82)), RP_ID)


@pytest.mark.parametrize("number", ["08A1B2C3", "01FE010203040506"])
def test_a_number_that_changes_at_every_tap_is_no_badge(number: str) -> None:
    with pytest.raises(RandomUidError):
        probe(numbered(number), RP_ID)
    with pytest.raises(badge_number.InvalidBadgeNumberError, match="new one at every tap"):
        badge_number.parse(number)


def of_standard(standard: str, number: str) -> ScriptedCard:
    """A memory card that the reader says the standard of (PC/SC part 3 section 3.1.3.2.3)."""
    atr = bytes.fromhex(f"3B8F8001804F0CA000000306{standard}00000000000000")
    return ScriptedCard(lambda apdu: (bytes.fromhex(number), 0x9000), atr)


@pytest.mark.parametrize("standard", ["05", "07", "0B", "40"])
@pytest.mark.parametrize("number", ["08A1B2C3", "01FE010203040506"])
def test_a_first_byte_means_nothing_on_a_card_of_another_standard(standard: str, number: str) -> None:
    shown = probe(of_standard(standard, number), RP_ID)
    assert isinstance(shown, UidPresented)
    assert (shown.uid, shown.source) == (number, "other_chip")


@pytest.mark.parametrize("standard", ["00", "01", "03", "11", "7F"])
def test_a_card_of_type_a_or_of_no_known_standard_is_held_to_the_rule(standard: str) -> None:
    with pytest.raises(RandomUidError):
        probe(of_standard(standard, "08A1B2C3"), RP_ID)


def test_a_reader_that_read_nothing_of_another_standard_has_read_nothing() -> None:
    with pytest.raises(ImpossibleNumberError):
        probe(of_standard("40", "FFFFFFFF"), RP_ID)


@pytest.mark.parametrize("number", ["08A1B2C3", "FFFFFFFF"])
def test_a_typed_layouts_number_is_shown_as_one(number: str) -> None:
    shown = probe(TypedCard(bytes.fromhex(number), "layout"), RP_ID)
    assert isinstance(shown, UidPresented)
    assert (shown.uid, shown.source) == (number, "layout")


def test_a_card_with_nothing_at_all_is_unknown() -> None:
    with pytest.raises(UnknownCardError):
        probe(chip(uid=None), RP_ID)


@pytest.mark.parametrize("applet", [PivApplet, Fido2Applet])
def test_an_application_that_talks_nonsense_leaves_the_number(applet: type) -> None:
    """Cards exist that answer 9000 to any SELECT. The service knows the numbers of cards that must prove themselves."""
    faults = Faults(garbage=True)
    memory = piv_memory() if applet is PivApplet else key_memory()
    plastic = SimulatedCard(contactless_atr(b"chip"), [applet(memory, faults=faults)], UID, faults)
    assert probe(InMemoryCard(plastic), RP_ID) == UidPresented(UID.hex().upper())
    plastic = SimulatedCard(contactless_atr(b"chip"), [applet(memory, faults=faults)], None, faults)
    with pytest.raises(GarbledCardError):
        probe(InMemoryCard(plastic), RP_ID)
