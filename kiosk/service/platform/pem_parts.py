"""A file cut at its PEM markers (RFC 7468), and the bytes of a part, however mail, editors and settings have put it."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9#. ]{1,60})-----")
_LINE = re.compile(rb"\r\n|\r|\n")
_HEADER = re.compile(rb"\s*[A-Za-z][A-Za-z0-9-]*:[^\r\n]*(?:[\r\n]+[ \t][^\r\n]*)*")
"""RFC 1421 section 4.6: "Proc-Type: …" above the text, an empty line between."""
MAX_HEADERS = 20
_MARKS = b" \t\r\n\v\f>\"'"
"""Stands among the digits where the part was quoted in a mail or a settings file."""
_ESCAPED = re.compile(rb"\\[rn]|(?<==)3D|\xc2?\xa0|\xef\xbb\xbf|\xe2\x80[\x8b-\x8f]")
"""Line ends as JSON writes them, "=" as mail does; no-break spaces, byte order marks and what else web pages bring."""
_FOR_ADDRESSES = bytes.maketrans(b"-_", b"+/")
"""The other two digits of base64url (RFC 4648 section 5)."""
_DIGITS = re.compile(rb"[A-Za-z0-9+/]*={0,2}")


@dataclass(frozen=True, slots=True)
class PemPart:
    """``where``: in words. ``text``: between its markers, None where its end is missing. ``behind``: up to the next."""

    where: str
    label: str
    text: bytes | None
    behind: bytes


def cut(data: bytes, most: int) -> tuple[bytes, list[PemPart]] | None:
    """What is in front of the first part, and the parts; None if there are more than ``most``."""
    found = list(_BEGIN.finditer(data))
    if len(found) > most:
        return None
    line, counted, parts = 1, 0, []
    for number, begin in enumerate(found, 1):
        label = begin[1].decode("ascii")
        following = found[number].start() if number < len(found) else len(data)
        mark = b"-----END " + begin[1] + b"-----"
        end = data.find(mark, begin.end(), following)
        line += len(_LINE.findall(data, counted, begin.start()))
        counted = begin.start()
        where = f"Part {number} (line {line}, {label.lower()})"
        text, behind = (None, b"") if end < 0 else (data[begin.end() : end], data[end + len(mark) : following])
        parts.append(PemPart(where, label, text, behind))
    return data[: found[0].start()] if found else data, parts


def decoded(text: bytes) -> bytes | None:
    """The bytes that ``text`` stands for in base64, its headers left out; None if it does not."""
    for _ in range(MAX_HEADERS):
        header = _HEADER.match(text)
        if header is None:
            break
        text = text[header.end() :]
    digits = _ESCAPED.sub(b"", text).translate(_FOR_ADDRESSES, _MARKS)
    if not digits or not _DIGITS.fullmatch(digits):
        return None
    try:
        return base64.b64decode(digits.rstrip(b"=") + b"=" * (-len(digits.rstrip(b"=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
