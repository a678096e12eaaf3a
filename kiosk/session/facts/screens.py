"""What the window shows: frozen data without words. Texts come from the translation file, by key.

``screen_for(state)`` builds one of these; the window draws it and knows nothing else. ``name`` is the
state as ``kiosk status`` gives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kiosk.model.ceremony import Why
from kiosk.model.consent import ConsentLine
from kiosk.model.people import Person
from kiosk.model.programs import Running
from kiosk.model.proof import Assurance
from kiosk.model.second import SecondWanted
from kiosk.session.facts.consent_pages import Piece
from kiosk.session.facts.emergency_screens import Emergency, EmergencyBar, OwedTextScreen
from kiosk.session.facts.enrolment_screens import Enrolment, MyKeys
from kiosk.session.facts.prove_part import Prove
from kiosk.session.facts.screen_parts import LockScreen, Notice, StationStatus


@dataclass(frozen=True, slots=True)
class Reading:
    """``busy``: the card has been read and the service is being asked."""

    status: StationStatus
    busy: bool = False
    name: ClassVar[str] = "reading"


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A tap is not enough: ``why``. ``ends_in``: seconds that are nearly over; None while there is time enough.

    ``person``: None while a key is to say whose it is.

    ``says``: why, in the service's words by language (empty: in any other), where it says more than ``why``.
    """

    status: StationStatus
    person: Person | None
    why: Why
    prove: Prove
    ends_in: int | None = None
    says: tuple[tuple[str, str], ...] = ()
    name: ClassVar[str] = "second_factor"


@dataclass(frozen=True, slots=True)
class Opening:
    """The person's workspace comes."""

    status: StationStatus
    person: Person
    returning: bool
    """The workspace was already running."""
    held: bool = False
    """It is there, and comes when nobody types any more."""
    name: ClassVar[str] = "opening"


@dataclass(frozen=True, slots=True)
class Active:
    """The session bar. ``grace_left`` and ``idle``: seconds. ``notice``: e.g. "You are signed in" on a second tap.

    ``sign``: nobody has touched anything for a while: draw large who is signed in. ``ending``: the session ends
    within a minute, whatever is touched. ``keys_missing``: keys that their roles demand and they have not.
    ``silenced``:
    programs that may not ask for a step-up until their person lets them; ``silences_all``: nor may any that nobody
    registered. ``programs``: a button each. ``reached``: the bar has the keyboard. ``emergency``: the bar is red, and
    the session nobody's. ``owes``: a text about an emergency access.
    """

    status: StationStatus
    person: Person
    assurance: Assurance
    grace_left: int
    idle: int
    notice: Notice | None = None
    help: bool = False
    sign: bool = False
    ending: bool = False
    keys_missing: int = 0
    silenced: tuple[str, ...] = ()
    silences_all: bool = False
    programs: tuple[Running, ...] = ()
    reached: bool = False
    emergency: EmergencyBar | None = None
    owes: bool = False
    name: ClassVar[str] = "active"


@dataclass(frozen=True, slots=True)
class Fading:
    """``seconds``: of the whole warning; the window counts down by itself."""

    status: StationStatus
    person: Person
    seconds: int
    emergency: EmergencyBar | None = None
    name: ClassVar[str] = "fading"


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """What is asked, page ``number`` (from 0) of ``total``. ``painted``: the session knows that it was."""

    pieces: tuple[Piece, ...]
    number: int
    total: int
    painted: bool = False


@dataclass(frozen=True, slots=True)
class StepUp:
    """``lines``: all that is asked and signed, if it has room beside the proof; else the few that are known by heart,
    and ``page`` is read first. ``prove`` is None while the service is being asked, while a purpose must be chosen, and
    while there is a ``page``. ``again``: it was read page by page, and may be once more. ``request_number``: which
    wish.
    ``another``: not the first in a while, and it must not be taken for the one before. ``ready``: its first second is
    over, in which it takes nothing. ``says``: why so much is asked, in the policy's own words, by language. ``second``:
    somebody else has to agree, and is looked for. ``agreeing``: ``person`` is that somebody; None while their key has
    not said who they are. ``emergency``: the red bar above it, where it is asked for in an emergency access.
    """

    status: StationStatus
    person: Person | None
    request_number: int
    lines: tuple[ConsentLine, ...]
    sensitivity: Literal["normal", "sensitive", "restricted"]
    seconds: int
    purposes: tuple[str, ...]
    prove: Prove | None
    page: ConsentPage | None = None
    again: bool = False
    notice: Notice | None = None
    another: bool = False
    ready: bool = True
    says: tuple[tuple[str, str], ...] = ()
    second: SecondWanted | None = None
    agreeing: bool = False
    emergency: EmergencyBar | None = None
    name: ClassVar[str] = "step_up"


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What covered the workspace ended by itself, and why. Goes at a touch, or when nobody types any more."""

    status: StationStatus
    person: Person
    notice: Notice
    name: ClassVar[str] = "aftermath"


@dataclass(frozen=True, slots=True)
class UnknownBadge:
    """Nobody has this badge. ``resembles``: how a known one is like it. ``may_enrol``: offer to enrol it."""

    status: StationStatus
    resembles: Literal["reversed", "truncated"] | None
    may_enrol: bool = True
    name: ClassVar[str] = "unknown_badge"


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """``code``: short, for the help desk. ``key``: the sentence."""

    status: StationStatus
    code: str
    key: str
    name: ClassVar[str] = "out_of_order"


Screen = (
    LockScreen
    | Reading
    | SecondFactor
    | Opening
    | Active
    | Fading
    | StepUp
    | Aftermath
    | UnknownBadge
    | Emergency
    | OwedTextScreen
    | Enrolment
    | MyKeys
    | OutOfOrder
)
