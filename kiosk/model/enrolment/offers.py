"""What is needed to make the new factor: the service's side of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """What a new key is asked (WebAuthn Level 3, section 5.4). Binary fields base64url.

    ``exclude``: credential ids that the key may not hold already. ``algorithms``: COSE, best first. ``attested``: ask
    who made it.
    """

    rp_id: str
    origin: str
    challenge: str
    user_handle: str
    login: str
    display_name: str
    exclude: tuple[str, ...]
    algorithms: tuple[int, ...]
    attested: bool


@dataclass(frozen=True, slots=True)
class CodeAppOffer:
    """A new secret. ``uri``: otpauth, for the QR code. ``secret``: the same as text, base32 in groups of four."""

    uri: str
    secret: str

    def __repr__(self) -> str:
        return "CodeAppOffer(•••)"


@dataclass(frozen=True, slots=True)
class PhoneOffer:
    """Where a phone is paired. ``uri``: for the QR code; whoever opens it first is paired, if their number is typed."""

    uri: str

    def __repr__(self) -> str:
        return "PhoneOffer(•••)"


@dataclass(frozen=True, slots=True)
class RecoveryOffer:
    """Ten codes, numbered from 1, each of digits in groups of four; shown this once. ``expires``: epoch seconds."""

    codes: tuple[str, ...]
    expires: int

    def __repr__(self) -> str:
        return "RecoveryOffer(•••)"


@dataclass(frozen=True, slots=True)
class Make:
    """What is needed to make the new factor; of these one at most. A badge that began it (``new``) is taken as it is:
    it goes to TRY at once.

    ``pin_shortest``, ``pin_longest``: characters. ``until``: end of a temporary badge, epoch seconds. ``number``: which
    recovery code is to be typed, in TRY; it is used by that.
    """

    key: KeyOptions | None = None
    code_app: CodeAppOffer | None = None
    recovery: RecoveryOffer | None = None
    pin_shortest: int = 0
    pin_longest: int = 0
    until: int | None = None
    number: int | None = None
    phone: PhoneOffer | None = None
