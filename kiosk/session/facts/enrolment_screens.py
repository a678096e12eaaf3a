"""What the window shows while a factor is enrolled, and a person's own list of factors. Frozen data without words.

``Enrolment`` is one screen whose ``part`` changes, under steps drawn at the top, so that people see how far it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kiosk.model.card import CardTrouble
from kiosk.model.enrolment import EnrolAct, EnrolRefusal, FactorKind, FactorView, SecondMay, SecondWhy
from kiosk.model.people import Person
from kiosk.session.facts.prove_part import Prove
from kiosk.session.facts.screen_parts import Notice, StationStatus
from kiosk.session.facts.secret_field import NOTHING_TYPED, EntryView

Trail = Literal["who", "proof", "new", "try", "done"]
"""The steps at the top, always these five in this order (without ``new`` and ``try`` for a lost factor)."""


@dataclass(frozen=True, slots=True)
class EnrolWho:
    """Who are you: tap a badge or key, or type. ``typing``: a field is open for a start code or a login; None: choose.

    A tap counts while a field is open, too. An unknown badge that began it opens the start code's at once.

    ``wait``: seconds until it may be tried; the keypad is off. ``again``: it is on again. ``busy``: being looked up.
    """

    typing: Literal["start_code", "login"] | None = None
    entry: EntryView = NOTHING_TYPED
    wait: int | None = None
    busy: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class EnrolChoose:
    """What is to be added: one button each."""

    kinds: tuple[FactorKind, ...]
    keys_missing: int = 0


@dataclass(frozen=True, slots=True)
class EnrolProve:
    """A proof: the person's own, or (``second``) of the colleague who vouches for them.

    ``may_ask``: offer ``Button.ASK_COLLEAGUE``, for one who has not at hand what proves it is them. ``moves``: the
    second person agrees that somebody else's badge, which may be their own, becomes the person's.
    """

    prove: Prove
    second: bool
    may_ask: bool = False
    moves: bool = False


@dataclass(frozen=True, slots=True)
class EnrolSecond:
    """Ask a colleague to tap. ``may``: who; ``why``: what they vouch for."""

    may: SecondMay
    why: SecondWhy
    busy: bool = False


@dataclass(frozen=True, slots=True)
class EnrolHold:
    """Hold the new thing (``again``: once more, to try it) to the reader. ``busy``: stay, it is being read or written.

    ``usb``: a key may be plugged in instead.
    """

    again: bool
    busy: bool = False
    trouble: CardTrouble | None = None
    usb: bool = False


@dataclass(frozen=True, slots=True)
class EnrolPin:
    """A PIN is typed. ``of``: the service's own, or the new key's, or the new PIV card's.

    ``purpose``: ``new`` choose one, ``again`` the same once more, ``present`` the one that key or card has already,
    ``change`` the same, of a key that wants another one. ``differs``: twice typed, not twice the same. ``same``: as the
    one that is to be changed. ``shortest``: characters. ``digits_only``: draw the keypad. ``retries_left``: the
    key's own word.
    """

    of: Literal["service", "key", "card"]
    purpose: Literal["new", "again", "present", "change"]
    shortest: int
    longest: int
    digits_only: bool
    entry: EntryView = NOTHING_TYPED
    differs: bool = False
    same: bool = False
    retries_left: int | None = None
    trouble: CardTrouble | None = None
    busy: bool = False


@dataclass(frozen=True, slots=True)
class EnrolCodeApp:
    """Draw ``uri`` as a QR code and ``secret`` as text; a code of it is typed (``Typed``) on the same screen."""

    uri: str
    secret: str
    entry: EntryView = NOTHING_TYPED
    busy: bool = False

    def __repr__(self) -> str:
        return "EnrolCodeApp(•••)"


@dataclass(frozen=True, slots=True)
class EnrolPhone:
    """Draw ``uri`` as a QR code; the number that the phone shows is typed (``Typed``) on the same screen."""

    uri: str
    entry: EntryView = NOTHING_TYPED
    busy: bool = False

    def __repr__(self) -> str:
        return "EnrolPhone(•••)"


@dataclass(frozen=True, slots=True)
class EnrolCodes:
    """The recovery codes, this once. ``can_print``: the station has a printer. ``printed``: it was sent there."""

    codes: tuple[str, ...]
    can_print: bool
    printed: bool = False
    busy: bool = False

    def __repr__(self) -> str:
        return "EnrolCodes(•••)"


@dataclass(frozen=True, slots=True)
class EnrolTypeCode:
    """Type the recovery code of this number, to show that it is at hand."""

    number: int
    entry: EntryView = NOTHING_TYPED
    busy: bool = False


@dataclass(frozen=True, slots=True)
class EnrolDone:
    """The summary. ``more``: something else may be added at once.

    ``used``: number of the recovery code that was typed to try the set, and is used up by that. ``signs_in``: False
    where they have a badge alone, and cannot sign in yet.
    """

    factor: FactorView
    keys_missing: int
    more: bool
    used: int | None = None
    signs_in: bool = True


@dataclass(frozen=True, slots=True)
class EnrolBusy:
    """The service is being asked."""


EnrolPanel = (
    EnrolWho
    | EnrolChoose
    | EnrolProve
    | EnrolSecond
    | EnrolHold
    | EnrolPin
    | EnrolCodeApp
    | EnrolPhone
    | EnrolCodes
    | EnrolTypeCode
    | EnrolDone
    | EnrolBusy
)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """``at``: the present step of the trail. ``person``: whose it is to be. ``refusal``: the last failed try.

    ``back``: one step back is possible. ``second``: who vouches or has vouched. ``seconds``: until it ends by itself,
    counted from when this number was given. A refusal's sentence is ``enrol_refusal.<code>``, with ``{wait}``; one that
    ended the enrolment is the ``Notice`` of that key on the screen that follows.
    """

    status: StationStatus
    act: EnrolAct
    at: Trail
    part: EnrolPanel
    seconds: int
    person: Person | None = None
    second: Person | None = None
    kind: FactorKind | None = None
    back: bool = False
    refusal: EnrolRefusal | None = None
    notice: Notice | None = None
    name: ClassVar[str] = "enrolment"


@dataclass(frozen=True, slots=True)
class MyKeys:
    """A person's factors. ``chosen``: mark of the one that was pressed, with its acts (report lost, replace).

    ``confirm``: really lost? ``naming``: a name is typed for it (``FactorNamed``). ``busy``: the list is being fetched.
    ``Button.ADD`` asks what is to be added; ``KindPicked`` is taken here, too, and saves that touch: a key, the most
    wanted, has its own button.
    """

    status: StationStatus
    person: Person
    factors: tuple[FactorView, ...]
    keys_missing: int
    recovery_left: int
    may_add: tuple[FactorKind, ...]
    chosen: str | None = None
    confirm: bool = False
    naming: bool = False
    busy: bool = False
    notice: Notice | None = None
    name: ClassVar[str] = "my_keys"
