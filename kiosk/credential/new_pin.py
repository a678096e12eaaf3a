"""A key's new PIN: its first one, or instead of one that it wants changed (CTAP 2.1 sections 6.5.5.5 and 6.5.5.6)."""

from __future__ import annotations

import unicodedata
from threading import Event

from fido2.ctap import CtapDevice, CtapError
from fido2.ctap2.base import Info

from kiosk.credential.ctap import ERR, KnownCtap
from kiosk.credential.errors import InvalidPinError, PinRefusedError, RequestDroppedError
from kiosk.credential.fido2 import one_try
from kiosk.credential.key_info import client_pin
from kiosk.model.secret import Secret

MAX_PIN = 63
"""Bytes of UTF-8 (CTAP 2.1 section 6.5.1)."""
MIN_PIN = 4
"""Characters; a key may want more (``minPINLength``)."""


def set_pin(device: CtapDevice, info: Info, pin: Secret, cancel: Event) -> None:
    """The key's first PIN, by the key's own rules. Raises ``PinRefusedError``."""
    text = _fit(info, pin)
    if cancel.is_set():
        raise RequestDroppedError
    try:
        client_pin(KnownCtap(device, info)).set_pin(text)
    except CtapError as error:
        raise _refused(error) from error


def change_pin(device: CtapDevice, info: Info, old: Secret, pin: Secret, cancel: Event) -> None:
    """``pin`` instead of ``old``, which costs a try if it is wrong. Neither is wiped here.

    Raises ``PinRefusedError`` for what the key does not take, the PIN that it has already among it (section 6.5.5.6),
    and what ``one_try`` raises.
    """
    text, before = _fit(info, pin), unicodedata.normalize("NFC", old.reveal())
    if text == before:
        raise PinRefusedError("the PIN that it has")
    if len(before) < MIN_PIN or len(before.encode()) > MAX_PIN:
        raise InvalidPinError("not the form of a key's PIN")
    pins = client_pin(KnownCtap(device, info))
    try:
        with one_try(pins, cancel, bytes(info.aaguid)):
            pins.change_pin(before, text)
    except CtapError as error:
        raise _refused(error) from error


def _fit(info: Info, pin: Secret) -> str:
    """The PIN in the form in which a key takes it. Raises ``PinRefusedError``."""
    text = unicodedata.normalize("NFC", pin.reveal())
    if len(text) < max(MIN_PIN, int(info.min_pin_length)) or len(text.encode()) > MAX_PIN:
        raise PinRefusedError("not the form of this key's PIN")
    return text


def _refused(error: CtapError) -> Exception:
    return PinRefusedError("the key's own rules") if error.code == ERR.PIN_POLICY_VIOLATION else error
