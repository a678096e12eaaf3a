"""What the card room is told: which badge, card or key to read, to sign with, or to let go of."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.card import Wanted
from kiosk.model.challenge import Challenge
from kiosk.model.enrolment import KeyOptions
from kiosk.model.secret import Secret


@dataclass(frozen=True, slots=True)
class ProbeCard:
    """Card room: find out what lies on the reader of tap ``tap``, ``wants`` first. → Probed | CardFailed"""

    turn: int
    tap: int
    wants: Wanted | None = None


@dataclass(frozen=True, slots=True)
class SignChallenge:
    """Card room: answer the challenge with the card of tap ``tap``, which is still connected from ``ProbeCard``.

    ``secret``: key or card PIN; wiped by the card room after one use. → Signed | CardFailed
    """

    turn: int
    tap: int
    challenge: Challenge
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class ProbeUsbKey:
    """Card room: take the one USB key that is plugged in, as tap ``tap`` (a negative number). → Probed | CardFailed"""

    turn: int
    tap: int


@dataclass(frozen=True, slots=True)
class DropCard:
    """Card room: cancel what is under way on tap ``tap`` and let go of the card."""

    tap: int


@dataclass(frozen=True, slots=True)
class ReadKey:
    """Card room: what the new key on the reader of tap ``tap`` says of its PIN. → KeyRead | CardFailed"""

    turn: int
    tap: int


@dataclass(frozen=True, slots=True)
class MakeKey:
    """Card room: a new credential on the key of tap ``tap``. → CredentialMade | CardFailed

    ``secret``: its PIN, wiped after use. ``set_pin``: it is given this one first, having none yet, or instead of
    ``old``, which it wants changed and which is wiped, too.
    """

    turn: int
    tap: int
    options: KeyOptions
    secret: Secret | None = None
    set_pin: bool = False
    old: Secret | None = None


@dataclass(frozen=True, slots=True)
class ReadPivCertificates:
    """Card room: the certificates of the new PIV card on the reader of tap ``tap``. → PivRead | CardFailed"""

    turn: int
    tap: int


@dataclass(frozen=True, slots=True)
class ReadPkocKey:
    """Card room: the public key of the new badge on the reader of tap ``tap``. → PkocRead | CardFailed"""

    turn: int
    tap: int


CardOrder = ProbeCard | ProbeUsbKey | SignChallenge | DropCard | ReadKey | MakeKey | ReadPivCertificates | ReadPkocKey
