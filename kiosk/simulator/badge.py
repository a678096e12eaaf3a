"""A badge that has a number and nothing else, as a contactless reader shows it."""

from __future__ import annotations

from kiosk.simulator.simulated_card import Faults, SimulatedCard, contactless_atr

STORAGE_CARD = bytes.fromhex("804F0CA000000306")
ISO_14443_A = 3
CARD_NAMES = {4: 0x0001, 7: 0x0003, 10: 0x0000}
"""PC/SC part 3 supplement: MIFARE Standard 1K, MIFARE Ultralight, no information."""


def badge(uid: bytes, faults: Faults | None = None) -> SimulatedCard:
    """A storage card with ``uid`` (4 to 16 bytes). Raises ``ValueError`` for another length."""
    name = CARD_NAMES.get(len(uid), 0).to_bytes(2, "big")
    historical = STORAGE_CARD + bytes([ISO_14443_A]) + name + bytes(4)
    return SimulatedCard(contactless_atr(historical), uid=uid, faults=faults)
