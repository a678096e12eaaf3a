"""What the window shows: frozen data without words. Texts come from the translation file, by key.

``screen_for(state)`` builds one of these; the window draws it and knows nothing else. ``name`` is the
state as ``kiosk status`` gives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from kiosk.session.enrol_screens import Enrolment as Enrolment
from kiosk.session.enrol_screens import MyKeys as MyKeys
from kiosk.session.lockscreen import Locked as Locked
from kiosk.session.lockscreen import NetworkHealth as NetworkHealth
from kiosk.session.lockscreen import Notice as Notice
from kiosk.session.lockscreen import Surroundings as Surroundings
from kiosk.session.lockscreen import Waiting as Waiting

if TYPE_CHECKING:
    from kiosk.model.card import CardTrouble
    from kiosk.model.ceremony import MethodOffer, RefusalCode, Why
    from kiosk.model.people import Person
    from kiosk.model.proof import Assurance, Method


@dataclass(frozen=True, slots=True)
class Reading:
    """``busy``: the card has been read and the service is being asked."""

    around: Surroundings
    busy: bool = False
    name: ClassVar[str] = "reading"


@dataclass(frozen=True, slots=True)
class Prove:
    """The part that second factor and step-up share: picking a method and giving it.

    ``stage``: ``type`` a secret is wanted in the field (service PIN, code, key PIN or card PIN, by ``method``);
    ``hold`` the key or card is to be held to the reader now; ``wait`` being checked. ``digits_only``: draw the
    keypad; else a text field (a key's PIN may hold any characters). ``retries_left`` None: not known yet.
    ``entry``: changes whenever the field must be emptied and focused anew. ``number``: of the recovery code wanted.
    """

    offers: tuple[MethodOffer, ...]
    method: Method
    stage: Literal["type", "hold", "wait"]
    digits_only: bool
    retries_left: int | None = None
    last_try: bool = False
    trouble: CardTrouble | None = None
    refusal: RefusalCode | None = None
    wait: int | None = None
    entry: int = 0
    number: int | None = None


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A tap is not enough: ``why``."""

    around: Surroundings
    person: Person
    why: Why
    prove: Prove
    name: ClassVar[str] = "second_factor"


@dataclass(frozen=True, slots=True)
class Opening:
    """The person's workspace comes."""

    around: Surroundings
    person: Person
    returning: bool
    """The workspace was already running."""
    name: ClassVar[str] = "opening"


@dataclass(frozen=True, slots=True)
class Active:
    """The session bar. ``grace_left`` and ``idle``: seconds. ``notice``: e.g. "You are signed in" on a second tap.

    ``sign``: nobody has touched anything for a while: draw large who is signed in. ``ending``: the session ends
    within a minute, whatever is touched. ``keys_missing``: keys that her roles demand and she has not.
    """

    around: Surroundings
    person: Person
    assurance: Assurance
    grace_left: int
    idle: int
    notice: Notice | None = None
    help: bool = False
    sign: bool = False
    ending: bool = False
    keys_missing: int = 0
    name: ClassVar[str] = "active"


@dataclass(frozen=True, slots=True)
class Fading:
    """``seconds``: of the whole warning; the window counts down by itself."""

    around: Surroundings
    person: Person
    seconds: int
    name: ClassVar[str] = "fading"


@dataclass(frozen=True, slots=True)
class StepUp:
    """``prove`` is None while the service is being asked, or while a purpose must be chosen first."""

    around: Surroundings
    person: Person
    program: str
    origin: str | None
    action: str
    resource: str
    records: int
    sensitivity: Literal["normal", "sensitive", "restricted"]
    seconds: int
    purpose: str | None
    purposes: tuple[str, ...]
    prove: Prove | None
    notice: Notice | None = None
    name: ClassVar[str] = "step_up"


@dataclass(frozen=True, slots=True)
class UnknownBadge:
    """Nobody has this badge. ``resembles``: how a known one is like it. ``may_enrol``: offer to enrol it."""

    around: Surroundings
    resembles: Literal["reversed", "truncated"] | None
    may_enrol: bool = True
    name: ClassVar[str] = "unknown_badge"


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """``code``: short, for the help desk. ``key``: the sentence."""

    around: Surroundings
    code: str
    key: str
    name: ClassVar[str] = "out_of_order"


Screen = (
    Locked
    | Reading
    | SecondFactor
    | Opening
    | Active
    | Fading
    | StepUp
    | UnknownBadge
    | Enrolment
    | MyKeys
    | OutOfOrder
)
