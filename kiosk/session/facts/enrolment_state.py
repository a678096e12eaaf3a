"""What the session remembers while a factor is enrolled, and while a person looks at their own.

``EnrolMode`` is one mode whose ``part`` changes as the service's ``EnrolStep`` does. A part holds what its piece of the
screen needs, and nothing of it outlives the part: a PIN typed for one key is gone with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.model.card import CardTrouble, KeyFacts
from kiosk.model.ceremony import LoginPresented
from kiosk.model.enrolment import EnrolmentView, EnrolRefusal, EnrolStep, FactorsView, PivMade, SessionPresented
from kiosk.model.proof import Presented
from kiosk.model.secret import Secret
from kiosk.session.facts.carried import OpenSession, PendingStep, Proving
from kiosk.session.facts.enrolment_orders import EnrolmentWish
from kiosk.session.facts.screen_parts import Notice


@dataclass(frozen=True, slots=True)
class WhoPhase:
    """Who is it? ``tap``: of the badge or key that is looked at, or asked about. Others as on the screen."""

    typing: Literal["start_code", "login"] | None = None
    wait: int | None = None
    tap: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class AskingPhase:
    """The service is asked, and there is nothing to show yet."""


@dataclass(frozen=True, slots=True)
class ChoosePhase:
    pass


@dataclass(frozen=True, slots=True)
class ProofPhase:
    """The person's own proof, or the second person's, by the step that the service is at."""

    proving: Proving


@dataclass(frozen=True, slots=True)
class SecondPhase:
    """``tap``: of the colleague's badge or key that is looked at, or asked about."""

    tap: int = 0


@dataclass(frozen=True, slots=True)
class HoldPhase:
    """The new thing is wanted on the reader: to be made, or (``again``) to be tried.

    ``tap``: of the one that lies there and is read or written, 0 for none. ``facts``: of the key that was there when
    its PIN was typed; only it gets the PIN. ``pin``: waits for it; ``set_pin``: it is new, and replaces ``old`` on a
    key that wants its PIN changed.
    """

    again: bool
    tap: int = 0
    trouble: CardTrouble | None = None
    facts: KeyFacts | None = None
    pin: Secret | None = None
    set_pin: bool = False
    old: Secret | None = None


@dataclass(frozen=True, slots=True)
class PinPhase:
    """A PIN is typed: the service's own, the new key's or the new card's. Others as on the screen.

    ``tap``: of the key or card that lies ready for it, 0 once it was lifted. ``facts``: of that key. ``first``: a new
    one as typed the first time; with ``change``, one that was chosen already. ``old``: that is to be changed.
    """

    of: Literal["service", "key", "card"]
    purpose: Literal["new", "again", "present", "change"]
    shortest: int = 0
    longest: int = 0
    tap: int = 0
    facts: KeyFacts | None = None
    first: Secret | None = None
    old: Secret | None = None
    differs: bool = False
    same: bool = False
    retries_left: int | None = None
    trouble: CardTrouble | None = None


@dataclass(frozen=True, slots=True)
class CodeAppPhase:
    pass


@dataclass(frozen=True, slots=True)
class CodesPhase:
    """The recovery codes are on the screen. ``printed``: and on paper."""

    printed: bool = False


@dataclass(frozen=True, slots=True)
class TypeCodePhase:
    """One of them is typed: that of this number, which is used up by it."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class DonePhase:
    """``used``: number of the recovery code that was typed to try the set."""

    used: int | None = None


EnrolPhase = (
    WhoPhase
    | AskingPhase
    | ChoosePhase
    | ProofPhase
    | SecondPhase
    | HoldPhase
    | PinPhase
    | CodeAppPhase
    | CodesPhase
    | TypeCodePhase
    | DonePhase
)


@dataclass(frozen=True, slots=True)
class EnrolMode:
    """An enrolment, from who it is to the summary.

    ``session``: whose workspace lies under the cover; None: begun at the lock screen. ``view``: the service's last
    word. ``turn``, ``pending``: the answer awaited, but for those that ``ProofPhase`` awaits. ``presented``: what lies
    there, or was last held. ``who``: said who they are, and may again. ``pin``, ``card``: of the key, and the PIV card,
    that was just made, for its try. ``entry``: as on the screen.
    ``more``: something was added already, and they go on. ``by_codes``: they said that they have recovery codes.
    ``after``: reason and place of a lock that waits until this has ended.
    """

    part: EnrolPhase
    wish: EnrolmentWish = field(default_factory=EnrolmentWish)
    session: OpenSession | None = None
    view: EnrolmentView | None = None
    turn: int = 0
    pending: PendingStep = PendingStep.NOTHING
    seconds: int = 0
    presented: Presented | None = None
    who: Presented | LoginPresented | SessionPresented | None = None
    pin: Secret | None = None
    card: PivMade | None = None
    refusal: EnrolRefusal | None = None
    notice: Notice | None = None
    entry: int = 0
    more: bool = False
    by_codes: bool = False
    after: tuple[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class MyKeysMode:
    """A person's own list over their covered workspace. ``turn``: being fetched, 0 once it is there.

    ``naming``: a name is typed for the chosen one.
    """

    session: OpenSession
    turn: int = 0
    factors: FactorsView | None = None
    chosen: str | None = None
    confirm: bool = False
    naming: bool = False
    notice: Notice | None = None


FINAL = frozenset({EnrolStep.DONE, EnrolStep.REFUSED})


def enrolment_under_way(mode: EnrolMode) -> str | None:
    """Id of the enrolment that the service still waits for."""
    return mode.view.id if mode.view is not None and mode.view.step not in FINAL else None


def taps_held(part: EnrolPhase) -> frozenset[int]:
    """Taps of the cards that this part holds."""
    match part:
        case WhoPhase(tap=tap) | SecondPhase(tap=tap) | HoldPhase(tap=tap) | PinPhase(tap=tap):
            return frozenset({tap}) - {0}
        case ProofPhase(proving=proving):
            return frozenset({proving.key}) - {0}
        case _:
            return frozenset()


def turns_awaited(mode: EnrolMode) -> tuple[int, ...]:
    """Turns whose answers are wanted; 0 for none."""
    return (mode.turn, mode.part.proving.turn if isinstance(mode.part, ProofPhase) else 0)


def secrets_held(mode: EnrolMode) -> tuple[Secret, ...]:
    """Every secret of the wizard."""
    held: list[Secret | None] = [mode.pin]
    match mode.part:
        case HoldPhase(pin=secret, old=old) | PinPhase(first=secret, old=old):
            held += [secret, old]
        case ProofPhase(proving=proving):
            held.append(proving.secret)
        case _:
            pass
    return tuple(secret for secret in held if secret is not None)
