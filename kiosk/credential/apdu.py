"""Command APDUs, and one whole exchange with a card (ISO/IEC 7816-4 sections 5.1 to 5.6).

``exchange`` does what T=0 and the 256-byte limit ask for: command chaining, GET RESPONSE after 61xx,
the right length after 6Cxx. Short APDUs only go over the wire: readers without extended length are common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.credential.errors import Garbage

if TYPE_CHECKING:
    from kiosk.reader.card import Card

OK = 0x9000

CHAINING = 0x10
MAX_SHORT_DATA = 255
MAX_SHORT_ANSWER = 256
MAX_EXTENDED = 65535
MAX_ANSWER = 65536
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
    card: Card, cla: int, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = MAX_SHORT_ANSWER
) -> tuple[bytes, int]:
    """Send ``data`` of any length, collect the whole answer. Returns (data, status word).

    Raises ``Garbage`` for an answer without end, and whatever ``card.transmit`` raises.
    """
    while len(data) > MAX_SHORT_DATA:
        link, data = data[:MAX_SHORT_DATA], data[MAX_SHORT_DATA:]
        answer, sw = card.transmit(command(cla | CHAINING, ins, p1, p2, link))
        if sw != OK:
            return answer, sw
    answer, sw = card.transmit(command(cla, ins, p1, p2, data, le))
    if sw >> 8 == 0x6C:
        answer, sw = card.transmit(command(cla, ins, p1, p2, data, (sw & 0xFF) or MAX_SHORT_ANSWER))
    return _rest(card, answer, sw)


def _rest(card: Card, answer: bytes, sw: int) -> tuple[bytes, int]:
    """What is left to fetch after 61xx (section 5.3.4); GET RESPONSE may itself be told 6Cxx."""
    whole = bytearray(answer)
    for _ in range(MAX_PIECES):
        if sw >> 8 not in (0x61, 0x6C):
            return bytes(whole), sw
        piece, sw = card.transmit(command(0, 0xC0, 0, 0, le=(sw & 0xFF) or MAX_SHORT_ANSWER))
        whole += piece
        if len(whole) > MAX_ANSWER:
            break
    raise Garbage("an answer without end")
