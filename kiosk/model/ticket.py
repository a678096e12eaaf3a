"""A downtime ticket: what the service says, ahead of time, that one workstation may believe while it is away.

A compact JWS by the service's own key, ``typ`` ``kiosk-downtime+jwt``, whose payload is a ``Ticket``. It holds public
keys and no secret: whoever reads it learns whose keys open what, and can open nothing. Where the policy allows a PIN,
the workstation keeps a verifier of its own beside it (``kiosk.downtime.pins``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TYP = "kiosk-downtime+jwt"
MAX_TICKET = 65_536
"""Characters."""


@dataclass(frozen=True, slots=True)
class TicketKey:
    """A FIDO2 key of the person. ``id``: of the credential; ``key``: COSE_Key in CBOR; both base64url.

    ``count``: the highest signature counter that the service saw. ``built_in``: it verifies its user by itself.
    """

    id: str
    key: str
    count: int
    eligible: bool
    built_in: bool = False
    hardware: bool = False
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class TicketCard:
    """A PIV card. Certificates in DER, base64url: of 9E, and of 9A where it has one. ``hardware``: by its CA."""

    certificate_9e: str
    certificate_9a: str | None = None
    hardware: bool = False


@dataclass(frozen=True, slots=True)
class TicketPerson:
    """As ``people.Person``, and ``handle``: the user handle that their keys know them by, base64url."""

    id: str
    login: str
    name: str
    roles: tuple[str, ...]
    handle: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """RFC 7800 section 3.1: ``jkt``, the RFC 7638 thumbprint of the only workstation key that may use the ticket."""

    jkt: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """``aud``: id of the workstation. ``nbf``, ``exp``: epoch seconds. ``policy``: mark of the policy it was made by.
    ``session``: the one with which it was given.

    ``allow``: ``reopen`` a workspace that waits here, or ``open`` one that does not. ``verify``: whether the key must
    verify its user (their PIN or finger) besides being there. ``pin``: the badge and PIN with which it was given may be
    checked there too: nowhere, where the workstation has a seal, or without one.
    """

    iss: str
    aud: str
    jti: str
    sub: str
    cnf: Confirmation
    iat: int
    nbf: int
    exp: int
    policy: str
    session: str
    allow: Literal["reopen", "open"]
    verify: bool
    person: TicketPerson
    keys: tuple[TicketKey, ...] = ()
    cards: tuple[TicketCard, ...] = ()
    pin: Literal["", "sealed", "unsealed"] = ""
