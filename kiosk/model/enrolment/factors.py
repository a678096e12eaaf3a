"""What a person may have: kinds of factors, one factor, all of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kiosk.model import drawable
from kiosk.model.people import Person


class FactorKind(StrEnum):
    """What a person may have (SP 800-63B-4: authenticators)."""

    BADGE = "badge"
    TEMPORARY_BADGE = "temporary_badge"
    """A badge with an end, for one who left theirs at home."""
    KEY = "key"
    """A FIDO2 key."""
    PIV = "piv"
    PKOC = "pkoc"
    """A badge that proves itself by a public key (PSIA PKOC)."""
    CODE_APP = "totp"
    PIN = "pin"
    RECOVERY_CODES = "recovery"
    PHONE = "phone"
    """The person's own phone, on which they approve step-ups."""


NAMEABLE = frozenset({FactorKind.KEY, FactorKind.PIV, FactorKind.PKOC, FactorKind.PHONE})
"""What a person may have several of, told apart by names of their own."""
MAX_NAME = 40


def check_name(name: str) -> None:
    """Raises ``NotDrawableError`` for a name that no screen could show whole."""
    drawable.check("name", name, "sentence", MAX_NAME)


@dataclass(frozen=True, slots=True)
class NameIn:
    """Body of ``POST /v1/sessions/{id}/factors/{mark}/name``. ``name``: 1 to 40 characters that can be drawn."""

    name: str


@dataclass(frozen=True, slots=True)
class FactorView:
    """One factor of a person. Times in epoch seconds. ``mark``: its short id. ``picture``: a ``data:`` URL, or empty.

    ``state``: ``lost`` is suspended because it was reported so. ``hardware``: attested as such. ``ended``: ``until``
    has come, by the service's clock.
    """

    mark: str
    kind: FactorKind
    name: str
    added: int
    model: str | None = None
    picture: str = ""
    last_used: int | None = None
    until: int | None = None
    state: Literal["active", "suspended", "lost"] = "active"
    hardware: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class FactorsView:
    """Answer of ``GET /v1/sessions/{id}/factors``. ``keys_missing``: phishing-resistant factors that their roles demand
    beyond those they have. ``may_add``: kinds that policy lets them add here and now."""

    person: Person
    factors: tuple[FactorView, ...]
    keys_missing: int
    recovery_left: int
    may_add: tuple[FactorKind, ...]
