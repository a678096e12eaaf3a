"""authenticatorGetInfo, read as the standard lets keys write it (CTAP 2.2 section 6.4).

A platform ignores members that it does not know. So only what is used here has to make sense: a null, a fraction or
a type of the future in a field that nobody asks for, and bytes after the map, turn no key away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cbor2
from fido2.ctap import CtapDevice, CtapError
from fido2.ctap2.base import Ctap2, Info
from fido2.ctap2.pin import ClientPin
from fido2.hid import CTAPHID

from kiosk.credential import cbor_map
from kiosk.credential.errors import GarbledCardError, KeyTooNewError

PROTOCOLS_KNOWN = frozenset(protocol.VERSION for protocol in ClientPin.PROTOCOLS)
AAGUID, AAGUID_BYTES = 3, 16
MIN_MESSAGE = 1024
"""Bytes of a message that every key takes (``maxMsgSize`` where it says nothing)."""


def ask(device: CtapDevice) -> Info:
    """The key's getInfo. Raises ``CtapError``, and ``GarbledCardError`` where a field that is used makes no sense."""
    answer = device.call(CTAPHID.CBOR, bytes((Ctap2.CMD.GET_INFO,)))
    if answer[0] != 0:
        raise CtapError(answer[0])
    return read(answer[1:])


def read(encoded: bytes) -> Info:
    """Of a getInfo map in CBOR, what this program uses. Raises ``GarbledCardError``."""
    found = cbor_map.members(encoded)
    if found is None:
        raise GarbledCardError("a key's getInfo that is no map in CBOR")
    try:
        said = {number: cbor2.loads(found[number]) for number in (AAGUID, *USED) if number in found}
    except (cbor2.CBORError, RecursionError) as error:
        raise GarbledCardError("a field of a key's getInfo that is no CBOR") from error
    aaguid = said.get(AAGUID)
    if not isinstance(aaguid, bytes) or len(aaguid) != AAGUID_BYTES:
        raise GarbledCardError("a key without its AAGUID")
    return Info.from_dict({AAGUID: aaguid, **_present(said)})


def client_pin(ctap: Ctap2) -> ClientPin:
    """Raises ``KeyTooNewError`` for a key that knows none of our PIN/UV auth protocols (section 6.5.4)."""
    said = ctap.info.pin_uv_protocols
    if said and not PROTOCOLS_KNOWN.intersection(said):
        raise KeyTooNewError(f"PIN protocols {', '.join(str(number) for number in said)}")
    return ClientPin(ctap)


def _present(said: Mapping[int, object]) -> dict[int, object]:
    found = {number: take(said[number]) for number, take in USED.items() if number in said}
    return {number: value for number, value in found.items() if value is not None}


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _numbers(value: object) -> list[int]:
    return [item for item in value if _is_number(item)] if isinstance(value, list) else []


def _switches(value: object) -> dict[str, bool]:
    pairs = value.items() if isinstance(value, Mapping) else ()
    return {name: state for name, state in pairs if isinstance(name, str) and isinstance(state, bool)}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and _is_number(value) else None


def _size(value: object) -> int | None:
    number = _number(value)
    return number if number is not None and number >= MIN_MESSAGE else None


def _switch(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32


USED: dict[int, Callable[[object], object]] = {
    1: _texts,  # versions
    2: _texts,  # extensions
    4: _switches,  # options
    5: _size,  # maxMsgSize
    6: _numbers,  # pinUvAuthProtocols
    7: _number,  # maxCredentialCountInList
    8: _number,  # maxCredentialIdLength
    12: _switch,  # forcePINChange
    13: _number,  # minPINLength
    29: _number,  # maxPINLength
}
"""The fields that this program uses, by number; anything else is not looked at."""
