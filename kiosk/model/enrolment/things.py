"""The new factor as it was made, and as it was tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.proof import Fido2Proof, PivPresented, PivProof, PkocPresented, PkocProof, UidPresented


@dataclass(frozen=True, slots=True)
class BadgeMade:
    presented: UidPresented
    kind: Literal["badge"] = "badge"


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A new credential (WebAuthn Level 3, section 5.2.1), base64url. ``built_in_uv``: the key verifies its user.

    ``guarded``: it does not tell that it holds the credential before it has (CTAP 2.1 section 12.1, level 3).
    """

    client_data: str
    attestation_object: str
    discoverable: bool
    built_in_uv: bool
    uid: str | None = None
    guarded: bool = False
    kind: Literal["key"] = "key"


@dataclass(frozen=True, slots=True)
class PivMade:
    """``presented``: the card with its 9E certificate. ``certificate_9a``: DER in base64url, if it has one."""

    presented: PivPresented
    certificate_9a: str | None = None
    kind: Literal["piv"] = "piv"


@dataclass(frozen=True, slots=True)
class PkocMade:
    """``public_key``: as the badge says it, proved by its try. 65 bytes, base64url."""

    presented: PkocPresented
    public_key: str
    kind: Literal["pkoc"] = "pkoc"


@dataclass(frozen=True, slots=True)
class PinMade:
    """A new PIN as typed the first time."""

    pin: str
    kind: Literal["pin"] = "pin"

    def __repr__(self) -> str:
        return "PinMade(pin=•••)"


@dataclass(frozen=True, slots=True)
class Seen:
    """Code app, recovery codes or phone: the screen shows what they need."""

    kind: Literal["seen"] = "seen"


Made = BadgeMade | KeyMade | PivMade | PkocMade | PinMade | Seen


@dataclass(frozen=True, slots=True)
class MadeIn:
    """Body of ``POST /v1/enrolments/{id}/made``."""

    made: Made


@dataclass(frozen=True, slots=True)
class BadgeTried:
    presented: UidPresented
    kind: Literal["badge"] = "badge"


@dataclass(frozen=True, slots=True)
class KeyTried:
    """Over the challenge of ``POST /v1/enrolments/{id}/challenge``."""

    proof: Fido2Proof
    kind: Literal["key"] = "key"


@dataclass(frozen=True, slots=True)
class PivTried:
    """Over the same; by 9A and PIN if the card has a 9A certificate, else by 9E."""

    proof: PivProof
    kind: Literal["piv"] = "piv"


@dataclass(frozen=True, slots=True)
class PkocTried:
    """Over the same."""

    proof: PkocProof
    kind: Literal["pkoc"] = "pkoc"


@dataclass(frozen=True, slots=True)
class TypedTried:
    """The PIN a second time, a code of the app, the recovery code that was asked for, or the number on the phone."""

    text: str
    kind: Literal["typed"] = "typed"

    def __repr__(self) -> str:
        return "TypedTried(text=•••)"


Tried = BadgeTried | KeyTried | PivTried | PkocTried | TypedTried


@dataclass(frozen=True, slots=True)
class TryIn:
    """Body of ``POST /v1/enrolments/{id}/try``."""

    tried: Tried
