"""What the session carries from mode to mode: an open session, a proof being given, a card being looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kiosk.model.card import CardTrouble, ReaderRole, Tap
from kiosk.model.ceremony import CeremonyView, LoginPresented
from kiosk.model.challenge import PhoneAsk
from kiosk.model.consent import Consent
from kiosk.model.people import Person
from kiosk.model.proof import Assurance, Method, Presented
from kiosk.model.refusal import RefusalCode
from kiosk.model.secret import Secret
from kiosk.session.facts.enrolment_orders import ShownEnrolment


@dataclass(frozen=True, slots=True)
class OpenSession:
    """The session that is open here. ``tap`` opened it (0: typed login), on a reader of ``role``.

    ``keys_missing``, ``language``: as in ``SessionView``.
    """

    id: str
    person: Person
    assurance: Assurance
    grace_left: int
    presented: Presented | LoginPresented
    tap: int
    role: ReaderRole | None
    keys_missing: int = 0
    language: str = ""
    emergency: bool = False
    """Nobody's: an emergency access, and the station's own workspace."""
    owes: bool = False
    """Their person owes a text about an emergency access."""


@dataclass(frozen=True, slots=True)
class RunningWorkspace:
    """A workspace that runs here, shown or not, and the session it belongs to. ``way``: the one that its person picked
    for a step-up that was granted; the next one begins with it."""

    session: str
    person: Person
    way: Method | None = None


@dataclass(frozen=True, slots=True)
class Cooling:
    """The programs of a workspace must wait. ``login``: whose; None for the station's own programs.

    ``level``: wishes in a row that were not granted. ``left``: seconds, at most, until the next one is let in; 0: it
    may come, and the level is not forgotten yet. ``turned_away``: wishes since.
    """

    login: str | None
    level: int
    left: int
    turned_away: int = 0


@dataclass(frozen=True, slots=True)
class Silence:
    """``by`` (a login) said "Not me" to a program, and it asks them nothing any more.

    ``login``: as in ``Cooling``. ``who``: the program, as the system tells it; "" for all of that workspace.
    ``program``: as it was shown. ``turned_away``: wishes since.
    """

    by: str
    login: str | None
    who: str
    program: str
    turned_away: int = 0


@dataclass(frozen=True, slots=True)
class Askers:
    """Which programs may not ask for a step-up now."""

    cooling: tuple[Cooling, ...] = ()
    silences: tuple[Silence, ...] = ()


class PendingStep(StrEnum):
    """What an awaited answer will answer."""

    NOTHING = "nothing"
    PROBE = "probe"
    BEGIN = "begin"
    CHALLENGE = "challenge"
    SIGN = "sign"
    SEND = "send"
    ASK = "ask"
    """The service, about an enrolment."""
    READ = "read"
    """A new key or card, beyond what it is."""
    MAKE = "make"
    """A new key makes its credential."""
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Closed:
    """A way that too many wrong tries have closed. ``until``: epoch seconds; None: until there is a new secret."""

    method: Method
    until: int | None


@dataclass(frozen=True, slots=True)
class Proving:
    """One method being given to a ceremony; shared by second factor, step-up and enrolment.

    ``turn`` and ``pending``: the answer awaited. ``secret``: a key's or card's PIN that waits for its card.
    ``key``: tap of the card that signs or lies ready to (negative: USB), 0 for none. ``handed``: the card
    room was given the secret. ``shown``, ``login``: the step-up or enrolment, and who signs, as the
    screen says; ``language``: in which it says so. ``by_length``: a PIN whose last digit sent it is being checked;
    ``by_enter``: one that was sent so was wrong, and may be a longer one, so that Enter sends the next;
    ``missed``: keys came while it was ``settling``, and were taken for nothing. ``phone``: what a phone needs, while
    its answer is awaited; None in stage ``phone``: a new code is to be asked for. ``by_pin``: the sensor of their key
    is blocked, so that it waits for its PIN (CTAP 2.1 section 6.5.5.7).
    Others as in ``screens.Prove``.
    """

    view: CeremonyView
    method: Method
    stage: Literal["type", "hold", "wait", "phone"] = "type"
    pending: PendingStep = PendingStep.NOTHING
    turn: int = 0
    secret: Secret | None = None
    key: int = 0
    handed: bool = False
    purpose: str | None = None
    shown: Consent | ShownEnrolment | None = None
    login: str | None = None
    retries_left: int | None = None
    trouble: CardTrouble | None = None
    refusal: RefusalCode | None = None
    wait: int | None = None
    closed: Closed | None = None
    again: bool = False
    entry: int = 0
    language: str = "en"
    by_length: bool = False
    by_enter: bool = False
    settling: bool = False
    missed: bool = False
    phone: PhoneAsk | None = None
    by_pin: bool = False


@dataclass(frozen=True, slots=True)
class Probing:
    """A card that is being looked at beside what else goes on."""

    turn: int
    tap: Tap
