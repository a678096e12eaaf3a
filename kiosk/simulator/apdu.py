"""Command and response APDUs as a card reads them (ISO/IEC 7816-4 section 5).

Errors: ``ApduLengthError`` (the bytes are no APDU; a card answers 6700).
"""

from __future__ import annotations

from dataclasses import dataclass

OK = 0x9000
WRONG_LENGTH = 0x6700
LAST_OF_CHAIN_EXPECTED = 0x6883
SECURITY_STATUS = 0x6982
BLOCKED = 0x6983
CONDITIONS = 0x6985
WRONG_DATA = 0x6A80
NOT_SUPPORTED = 0x6A81
NOT_FOUND = 0x6A82
WRONG_P1P2 = 0x6A86
REFERENCE_NOT_FOUND = 0x6A88
UNKNOWN_INS = 0x6D00
UNKNOWN_CLA = 0x6E00
NO_DIAGNOSIS = 0x6F00

CHAINING = 0x10
MAX_SHORT = 256
MAX_EXTENDED = 65536


class ApduLengthError(Exception):
    """The bytes are no command APDU."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. ``le``: how many bytes the reader takes at most, None if it asked for none.

    ``extended``: the lengths were written in three bytes, so the whole answer may go back at once.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What a card answers: the data field and the status word."""

    data: bytes = b""
    sw: int = OK

    def encoded(self) -> bytes:
        return self.data + self.sw.to_bytes(2, "big")


def parse(apdu: bytes) -> Command:
    """The command in ``apdu``: all seven cases, short and extended. Raises ``ApduLengthError``."""
    if len(apdu) < 4:
        raise ApduLengthError
    header, body = apdu[:4], apdu[4:]
    if not body:
        return _command(header)
    if len(body) == 1:
        return _command(header, le=body[0] or MAX_SHORT)
    if body[0] == 0:
        return _extended(header, body)
    lc, rest = body[0], body[1:]
    if len(rest) == lc:
        return _command(header, rest)
    if len(rest) == lc + 1:
        return _command(header, rest[:lc], rest[lc] or MAX_SHORT)
    raise ApduLengthError


def _extended(header: bytes, body: bytes) -> Command:
    if len(body) < 3:
        raise ApduLengthError
    number, rest = int.from_bytes(body[1:3], "big"), body[3:]
    if not rest:
        return _command(header, le=number or MAX_EXTENDED, extended=True)
    if len(rest) == number:
        return _command(header, rest, extended=True)
    if len(rest) == number + 2:
        le = int.from_bytes(rest[number:], "big") or MAX_EXTENDED
        return _command(header, rest[:number], le, extended=True)
    raise ApduLengthError


def _command(header: bytes, data: bytes = b"", le: int | None = None, extended: bool = False) -> Command:
    cla, ins, p1, p2 = header
    return Command(cla, ins, p1, p2, data, le, extended)
