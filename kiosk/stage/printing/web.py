"""As much of HTTP/1.1 as printing needs, read from somebody who is not believed. [RFC 9112; RFC 8010, section 4]"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import NamedTuple

_MAX_LINE, _MAX_HEADERS = 8192, 64
_PIECE = 65_536


class BadPrintRequestError(Exception):
    """It cannot be understood without guessing; the connection is of no more use."""


class TooLargeError(Exception):
    """More bytes than there may be."""


class HttpHead(NamedTuple):
    """``start``: the three words of the first line. ``headers``: by their names in small letters."""

    start: tuple[str, str, str]
    headers: dict[str, str]


class Reader:
    """What comes out of ``connection``, line by line and piece by piece. All raise ``OSError`` when it breaks."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._kept = bytearray()

    def head(self) -> HttpHead | None:
        """Of the next message; None where the other side has hung up instead. Raises ``BadPrintRequestError``."""
        line = self._line()
        if line is None:
            return None
        words = line.split(" ", 2)
        if len(words) != 3:
            raise BadPrintRequestError
        headers: dict[str, str] = {}
        while True:
            line = self._line()
            if line is None or len(headers) > _MAX_HEADERS:
                raise BadPrintRequestError
            if not line:
                return HttpHead((words[0], words[1], words[2]), headers)
            name, colon, value = line.partition(":")
            name = name.lower()
            # Said twice it might be read in two ways, once here and once by CUPS.
            if not colon or name != name.strip() or (name in headers and name in ("content-length", "host")):
                raise BadPrintRequestError
            headers[name] = value.strip()

    def body(self, headers: dict[str, str], take: Callable[[bytes], None], to_the_end: bool = False) -> None:
        """Hands it to ``take`` in pieces. ``to_the_end``: without a length it lasts until the other side hangs up.

        Raises ``BadPrintRequestError``, and what ``take`` raises."""
        length, coding = headers.get("content-length"), headers.get("transfer-encoding", "").lower()
        if coding:
            if coding != "chunked" or length is not None:
                raise BadPrintRequestError
            self._chunks(take)
        elif length is not None:
            if not (length.isascii() and length.isdigit() and len(length) < 12):
                raise BadPrintRequestError
            self._pieces(int(length), take)
        elif to_the_end:
            while self._more():
                self._give(len(self._kept), take)

    def _chunks(self, take: Callable[[bytes], None]) -> None:
        while True:
            line = self._line()
            size = (line or "").partition(";")[0].strip()
            if not size or len(size) > 8 or any(c not in "0123456789abcdefABCDEF" for c in size):
                raise BadPrintRequestError
            if not int(size, 16):
                break
            self._pieces(int(size, 16), take)
            if self._line() != "":
                raise BadPrintRequestError
        while self._line():
            pass  # what follows the last one is of no use here

    def _pieces(self, left: int, take: Callable[[bytes], None]) -> None:
        while left:
            if not self._kept and not self._more():
                raise BadPrintRequestError
            left -= self._give(min(left, len(self._kept)), take)

    def _give(self, count: int, take: Callable[[bytes], None]) -> int:
        piece = bytes(self._kept[:count])
        del self._kept[:count]
        take(piece)
        return count

    def _line(self) -> str | None:
        """Without its end; None where nothing comes any more. Raises ``BadPrintRequestError``."""
        while (end := self._kept.find(b"\n")) < 0:
            if len(self._kept) > _MAX_LINE:
                raise BadPrintRequestError
            if not self._more():
                if self._kept:
                    raise BadPrintRequestError
                return None
        line = bytes(self._kept[:end]).removesuffix(b"\r")
        del self._kept[: end + 1]
        if len(line) > _MAX_LINE or b"\r" in line or b"\0" in line:
            raise BadPrintRequestError
        return line.decode("latin-1")

    def _more(self) -> bool:
        piece = self._connection.recv(_PIECE)
        self._kept += piece
        return bool(piece)


def answer(status: str, kind: str = "", body: bytes = b"", last: bool = False) -> bytes:
    """A whole answer. ``status``: number and words. ``last``: the connection is closed after it."""
    lines = [f"HTTP/1.1 {status}", "Server: CUPS/2.4 IPP/2.1", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += ["Connection: close"] if last else []
    return "\r\n".join([*lines, "", ""]).encode() + body
