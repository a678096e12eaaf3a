"""Reads what ``ldapsearch`` prints: LDIF (RFC 2849), one attribute a line. Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from kiosk.service.platform.background import ForeseenError


class NoAnswerError(ForeseenError):
    """The directory did not answer, or not whole: nothing follows from it. The message names nobody."""


@dataclass(slots=True)
class LdapEntry:
    """One entry. ``values``: by attribute in lower case, as bytes, in the order of the answer."""

    dn: str
    values: dict[str, list[bytes]] = field(default_factory=dict)

    def first(self, name: str) -> str | None:
        """The first value as text, None if there is none or it is no text."""
        found = self.values.get(name.lower())
        try:
            return found[0].decode("utf-8") if found else None
        except UnicodeDecodeError:
            return None

    def every(self, name: str) -> list[str]:
        """All values as text."""
        return [value.decode("utf-8", "replace") for value in self.values.get(name.lower(), [])]


def read(said: bytes, most: int) -> list[LdapEntry]:
    """The entries of a whole answer, at most ``most``. Raises ``NoAnswerError`` for one that is not whole: a referral,
    a part of an attribute's values (``member;range=0-1499``), or what is no LDIF."""
    entries: list[LdapEntry] = []
    entry: LdapEntry | None = None
    for line in said.split(b"\n"):
        if line.startswith((b"# ref", b"ref:")):
            raise NoAnswerError("The directory refers to another server for a part. Choose a base that it has whole.")
        if not line:
            entry = None
            continue
        if line.startswith((b"#", b"version:")) or (entry is None and line == b" "):
            continue
        name, value = _line(line)
        if name == "dn":
            entry = LdapEntry(value.decode("utf-8", "replace"))
            entries.append(entry)
            if len(entries) > most:
                raise NoAnswerError(f"The directory has more than {most} entries there. See “most” and “filter”.")
        elif entry is None:
            raise NoAnswerError("The directory's answer cannot be read.")
        elif ";range=" in name:
            raise NoAnswerError("The directory gives a large group's members in parts, which is not read. Split it.")
        else:
            entry.values.setdefault(name.partition(";")[0], []).append(value)
    return entries


def _line(line: bytes) -> tuple[str, bytes]:
    name, colon, rest = line.partition(b":")
    if not colon or line.startswith(b" ") or rest.startswith(b"<"):
        raise NoAnswerError("The directory's answer cannot be read.")
    if not rest.startswith(b":"):
        return name.decode("ascii", "replace").lower(), rest.removeprefix(b" ")
    try:
        return name.decode("ascii", "replace").lower(), base64.b64decode(rest[1:].strip(), validate=True)
    except binascii.Error:
        raise NoAnswerError("The directory's answer cannot be read.") from None
