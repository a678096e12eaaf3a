"""The door of the room: dispatches one act on a card or USB key, and lets only ``CredentialError`` out."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping
from hmac import compare_digest
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from kiosk.credential import piv, pkoc
from kiosk.credential.errors import (
    ChallengeNotBoundError,
    NotAKeyError,
    NotAPivCardError,
    NotAPkocBadgeError,
    RequestDroppedError,
    readers_errors_named,
)
from kiosk.credential.probe import ProbedCard, probe_card, seen
from kiosk.model import binding
from kiosk.model.card import Wanted
from kiosk.model.challenge import Challenge
from kiosk.model.proof import Fido2Proof, Method, PivProof, PkocProof, Presented
from kiosk.model.secret import Secret

if TYPE_CHECKING:  # 42 ms of FIDO2 and 2.6 ms of readers, which badges do not wait for
    from fido2.ctap import CtapDevice
    from fido2.ctap2.base import Info
    from fido2.webauthn import PublicKeyCredentialCreationOptions  # 32 ms

    from kiosk.credential.enrol import Made
    from kiosk.credential.hid import UsbKey
    from kiosk.reader.card import OpenCard

_SIGN_IN = (binding.SIGN_IN_LABEL, binding.OFFLINE_LABEL)
LABELS: dict[Method, frozenset[str]] = {
    Method.FIDO2: frozenset({*_SIGN_IN, binding.STEP_UP_LABEL, binding.ENROL_LABEL}),
    Method.PIV_PIN: frozenset({*_SIGN_IN, binding.STEP_UP_LABEL, binding.ENROL_LABEL}),
    Method.FIDO2_TAP: frozenset({*_SIGN_IN, binding.ENROL_LABEL}),
    Method.PIV_TAP: frozenset({*_SIGN_IN, binding.ENROL_LABEL}),
    Method.PKOC_TAP: frozenset({binding.SIGN_IN_LABEL, binding.ENROL_LABEL}),
}
"""What a method may sign. A tap that needs no act of the person never approves a step-up."""


class HasNoApdus(Protocol):
    """A ``UsbKey``, told apart from a card without loading ``fido2``."""

    device: CtapDevice

    def info(self) -> Info: ...
    def forget(self) -> None: ...


def warm_up() -> None:
    """Load what the first card would wait for (100 to 400 ms)."""
    for module in ("ctap", "fido2", "hid"):
        importlib.import_module(f"kiosk.credential.{module}")


def probe(card: OpenCard | UsbKey, rp_id: str = "", wants: Wanted | None = None) -> Presented:
    """What lies on the reader; of a card that is several things, what ``wants`` names.

    ``rp_id`` stays here: no key is asked for credentials before a challenge.

    Raises ``CredentialError``.
    """
    key = as_usb(card)
    if key is not None:
        from kiosk.credential.fido2 import presented  # 49 ms

        return presented(key.info())
    with readers_errors_named():
        return probe_card(cast("OpenCard", card), wants)


def open_usb_key() -> UsbKey:
    """The one USB key that is plugged in. Raises ``NoUsbKeyError``, ``SeveralUsbKeysError``."""
    from kiosk.credential.hid import open_usb_key  # 49 ms

    return open_usb_key()


def sign(
    card: OpenCard | UsbKey, challenge: Challenge, secret: Secret | None, cancel: Event
) -> Fido2Proof | PivProof | PkocProof:
    """Answer ``challenge`` with ``card``; ``secret`` (a key's or card's PIN) is used at most once and wiped.

    ``cancel`` is new for each ceremony; setting it ends the wait for a touch. Raises ``CredentialError``:
    ``ChallengeNotBoundError`` before anything is sent if the challenge does not hash what it says, ``WrongCardError``
    for another kind of card.
    """
    try:
        _check_bound(challenge)
        if cancel.is_set():
            raise RequestDroppedError
        with readers_errors_named():
            if challenge.method in (Method.FIDO2, Method.FIDO2_TAP):
                return _sign_fido2(card, challenge, secret, cancel)
            if challenge.method is Method.PKOC_TAP:
                return _sign_pkoc(card, challenge)
            return _sign_piv(card, challenge, secret, cancel)
    finally:
        if secret is not None:
            secret.wipe()


def make_credential(
    card: OpenCard | UsbKey,
    options: PublicKeyCredentialCreationOptions | Mapping[str, Any],
    origin: str,
    pin: Secret | None,
    cancel: Event | None = None,
) -> Made:
    """Enrol the key: a new credential for ``options`` (the object, or its JSON form, with or without ``publicKey``).

    ``pin`` is wiped. Raises ``CredentialError``, and ``ValueError`` for options that are none.
    """
    from fido2.webauthn import PublicKeyCredentialCreationOptions  # 32 ms

    from kiosk.credential import enrol  # 49 ms

    try:
        try:
            wanted = PublicKeyCredentialCreationOptions.from_dict(options.get("publicKey", options))
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError("not the options of a new credential") from error
        with readers_errors_named():
            stop = cancel or Event()
            device, info = fido2_device(card, stop)
            return enrol.make_credential(device, wanted, origin, pin, stop, info)
    finally:
        if pin is not None:
            pin.wipe()


def _check_bound(challenge: Challenge) -> None:
    """The challenge is the hash of what it claims, under a label of its method, and for its own origin."""
    if challenge.label not in LABELS.get(challenge.method, frozenset()):
        raise ChallengeNotBoundError("a label that this method never signs")
    try:
        named = binding.unb64u(challenge.challenge)
        computed = binding.challenge(challenge.label, binding.unb64u(challenge.nonce), challenge.statement.encode())
        url = urlsplit(challenge.origin)
        host = url.hostname
    except ValueError as error:
        raise ChallengeNotBoundError("a challenge that cannot be read") from error
    if not compare_digest(named, computed):
        raise ChallengeNotBoundError("the challenge is not the hash of its statement")
    if url.scheme != "https" or host != challenge.rp_id:
        raise ChallengeNotBoundError("the origin is not the relying party's")


def _sign_fido2(card: OpenCard | UsbKey, challenge: Challenge, secret: Secret | None, cancel: Event) -> Fido2Proof:
    from kiosk.credential import fido2  # 49 ms

    device, info = fido2_device(card, cancel)
    return fido2.sign(device, challenge, secret, cancel, info)


def _sign_piv(card: OpenCard | UsbKey, challenge: Challenge, secret: Secret | None, cancel: Event) -> PivProof:
    if as_usb(card) is not None:
        raise NotAPivCardError("a USB key where a PIV card is asked for")
    lent = cast("OpenCard", card)
    slot: piv.Slot = "9A" if challenge.method is Method.PIV_PIN else "9E"
    if not piv.select(lent):
        raise NotAPivCardError("no PIV application")
    certificate = seen.get(lent, ProbedCard()).certificate if slot == "9E" else None
    certificate = certificate or piv.read_certificate(lent, slot)
    if certificate is None:
        raise NotAPivCardError(f"no certificate in slot {slot}")
    if slot == "9A":
        if cancel.is_set():
            raise RequestDroppedError
        piv.verify_pin(lent, secret, hashlib.sha256(certificate).digest())
    signature = piv.sign(lent, slot, certificate, binding.unb64u(challenge.challenge))
    return PivProof(slot=slot, certificate=binding.b64u(certificate), signature=binding.b64u(signature))


def _sign_pkoc(card: OpenCard | UsbKey, challenge: Challenge) -> PkocProof:
    if as_usb(card) is not None:
        raise NotAPkocBadgeError("a USB key where a badge is asked for")
    return pkoc.sign(cast("OpenCard", card), binding.unb64u(challenge.challenge))


def fido2_device(card: OpenCard | UsbKey, cancel: Event) -> tuple[CtapDevice, Info | None]:
    """The key's CTAP device, its application selected, and its getInfo if somebody has asked already."""
    key = as_usb(card)
    if key is not None:
        return key.device, key.info()
    from kiosk.credential import ctap  # 49 ms

    lent = cast("OpenCard", card)
    if not ctap.select(lent):
        raise NotAKeyError("no FIDO2 application")
    return ctap.NfcKey(lent, cancel), seen.get(lent, ProbedCard()).info


def as_usb(card: OpenCard | UsbKey) -> HasNoApdus | None:
    """The USB key, None for a card on a reader."""
    return None if hasattr(card, "transmit") else cast(HasNoApdus, card)
