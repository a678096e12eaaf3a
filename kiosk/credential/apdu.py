"""Command APDUs, and one whole exchange with a card (ISO/IEC 7816-4 sections 5.1 to 5.6).

``exchange`` does what T=0 and the 256-byte limit ask for: command chaining, GET RESPONSE after 61xx,
the right length after 6Cxx. Short APDUs only go over the wire: readers without extended length are common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.credential.errors import GarbledCardError

if TYPE_CHECKING:  # 2.6 ms: the front is imported without the reader room
    from kiosk.reader.card import OpenCard

OK = 0x9000

CHAINING = 0x10
MAX_SHORT_DATA = 255
MAX_SHORT_ANSWER = 256
MAX_EXTENDED = 65535
MAX_ANSWER = 65536
REFUSES_CHAINING = (0x6884, 0x6882, 0x6E00)
"""Command chaining not supported; no such class bit."""
REFUSES_LE = (0x6700, 0x6A87)
"""Wrong length; Lc inconsistent with P1 and P2."""
MAX_PIECES = 300
"""No honest card cuts ``MAX_ANSWER`` bytes into more; a hostile one could say 61xx for ever."""


def command(
    cla: int, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = None, *, extended: bool = False
) -> bytes:
    """One command APDU. ``le``: bytes expected, 1 to 256 (65536 if ``extended``), None for no answer.

    Raises ``ValueError`` for what does not fit (more than 255 or 65535 bytes of data).
    """
    header = bytes((cla, ins, p1, p2))
    most = MAX_EXTENDED if extended else MAX_SHORT_DATA
    if len(data) > most or (le is not None and not 1 <= le <= most + 1):
        raise ValueError("does not fit in this kind of APDU")
    if not extended:
        body = bytes((len(data),)) + data if data else b""
        return header + body + (b"" if le is None else bytes((le & 0xFF,)))
    body = b"\x00" + len(data).to_bytes(2, "big") + data if data else b""
    if le is None:
        return header + body
    return header + body + (b"" if data else b"\x00") + (le & 0xFFFF).to_bytes(2, "big")


def exchange(
    card: OpenCard, cla: int, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = MAX_SHORT_ANSWER
) -> tuple[bytes, int]:
    """Send ``data`` of any length, collect the whole answer. Returns (data, status word).

    Raises ``GarbledCardError`` for an answer without end, and whatever ``card.transmit`` raises.
    """
    if len(data) > MAX_SHORT_DATA:
        return _rest(card, *_long(card, (cla, ins, p1, p2), data, le))
    answer, sw = card.transmit(command(cla, ins, p1, p2, data, le))
    if sw >> 8 == 0x6C:
        answer, sw = card.transmit(command(cla, ins, p1, p2, data, (sw & 0xFF) or MAX_SHORT_ANSWER))
    return _rest(card, answer, sw)


def select(card: OpenCard, aid: bytes) -> int:
    """Select the application ``aid`` (section 11.2.2); the status word. What it says of itself is not looked at."""
    return selected(card, aid)[1]


def selected(card: OpenCard, aid: bytes) -> tuple[bytes, int]:
    """As ``select``, with what the application says of itself.

    Some cards want no ``Le`` here: they are asked once more without.
    """
    answer, sw = exchange(card, 0x00, 0xA4, 0x04, 0x00, aid)
    if sw in REFUSES_LE:
        answer, sw = exchange(card, 0x00, 0xA4, 0x04, 0x00, aid, le=None)
    return answer, sw


def _long(card: OpenCard, header: tuple[int, int, int, int], data: bytes, le: int | None) -> tuple[bytes, int]:
    """More than a short APDU holds: chained (section 5.3.3), or extended (section 5.2) where the card refuses that."""
    cla, ins, p1, p2 = header
    left = data
    while len(left) > MAX_SHORT_DATA:
        link, left = left[:MAX_SHORT_DATA], left[MAX_SHORT_DATA:]
        answer, sw = card.transmit(command(cla | CHAINING, ins, p1, p2, link))
        if sw in REFUSES_CHAINING and len(link) + len(left) == len(data):
            longest = None if le is None else MAX_EXTENDED + 1
            return card.transmit(command(*header, data, longest, extended=True))
        if sw != OK:
            return answer, sw
    return card.transmit(command(*header, left, le))


def _rest(card: OpenCard, answer: bytes, sw: int) -> tuple[bytes, int]:
    """What is left to fetch after 61xx (section 5.3.4); GET RESPONSE may itself be told 6Cxx."""
    whole = bytearray(answer)
    for _ in range(MAX_PIECES):
        if sw >> 8 not in (0x61, 0x6C):
            return bytes(whole), sw
        piece, sw = card.transmit(command(0, 0xC0, 0, 0, le=(sw & 0xFF) or MAX_SHORT_ANSWER))
        whole += piece
        if len(whole) > MAX_ANSWER:
            break
    raise GarbledCardError("an answer without end")
