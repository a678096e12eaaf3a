"""What a person picks and types at the screen: all but ``buttons``, which the lock screen sends."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.model.enrolment import FactorKind
from kiosk.model.proof import Method
from kiosk.model.secret import Secret


@dataclass(frozen=True, slots=True)
class MethodPicked:
    """A method was picked on the second-factor or step-up screen."""

    method: Method


@dataclass(frozen=True, slots=True)
class Keyed:
    """A character was typed at the end of the secret field ``entry`` (``EntryView.number``)."""

    entry: int
    character: Secret


@dataclass(frozen=True, slots=True)
class Erased:
    """Its last character was taken back; ``whole``: all of them."""

    entry: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """Enter was pressed in it."""

    entry: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A key was pressed in it while it takes nothing. Which one is not said."""

    entry: int


@dataclass(frozen=True, slots=True)
class Peeked:
    """The eye beside it is held, so that what was typed is to be seen; ``on`` False: no longer."""

    entry: int
    on: bool


Key = Keyed | Erased | Entered | Missed | Peeked
"""How many there were, and when, is nobody's business: no log and no trace has them."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was entered. Said by the session itself, to its present mode; from anybody else it is not believed.

    ``by_length``: its last digit entered it, without Enter.
    """

    secret: Secret
    by_length: bool = False


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
class FactorNamed:
    """A name was typed for the one of My keys that is open."""

    name: str


@dataclass(frozen=True, slots=True)
class SealedCodeTyped:
    """A sealed code, as it was typed."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TextTyped:
    """What somebody writes about an emergency access."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasonPicked:
    """Why emergency access is needed; one of the policy's reasons."""

    reason: str


@dataclass(frozen=True, slots=True)
class PurposePicked:
    purpose: str


@dataclass(frozen=True, slots=True)
class PageShown:
    """The window has painted what is asked in a step-up: its page ``number``, from 0. ``language``: such as ``en``;
    ``request_number``: of which wish."""

    request_number: int
    number: int
    language: str


Chosen = (
    MethodPicked
    | LoginTyped
    | PurposePicked
    | ReasonPicked
    | SealedCodeTyped
    | TextTyped
    | KindPicked
    | FactorPicked
    | FactorNamed
)
"""What a person picks or types on purpose, besides buttons and secrets."""
