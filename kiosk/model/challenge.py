"""A challenge: asked for, made by the service, and answered once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.proof import Method


@dataclass(frozen=True, slots=True)
class ChallengeAsk:
    """Body of ``POST /v1/ceremonies/{id}/challenge``: sent once method, PIN and purpose are in."""

    method: Method
    purpose: str | None = None
    language: str = "en"
    """In which the screen was drawn."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A server-made challenge: one use, 60 s (of a phone ``expires_in``), for one ceremony, method, person and
    workstation.

    ``nonce``: 32 random bytes, ``challenge``: 32 bytes, both base64url; ``statement``: the RFC 8785
    text that is bound: ``challenge == binding.challenge(label, nonce, statement)``.
    ``openings``: what the statement's commitments hide. ``allow``: credential ids (base64url), empty
    for a discoverable tap; ``guarded``: those of them that a key shows only to a verified user. ``phone``: for
    Method.PHONE; the challenge is then signed there, and not by anything at the workstation.
    ``user_verification``: ``required`` or ``discouraged``.
    """

    ceremony: str
    method: Method
    label: str
    nonce: str
    challenge: str
    statement: str
    expires_in: int
    rp_id: str
    origin: str
    allow: tuple[str, ...] = ()
    user_verification: Literal["required", "discouraged"] = "required"
    openings: tuple[CommitmentOpening, ...] = ()
    guarded: tuple[str, ...] = ()
    phone: PhoneAsk | None = None


@dataclass(frozen=True, slots=True)
class PhoneAsk:
    """What is shown so that a phone can answer. ``uri``: for the QR code. ``number``: six digits, typed into the phone
    (SP 800-63B-4 section 3.1.3.2: transferred, not compared). ``number`` is not in ``uri``."""

    uri: str
    number: str

    def __repr__(self) -> str:
        return "PhoneAsk(•••)"


@dataclass(frozen=True, slots=True)
class CommitmentOpening:
    """``commitment == sha256(salt ‖ value)``; salt base64url of 16 bytes, value text, commitment hex."""

    commitment: str
    salt: str
    value: str
