"""The text of a list as personnel systems and spreadsheets write it: its encoding, and its lines.

A byte order mark says what a file is; without one it must be UTF-8, or UTF-16, which its zeros tell. Anything else is a
guess, and a guess at names is not taken in silence: whoever brings the list is told how it would read, and says so with
``--encoding``. A workbook or a web page, which programs also write when asked for a list, is called what it is.
"""

from __future__ import annotations

import codecs
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE

USUAL = "cp1252"
"""What a Western European spreadsheet writes when it does not write Unicode (Windows-1252)."""
SHOWN = 60
_WITH_MARK = (
    (BOM_UTF8, "utf-8-sig"),
    (BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
)
_SHOWN_AS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32"}
_UNICODE = ("utf-8", "utf-8-sig", "utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
_DOS_END = "\x1a"
"""Ctrl-Z, with which programs of the days of DOS end a text."""
_OTHER_FILES = (
    (b"PK\x03\x04", "a workbook of a spreadsheet (.xlsx, .ods) or another ZIP file"),
    (bytes.fromhex("D0CF11E0A1B11AE1"), "a workbook of an older spreadsheet (.xls)"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "a document of a word processor (RTF)"),
    (b"\x1f\x8b", "compressed (gzip)"),
)
_MARKUP = re.compile(rb"\s*<(!doctype|html|table|\?xml|head|meta)\b", re.IGNORECASE)


class EncodingError(ValueError):
    """The bytes are no text of that encoding; the message is a sentence."""


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text of ``data``, and the name of its encoding. ``encoding``: as somebody said. Raises ``EncodingError``."""
    kind = _other_file(data)
    if kind:
        raise EncodingError(f"The file is {kind}, not a list as text. Save it as “CSV UTF-8”.")
    if encoding is not None:
        return _said(data, encoding)
    for mark, name in _WITH_MARK:
        if data.startswith(mark):
            return _said(data, name)
    if (unmarked := _by_its_zeros(data)) is not None:
        return _said(data, unmarked)
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        raise EncodingError(_guess(data, error)) from None


def lines(text: str) -> list[str]:
    """Its lines without their ends: LF, CR LF or CR; some programs end lines by one and write another inside cells."""
    return text.rstrip(_DOS_END).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def once(text: str) -> str | None:
    """What ``text`` was before UTF-8 was read as Windows-1252: “Müller” of “MÃ¼ller”. None if it was not."""
    if text.isascii():
        return None
    try:
        before = text.encode(USUAL).decode("utf-8")
    except UnicodeError:
        return None
    return before if before != text else None


def _said(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        found = codecs.lookup(encoding)
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EncodingError(
            f"The file is not {encoding}: byte {_byte(data, error.start)} in line {line} means nothing in it."
        ) from None
    except (LookupError, ValueError):  # ValueError: a name with strange bytes in it, or a codec that reads nothing
        raise EncodingError(f"There is no encoding “{encoding}”. Usual ones are utf-8, cp1252 and utf-16.") from None
    if found.name not in _UNICODE and (meant := _as_utf8(data)) is not None:
        raise EncodingError(f"The file is UTF-8, in which a line of it reads “{meant}”. Leave --encoding out.")
    return text.removeprefix("\ufeff"), _SHOWN_AS.get(encoding, found.name)


def _as_utf8(data: bytes) -> str | None:
    """The first line that shows it, if a file is UTF-8 with more than ASCII; None for any other file."""
    if data.isascii():
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return _piece(next(line for line in lines(text) if not line.isascii()))


def _piece(line: str) -> str:
    return re.sub(r"\s+", " ", line).strip()[:SHOWN]


def _other_file(data: bytes) -> str | None:
    """What a file is that no encoding makes a list of, by its first bytes; None if nothing is known against it."""
    for mark, kind in _OTHER_FILES:
        if data.startswith(mark):
            return kind
    start = data[:512].replace(b"\0", b"").lstrip(BOM_UTF8 + BOM_UTF16_LE)
    if _MARKUP.match(start):
        return "a web page or XML, whatever its name ends in"
    return None


def _by_its_zeros(data: bytes) -> str | None:
    """UTF-16 without a mark: the first line, which names columns, has a zero in every second byte."""
    first = data[:64]
    even, odd = first[0::2], first[1::2]
    most = len(odd) * 3 // 4
    if len(first) < 8 or len(data) % 2:
        return None
    if odd.count(0) >= most and not even.count(0):
        return "utf-16-le"
    if even.count(0) >= most and not odd.count(0):
        return "utf-16-be"
    return _by_its_line_ends(data)


def _by_its_line_ends(data: bytes) -> str | None:
    """UTF-16 of other letters than Latin: zeros at one place of two alone, line ends of two bytes among them."""
    zeros = data[0::2].count(0), data[1::2].count(0)
    encoding = "utf-16-le" if zeros[0] == 0 < zeros[1] else "utf-16-be" if zeros[1] == 0 < zeros[0] else None
    if encoding is None:
        return None
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return encoding if "\n" in text or "\r" in text else None


def _guess(data: bytes, error: UnicodeDecodeError) -> str:
    line = data.count(b"\n", 0, error.start) + 1
    sentence = f"The file is not UTF-8: byte {_byte(data, error.start)} in line {line}."
    start = data.rfind(b"\n", 0, error.start) + 1
    piece = data[start : data.find(b"\n", error.start) if b"\n" in data[error.start :] else len(data)]
    try:
        shown = _piece(piece.decode(USUAL))
    except UnicodeDecodeError:
        return f"{sentence} Say what it is with --encoding, or save it as “CSV UTF-8”."
    return (
        f"{sentence} As Windows-1252 that line reads “{shown}”. If that is right, repeat with --encoding {USUAL};"
        " else save the file as “CSV UTF-8”."
    )


def _byte(data: bytes, at: int) -> str:
    return f"{data[at]:02X}"
