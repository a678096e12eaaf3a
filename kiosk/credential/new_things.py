"""New keys and cards at the workstation's enrolment: what a key says of its PIN, its first PIN, its credential.

A key's PIN is set, or changed where it wants that, by authenticatorClientPIN (CTAP 2.1 section 6.5.5). That happens
just before the credential is made, with the key still there. Whoever lifts it in between is left with a key that has
the PIN they chose, and nothing else.
"""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any, cast

from kiosk.credential import ceremony, piv, pkoc, uid
from kiosk.credential.ceremony import as_usb, fido2_device
from kiosk.credential.errors import (
    NotAPivCardError,
    NotAPkocBadgeError,
    PinChangeRequiredError,
    PinNotSetError,
    WrongCardError,
    readers_errors_named,
)
from kiosk.credential.probe import seen
from kiosk.model.binding import b64u
from kiosk.model.card import KeyFacts
from kiosk.model.enrolment import KeyMade, KeyOptions, PivMade, PkocMade
from kiosk.model.proof import PivPresented, PkocPresented
from kiosk.model.secret import Secret

if TYPE_CHECKING:  # 42 ms of FIDO2 and 2.6 ms of readers, which badges do not wait for
    from fido2.ctap import CtapDevice
    from fido2.ctap2.base import Info

    from kiosk.credential.hid import UsbKey
    from kiosk.reader.card import OpenCard


def read_key(card: OpenCard | UsbKey, cancel: Event) -> KeyFacts:
    """What the key says of its PIN, asked anew. Raises ``CredentialError``."""
    from kiosk.credential.ctap import keys_errors_named  # 49 ms

    with readers_errors_named(), keys_errors_named(cancel):
        device, info = _asked_anew(card, cancel)
        return _facts(device, info)


def make_key(
    card: OpenCard | UsbKey,
    options: KeyOptions,
    pin: Secret | None,
    set_pin: bool,
    cancel: Event,
    old: Secret | None = None,
) -> KeyMade:
    """A new credential for ``options``. ``pin`` and ``old`` are wiped.

    With ``set_pin`` the key is given ``pin`` first: it has none, or wants ``old`` changed (``forcePINChange``). A PIN
    that need not be changed is not. Raises ``CredentialError``: ``PinRefusedError`` for a PIN that the key does not
    take,
    ``PinChangeRequiredError``, ``PinNotSetError`` for a key that can have none, ``AlreadyEnrolledError`` and what else
    an enrolment meets.
    """
    from kiosk.credential.ctap import keys_errors_named  # 49 ms

    try:
        with readers_errors_named(), keys_errors_named(cancel):
            device, info = _asked_anew(card, cancel)
            if set_pin and pin is not None:
                _give_pin(device, info, pin, old, cancel)
                _forget_info(card)
            elif info.force_pin_change:
                raise PinChangeRequiredError
        with_pin = info.options.get("clientPin") is True or set_pin
        if not with_pin and info.options.get("uv") is not True:
            raise PinNotSetError("the key can have no PIN")
        made = ceremony.make_credential(card, wish(options), options.origin, pin, cancel)
    finally:
        for secret in (pin, old):
            if secret is not None:
                secret.wipe()
    return KeyMade(
        client_data=b64u(made.client_data),
        attestation_object=b64u(made.attestation_object),
        discoverable=made.discoverable,
        built_in_uv=made.key.built_in_uv,
        uid=made.key.uid or _number_of(card),
        guarded=made.guarded,
    )


def wish(options: KeyOptions) -> dict[str, Any]:
    """The options in WebAuthn's JSON form (Level 3, section 5.4): discoverable if it can be, its user verified."""
    return {
        "rp": {"id": options.rp_id, "name": options.rp_id},
        "user": {"id": options.user_handle, "name": options.login, "displayName": options.display_name},
        "challenge": options.challenge,
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in options.algorithms],
        "excludeCredentials": [{"type": "public-key", "id": known} for known in options.exclude],
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "required"},
        "attestation": "direct" if options.attested else "none",
    }


def read_piv(card: OpenCard | UsbKey) -> PivMade:
    """The card's certificates, of its tap (9E) and of its PIN (9A). Raises ``CredentialError``."""

    if as_usb(card) is not None:
        raise NotAPivCardError("a USB key where a PIV card is wanted")
    lent = cast("OpenCard", card)
    with readers_errors_named():
        if not piv.select(lent):
            raise NotAPivCardError("no PIV application")
        tap, signs = piv.read_certificate(lent, "9E"), piv.read_certificate(lent, "9A")
        if tap is None:
            raise NotAPivCardError("PIV without a card authentication certificate")
        number = uid.beside(lent)
    return PivMade(PivPresented(b64u(tap), number), b64u(signs) if signs is not None else None)


def read_pkoc(card: OpenCard | UsbKey) -> PkocMade:
    """The badge's public key, which its try will prove. Raises ``CredentialError``."""

    if as_usb(card) is not None:
        raise NotAPkocBadgeError("a USB key where a badge is wanted")
    lent = cast("OpenCard", card)
    with readers_errors_named():
        return PkocMade(PkocPresented(uid.beside(lent)), pkoc.public_key(lent))


def _asked_anew(card: OpenCard | UsbKey, cancel: Event) -> tuple[CtapDevice, Info]:
    """The key and its getInfo as it is now: whether it has a PIN may have changed since it was probed."""
    from kiosk.credential.fido2 import read_info  # 49 ms

    _forget_info(card)
    device, _ = fido2_device(card, cancel)
    return device, read_info(device)


def _forget_info(card: OpenCard | UsbKey) -> None:

    key = as_usb(card)
    if key is not None:
        key.forget()
    elif cast("OpenCard", card) in seen:
        seen[cast("OpenCard", card)].info = None


def _number_of(card: OpenCard | UsbKey) -> str | None:

    if as_usb(card) is not None:
        return None
    with readers_errors_named():
        return uid.beside(cast("OpenCard", card))


def _facts(device: CtapDevice, info: Info) -> KeyFacts:
    from kiosk.credential.ctap import KnownCtap  # 49 ms
    from kiosk.credential.fido2 import retries  # 49 ms
    from kiosk.credential.key_info import client_pin  # 49 ms
    from kiosk.credential.new_pin import MAX_PIN, MIN_PIN  # 49 ms

    has_pin = info.options.get("clientPin") is True
    left = retries(client_pin(KnownCtap(device, info)))[0] if has_pin else None
    return KeyFacts(
        aaguid=bytes(info.aaguid).hex(),
        has_pin=has_pin,
        can_pin="clientPin" in info.options,
        built_in_uv=info.options.get("uv") is True,
        shortest=max(MIN_PIN, int(info.min_pin_length)),
        longest=min(MAX_PIN, int(info.max_pin_length) or MAX_PIN),
        retries_left=left,
        change_pin=info.force_pin_change is True,
    )


def _give_pin(device: CtapDevice, info: Info, pin: Secret, old: Secret | None, cancel: Event) -> None:
    """Its first PIN, or the next one. ``old`` is shown to no key but one that wants it changed."""
    from kiosk.credential import new_pin  # 49 ms

    if old is None and info.force_pin_change:
        raise PinChangeRequiredError
    if old is None:
        new_pin.set_pin(device, info, pin, cancel)
    elif info.force_pin_change:
        new_pin.change_pin(device, info, old, pin, cancel)
    else:
        raise WrongCardError("its PIN need not be changed")
