"""What is presented and what is proved: from a card's first bytes to an assurance.

``Presented`` is what a tap shows before anything is proved (a name, at best). A ``Proof``
answers one challenge of the service, for one factor. ``Assurance`` is what the proofs of a
ceremony add up to; only the service computes it.

All binary fields are base64url without padding (RFC 7515 section 2) wherever a field's name
does not say otherwise, because these types are also what goes over the wire as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from kiosk.model.badge import NumberSource
from kiosk.model.pkoc import IdentifierBytes


class Method(StrEnum):
    """A way to prove something, as offered on the second-factor and step-up screens."""

    PIN = "pin"
    """A PIN known to the service (memorised secret, checked centrally)."""
    OTP = "otp"
    """A one-time code of an authenticator app (RFC 6238)."""
    FIDO2 = "fido2"
    """A FIDO2 key with user verification (CTAP 2.1), over NFC or USB."""
    FIDO2_TAP = "fido2_tap"
    """A FIDO2 key by touch alone, no user verification: possession."""
    PIV_TAP = "piv_tap"
    """A PIV card's card-authentication key 9E, no PIN (SP 800-73): possession."""
    PIV_PIN = "piv_pin"
    """A PIV card's authentication key 9A, unlocked by the card's PIN."""
    PKOC_TAP = "pkoc_tap"
    """A PKOC badge, which signs for any reader and without its person's doing (PSIA PKOC 1.1): possession."""
    RECOVERY = "recovery"
    """A recovery code, asked for by number. Opens an enrolment, never a session (SP 800-63B-4 section 4.2)."""
    PHONE = "phone"
    """A yes on the person's own phone, by its passkey with user verification. Answers a step-up, and nothing else."""


@dataclass(frozen=True, slots=True)
class UidPresented:
    """A badge that only has a number. A name, not a proof.

    ``uid``: upper-case hex of 4 to 16 bytes, as ``model.badge.canonical`` makes them. ``source``: whose number it is.
    """

    uid: str
    kind: Literal["uid"] = "uid"
    source: NumberSource = field(default="uid", compare=False)


@dataclass(frozen=True, slots=True)
class PivPresented:
    """A PIV card. ``certificate``: its card-authentication certificate (9E), DER in base64url.

    ``uid`` is the contactless number, where the reader gives one (upper-case hex), so that the
    service can refuse the card as a bare badge.
    """

    certificate: str
    uid: str | None = None
    kind: Literal["piv"] = "piv"


@dataclass(frozen=True, slots=True)
class Fido2Presented:
    """A FIDO2 authenticator; who it belongs to shows only when it signs.

    ``aaguid``: 32 hex digits as the authenticator claims it.
    ``has_pin``: getInfo option ``clientPin`` is true. ``built_in_uv``: option ``uv`` is true. ``always_uv``: option
    ``alwaysUv`` is true, so that it signs nothing before its user is verified (CTAP 2.1 section 7.2).
    """

    aaguid: str
    has_pin: bool
    built_in_uv: bool
    uid: str | None = None
    always_uv: bool = False
    kind: Literal["fido2"] = "fido2"


@dataclass(frozen=True, slots=True)
class PkocPresented:
    """A PKOC badge; who it belongs to shows only when it signs. ``uid``: as for a PIV card."""

    uid: str | None = None
    kind: Literal["pkoc"] = "pkoc"


Presented = UidPresented | PivPresented | Fido2Presented | PkocPresented


@dataclass(frozen=True, slots=True)
class PinProof:
    """The PIN as typed. Travels only inside TLS, is never stored or logged."""

    pin: str
    method: Literal["pin"] = "pin"

    def __repr__(self) -> str:
        return "PinProof(pin=•••)"


@dataclass(frozen=True, slots=True)
class OtpProof:
    """A one-time code as typed: six or eight digits."""

    code: str
    method: Literal["otp"] = "otp"

    def __repr__(self) -> str:
        return "OtpProof(code=•••)"


@dataclass(frozen=True, slots=True)
class RecoveryProof:
    """The recovery code that was asked for by ``number``, as typed: digits, spaces and hyphens allowed."""

    number: int
    code: str
    method: Literal["recovery"] = "recovery"

    def __repr__(self) -> str:
        return "RecoveryProof(code=•••)"


@dataclass(frozen=True, slots=True)
class Fido2Proof:
    """An assertion (WebAuthn Level 3, section 5.2.2), each field base64url."""

    credential_id: str
    authenticator_data: str
    client_data: str
    signature: str
    user_handle: str | None = None
    method: Literal["fido2"] = "fido2"


@dataclass(frozen=True, slots=True)
class PivProof:
    """A PIV key's signature over the ceremony's labelled message.

    ``slot``: ``9E`` or ``9A``. ``certificate``: the slot's certificate (DER, base64url).
    ``signature``: ECDSA in ASN.1 DER, or RSA PKCS#1 v1.5; base64url; over SHA-256 of the message
    for P-256 and RSA, SHA-384 for P-384.
    """

    slot: Literal["9E", "9A"]
    certificate: str
    signature: str
    method: Literal["piv"] = "piv"


@dataclass(frozen=True, slots=True)
class PkocProof:
    """A PKOC badge's signature over its transaction identifier: the challenge's first ``identifier_bytes``.

    ``public_key``: 65 bytes, an uncompressed point of P-256. ``signature``: 64 bytes, r and s, of ECDSA with SHA-256.
    """

    public_key: str
    signature: str
    identifier_bytes: IdentifierBytes = 32
    method: Literal["pkoc"] = "pkoc"


@dataclass(frozen=True, slots=True)
class PhoneProof:
    """The phone has answered: the service has its signature already, and is asked to take it."""

    method: Literal["phone"] = "phone"


Proof = PinProof | OtpProof | RecoveryProof | Fido2Proof | PivProof | PkocProof | PhoneProof


@dataclass(frozen=True, slots=True)
class Assurance:
    """What the proofs add up to. ``acr`` one of the ``ACR_*`` names, ``amr`` per RFC 8176.

    ``auth_time``: when the last proof was verified, seconds since the epoch (service's clock).
    """

    acr: str
    amr: tuple[str, ...]
    auth_time: int


ACR_IDENTIFIED = "urn:kiosk:identified"
"""A bare badge number, or grace: somebody said a name. No ``amr``."""
ACR_PIN = "urn:kiosk:pin"
"""Badge number and PIN: ``pin``."""
ACR_POSSESSION = "urn:kiosk:possession"
"""PIV 9E, PKOC, or FIDO2 without user verification: ``pop``."""
ACR_MFA = "urn:kiosk:mfa"
"""PIN and one-time code: ``pin otp mfa``. A yes on a phone: ``pop user mfa mca``."""
ACR_PHR = "phr"
"""Phishing-resistant (OpenID EAP ACR values): FIDO2 with user verification, PIV 9A with PIN."""
ACR_PHRH = "phrh"
"""Phishing-resistant and hardware-protected: the same, with attestation or a trusted chain."""

ACR_RANK: dict[str, int] = {
    ACR_IDENTIFIED: 0,
    ACR_PIN: 1,
    ACR_POSSESSION: 1,
    ACR_MFA: 2,
    ACR_PHR: 3,
    ACR_PHRH: 4,
}
"""Order by which policies compare; a PIN and bare possession are one factor each."""
