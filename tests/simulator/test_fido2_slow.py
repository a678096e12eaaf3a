"""A software key that takes its time, and says so."""

from __future__ import annotations

from kiosk.simulator.fido2 import KeyFaults
from tests.fakes.ctap import ERR, held
from tests.fakes.simulated_cards import InMemoryCard, a_key, in_memory_card

MESSAGE, MESSAGE_WITHOUT_WAITING = bytes.fromhex("80108000010400"), bytes.fromhex("80100000010400")
ASK_AGAIN, CANCEL = bytes.fromhex("8011000000"), bytes.fromhex("8011110000")


def slow_key() -> InMemoryCard:
    card = in_memory_card(a_key(faults=KeyFaults(busy=2)))
    assert card.transmit(bytes.fromhex("00A4040008A0000006472F000100")) == (b"FIDO_2_0", 0x9000)
    return card


def test_a_slow_key_says_processing_until_it_is_done() -> None:
    card = slow_key()
    assert [card.transmit(MESSAGE), card.transmit(ASK_AGAIN)] == [(b"\x01", 0x9100)] * 2
    info, sw = card.transmit(ASK_AGAIN)
    assert (info[0], sw) == (0, 0x9000)
    assert card.transmit(ASK_AGAIN)[1] == 0x6985


def test_a_slow_key_can_be_told_to_stop() -> None:
    card = slow_key()
    card.transmit(MESSAGE)
    assert card.transmit(CANCEL) == (bytes([ERR.KEEPALIVE_CANCEL]), 0x9000)


def test_a_key_does_not_say_processing_to_who_cannot_ask_again() -> None:
    info, sw = slow_key().transmit(MESSAGE_WITHOUT_WAITING)
    assert (info[0], sw) == (0, 0x9000)


def test_python_fido2_waits_for_a_slow_key() -> None:
    told: list[int] = []
    held(a_key(faults=KeyFaults(busy=1))).selection(on_keepalive=told.append)
    assert told == [1]
