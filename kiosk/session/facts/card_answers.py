"""What the card room answers about a badge, card or key. Each carries the turn of the order that asked."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.card import CardTrouble, KeyFacts
from kiosk.model.enrolment import KeyMade, PivMade, PkocMade
from kiosk.model.proof import Presented, Proof


@dataclass(frozen=True, slots=True)
class Probed:
    turn: int
    presented: Presented


@dataclass(frozen=True, slots=True)
class CardFailed:
    """The card could not be used. ``retries_left``: for WRONG_PIN, as the card says."""

    turn: int
    trouble: CardTrouble
    retries_left: int | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    turn: int
    proof: Proof


@dataclass(frozen=True, slots=True)
class KeyRead:
    turn: int
    facts: KeyFacts


@dataclass(frozen=True, slots=True)
class CredentialMade:
    """A new key made its credential."""

    turn: int
    made: KeyMade


@dataclass(frozen=True, slots=True)
class PivRead:
    turn: int
    made: PivMade


@dataclass(frozen=True, slots=True)
class PkocRead:
    turn: int
    made: PkocMade


CardAnswer = Probed | CardFailed | Signed | KeyRead | CredentialMade | PivRead | PkocRead
