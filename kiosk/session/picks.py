"""What a person picks and types at the screen: the rest of what the screens send, wanted after the lock screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # screens that ask for none of these wait for none
    from kiosk.model.enrolment import FactorKind
    from kiosk.model.proof import Method
    from kiosk.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Chosen:
    """A method was picked on the second-factor or step-up screen."""

    method: Method


@dataclass(frozen=True, slots=True)
class Typed:
    """Enter was pressed in the secret field (service PIN, key PIN, card PIN or code)."""

    secret: Secret


@dataclass(frozen=True, slots=True)
class LoginTyped:
    login: str


@dataclass(frozen=True, slots=True)
class KindPicked:
    """What is to be added."""

    kind: FactorKind


@dataclass(frozen=True, slots=True)
class FactorPicked:
    """One of My keys was pressed; the same again closes it. ``mark``: as in ``FactorView``."""

    mark: str


@dataclass(frozen=True, slots=True)
class PurposePicked:
    purpose: str
