"""CTAP2 messages: a command byte and a canonical CBOR map in, a status byte and perhaps a map out.

``CtapStatusError`` carries a status other than success (CTAP 2.1 section 8.2); it is how every check of the
authenticator ends a command.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, TypeVar

from fido2 import cbor
from fido2.ctap import CtapError

Status = CtapError.ERR
T = TypeVar("T")


class CtapStatusError(Exception):
    """The command ends with ``status``."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


class Parameters:
    """The parameter map of one command, read with the standard's errors (CTAP 2.1 section 8)."""

    def __init__(self, members: Mapping[Any, Any]) -> None:
        self._members = members

    def __contains__(self, key: object) -> bool:
        return key in self._members

    def optional(self, key: int | str, kind: type[T]) -> T | None:
        """The value, None if absent. Raises ``CtapStatusError(CBOR_UNEXPECTED_TYPE)``."""
        return None if key not in self._members else typed(self._members[key], kind)

    def required(self, key: int | str, kind: type[T]) -> T:
        """The value. Raises ``CtapStatusError`` with MISSING_PARAMETER or CBOR_UNEXPECTED_TYPE."""
        if key not in self._members:
            raise CtapStatusError(Status.MISSING_PARAMETER)
        return typed(self._members[key], kind)

    def inner(self, key: int | str) -> Parameters:
        """A map inside, empty if absent."""
        return Parameters(self.optional(key, dict) or {})


def typed(value: object, kind: type[T]) -> T:
    """``value`` if it is a ``kind``. A CBOR boolean is no integer. Raises ``CtapStatusError(CBOR_UNEXPECTED_TYPE)``."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise CtapStatusError(Status.CBOR_UNEXPECTED_TYPE)
    return value


def parameters(encoded: bytes) -> Parameters:
    """Decode a command's map. Raises ``CtapStatusError(INVALID_CBOR)`` unless it is one canonical CBOR item.

    Encoding it again tells: the decoder lets cut-off strings, doubled or unsorted keys and long integers pass.
    """
    if not encoded:
        return Parameters({})
    try:
        members = cbor.decode(encoded)
        canonical = cbor.encode(members) == encoded
    except (ValueError, KeyError, IndexError, TypeError, struct.error, RecursionError, OverflowError) as error:
        raise CtapStatusError(Status.INVALID_CBOR) from error
    if not canonical:
        raise CtapStatusError(Status.INVALID_CBOR)
    if not isinstance(members, Mapping):
        raise CtapStatusError(Status.CBOR_UNEXPECTED_TYPE)
    return Parameters(members)


def success(members: Mapping[int, Any] | None = None) -> bytes:
    """The answer to a command that went well; members that are None are left out."""
    present = {key: value for key, value in (members or {}).items() if value is not None}
    return b"\x00" + (cbor.encode(present) if present else b"")
