"""What one kind of factor does in an enrolment: ``FactorHandler`` to the steps, ``TypedHandler`` to whoever adds one.

A kind has a frozen dataclass for what it *offers* (made before the person begins) and for what *waits* once the new
factor was made. Both are kept as JSON, sealed in the enrolment's row; nothing else is kept between two requests. The
steps see that JSON alone, so that a new kind changes none of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from kiosk.model.binding import Json
from kiosk.model.enrolment import EnrolRefusalCode, Made, Make, Tried
from kiosk.model.proof import Method, UidPresented
from kiosk.service.audit.evidence import BoundChallenge as SignedChallenge
from kiosk.service.enrolment.refused import EnrolmentRefusedError
from kiosk.service.shared.frame import Frame
from kiosk.service.store import stored_json
from kiosk.service.store.enrolments import EnrolmentRow, Move
from kiosk.service.store.errors import UnreadableRowError
from kiosk.service.store.factors import Kind
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.stored_json import UnreadableError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance  # what typing calls "an instance of any dataclass"; no module at run time

Stored = Mapping[str, object]
"""A JSON object in ``pending``."""
Told = dict[str, Json]
"""What every row of the trail about the new factor says: on which proof, and on whose word."""


@dataclass(frozen=True, slots=True)
class PinDone:
    """What a thread made of a PIN before the transaction: its Argon2id hash, or whether it is the one of ``stored``."""

    stored: str = field(repr=False)
    right: bool = True


@dataclass(frozen=True, slots=True)
class Issued:
    """A challenge that is used up now. ``digest``: the 32 bytes that were to be signed."""

    bound: SignedChallenge
    digest: bytes


@dataclass(frozen=True, slots=True)
class Situation:
    """One request to an enrolment: its row, and whose it is. ``pin``: see ``PinDone``.

    ``issued``: the challenge of a try, if there is one that is still good.
    """

    frame: Frame
    row: EnrolmentRow
    known: StoredPerson
    pin: PinDone | None = None
    issued: Issued | None = None

    def challenge(self) -> Issued:
        """What was to be signed. Raises ``EnrolmentRefusedError`` where nothing was, or too late."""
        if self.issued is None:
            raise EnrolmentRefusedError(EnrolRefusalCode.BAD_ANSWER, "no live challenge")
        return self.issued


@dataclass(frozen=True, slots=True)
class BoundFactor:
    """A factor that is the person's now. ``kind``, ``id``: where the store keeps it.

    ``method``: as the trail says how it was tried; ``evidence``: of the try, where something was signed.
    """

    kind: Kind
    id: str
    method: str | None = None
    evidence: Told | None = None


@dataclass(frozen=True, slots=True)
class Signing:
    """How a new factor signs when it is tried. ``allow``, ``guarded``: credential ids, base64url."""

    method: Method
    allow: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """How the new factor is shown before it is bound. ``mark``: short id, empty if it has none yet.

    ``until``: its end, epoch seconds. ``hardware``: attested as such.
    """

    name: str
    mark: str = ""
    model: str | None = None
    until: int | None = None
    hardware: bool = False


class FactorHandler(Protocol):
    """One kind of factor, as the steps of an enrolment use it. ``name``: what the list of factors calls it."""

    name: str
    shown_again: bool
    """Whether ``make`` is asked for once more while it is tried."""

    def offer(self, at: Situation) -> Stored:
        """Made anew whenever it may be made: challenge, secret, codes."""

    def make(self, at: Situation, offer: Stored) -> Make:
        """What the screen needs to have it made."""

    def takes(self, sent: Made) -> bool:
        """Whether that is what is made for this kind."""

    def made(self, at: Situation, sent: Made, offer: Stored) -> Stored:
        """What waits for its try. Raises ``EnrolmentRefusedError``."""

    def tries(self, sent: Tried) -> bool:
        """Whether that is how this kind is tried."""

    def bound(self, at: Situation, sent: Tried, waiting: Stored, told: Told) -> BoundFactor:
        """It was tried and is the person's. Raises ``EnrolmentRefusedError``, with nothing changed."""

    def signing(self, waiting: Stored) -> Signing | None:
        """What it signs its try with; None for what is not tried by signing."""

    def summary(self, waiting: Stored) -> Summary:
        """How it is shown while it is tried."""

    def begun_by(self, frame: Frame, new: UidPresented) -> Made | None:
        """An unknown badge that began the enrolment, as this kind; None where it is none. Raises
        ``EnrolmentRefusedError``."""

    def move(self, at: Situation, waiting: Stored) -> Move | None:
        """Whose it is, if somebody else's who can agree to give it up. Raises ``EnrolmentRefusedError``."""

    def instead(self, at: Situation, sent: Made) -> tuple[EnrolmentRow, Made]:
        """The row and what was made, where that makes another kind of it."""


T = TypeVar("T")
OfferT = TypeVar("OfferT", bound="DataclassInstance")
WaitingT = TypeVar("WaitingT", bound="DataclassInstance")
SentT = TypeVar("SentT")
TriedT = TypeVar("TriedT")
CheckedT = TypeVar("CheckedT")


@dataclass(frozen=True, slots=True)
class NoOffer:
    """Of a kind for which nothing has to be ready before it is made."""


class TypedHandler(ABC, Generic[OfferT, WaitingT, SentT, TriedT, CheckedT]):
    """A ``FactorHandler`` out of five typed steps: the JSON is read and written here, strictly.

    ``OfferT``, ``WaitingT``: dataclasses of what is kept. ``SentT``, ``TriedT``: what the workstation sends, of
    ``kiosk.model.enrolment``. ``CheckedT``: what a good try showed, for ``bind``; None if that is nothing.
    """

    name: str
    shown_again = False
    offer_type: type[OfferT]
    waiting_type: type[WaitingT]
    sent_type: type[SentT]
    tried_type: type[TriedT]

    @abstractmethod
    def prepare(self, at: Situation) -> OfferT:
        """What has to be ready before it is made."""

    def describe(self, at: Situation, offer: OfferT) -> Make:
        """What the screen needs to have it made."""
        return Make()

    @abstractmethod
    def accept(self, at: Situation, sent: SentT, offer: OfferT) -> WaitingT:
        """What waits for its try. Raises ``EnrolmentRefusedError``."""

    @abstractmethod
    def check(self, at: Situation, tried: TriedT, waiting: WaitingT) -> CheckedT:
        """It works. Raises ``EnrolmentRefusedError``. Changes nothing but counters of what was used."""

    @abstractmethod
    def bind(self, at: Situation, waiting: WaitingT, checked: CheckedT, told: Told) -> BoundFactor:
        """It is the person's, with its row ``factor_added``. Raises ``EnrolmentRefusedError``, with nothing changed."""

    def signs(self, waiting: WaitingT) -> Signing | None:
        """What it signs its try with; None for what is not tried by signing."""
        return None

    def sum_up(self, waiting: WaitingT) -> Summary:
        """How it is shown while it is tried."""
        return Summary(self.name)

    def owner(self, at: Situation, waiting: WaitingT) -> Move | None:
        """Whose it is, if somebody else's who can agree to give it up. Raises ``EnrolmentRefusedError``."""
        return None

    def begun_by(self, frame: Frame, new: UidPresented) -> Made | None:
        return None

    def instead(self, at: Situation, sent: Made) -> tuple[EnrolmentRow, Made]:
        return at.row, sent

    def offer(self, at: Situation) -> Stored:
        return stored_json.write(self.prepare(at))

    def make(self, at: Situation, offer: Stored) -> Make:
        return self.describe(at, kept(self.offer_type, offer))

    def takes(self, sent: Made) -> bool:
        return isinstance(sent, self.sent_type)

    def made(self, at: Situation, sent: Made, offer: Stored) -> Stored:
        if not isinstance(sent, self.sent_type):
            raise EnrolmentRefusedError(EnrolRefusalCode.WRONG_THING)
        return stored_json.write(self.accept(at, sent, kept(self.offer_type, offer)))

    def tries(self, sent: Tried) -> bool:
        return isinstance(sent, self.tried_type)

    def bound(self, at: Situation, sent: Tried, waiting: Stored, told: Told) -> BoundFactor:
        if not isinstance(sent, self.tried_type):
            raise EnrolmentRefusedError(EnrolRefusalCode.WRONG_THING)
        mine = kept(self.waiting_type, waiting)
        return self.bind(at, mine, self.check(at, sent, mine), told)

    def signing(self, waiting: Stored) -> Signing | None:
        return self.signs(kept(self.waiting_type, waiting))

    def summary(self, waiting: Stored) -> Summary:
        return self.sum_up(kept(self.waiting_type, waiting))

    def move(self, at: Situation, waiting: Stored) -> Move | None:
        return self.owner(at, kept(self.waiting_type, waiting))


def kept(kind: type[T], found: Stored) -> T:
    """Raises ``UnreadableRowError``."""
    try:
        return stored_json.read(kind, found)
    except UnreadableError as error:
        raise UnreadableRowError("enrolment", "under way", str(error)) from None
