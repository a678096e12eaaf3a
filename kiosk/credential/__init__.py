"""Turns a lent card into a proof: ``uid``, ``piv``, ``fido2``, ``pkoc``, and USB keys through the same door.

    probe(card, rp_id) -> Presented                    what lies there, nothing proved
    sign(card, challenge, secret, cancel) -> Proof     the answer to one challenge of the service
    open_usb_key() -> UsbKey                           to be used as a card
    make_credential(card, options, origin, pin) -> Made
    read_key(card, cancel) -> KeyFacts                 a new key: what it says of its PIN
    make_key(card, options, pin, set_pin, cancel, old) -> KeyMade
    read_piv(card) -> PivMade                          a new PIV card: its certificates
    read_pkoc(card) -> PkocMade                        a new PKOC badge: its public key

All run on the card thread, one at a time, and raise ``CredentialError`` (``errors``) and nothing else. ``card`` is
the reader room's lent ``OpenCard`` or a ``UsbKey``. Importing this costs nothing: ``fido2`` and ``cryptography`` are
loaded when the first card needs them; ``warm_up`` does it ahead of time, off the screen's thread.
"""

from __future__ import annotations

from kiosk.credential.ceremony import make_credential, open_usb_key, probe, sign, warm_up
from kiosk.credential.errors import ChallengeNotBoundError, CredentialError, RequestDroppedError
from kiosk.credential.new_things import make_key, read_key, read_piv, read_pkoc

__all__ = [
    "ChallengeNotBoundError",
    "CredentialError",
    "RequestDroppedError",
    "make_credential",
    "make_key",
    "open_usb_key",
    "probe",
    "read_key",
    "read_piv",
    "read_pkoc",
    "sign",
    "warm_up",
]
