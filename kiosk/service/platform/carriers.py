"""Certificates and lists in files that are about more: LDIF of a directory (RFC 2849), JSON of keys (RFC 7517)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.service.platform import pem_parts

_FOLD = re.compile(rb"\r?\n ")
_ENTRY = re.compile(rb"^([A-Za-z][A-Za-z0-9.-]*)(?:;[A-Za-z0-9;-]+)?::[ ]*([^\r\n]*)\r?$", re.MULTILINE)
"""An attribute in base64, with its options (RFC 4523 section 2: ``;binary``)."""
_ATTRIBUTES = frozenset(
    {
        b"cacertificate",
        b"usercertificate",
        b"certificaterevocationlist",
        b"authorityrevocationlist",
        b"deltarevocationlist",
    }
)
"""RFC 4523 section 2, in lower case: directories do not look at it."""


@dataclass(frozen=True, slots=True)
class CarriedValue:
    """``where``: in words. ``der``: None for one that is no base64."""

    where: str
    der: bytes | None


def values(data: bytes) -> Iterator[CarriedValue]:
    """Each in its order; none of a file of another kind."""
    if data.lstrip()[:1] == b"{":
        yield from _of_keys(data)
        return
    if data[:1] == b"0" or b"::" not in data:  # DER is no text
        return
    found = (entry for entry in _ENTRY.finditer(_FOLD.sub(b"", data)) if entry[1].lower() in _ATTRIBUTES)
    for number, entry in enumerate(found, 1):
        yield CarriedValue(f"Value {number} ({entry[1].decode('ascii')})", pem_parts.decoded(entry[2]))


def _of_keys(data: bytes) -> Iterator[CarriedValue]:
    """``x5c`` of a key, or of each of a set (RFC 7517 sections 4.7 and 5)."""
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        return
    keys = whole.get("keys", [whole])
    for number, key in enumerate(keys if isinstance(keys, list) else [], 1):
        path = key.get("x5c") if isinstance(key, dict) else None
        for place, text in enumerate(path if isinstance(path, list) else [], 1):
            if isinstance(text, str):
                yield CarriedValue(f"Key {number}, certificate {place}", pem_parts.decoded(text.encode()))
