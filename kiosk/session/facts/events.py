"""Everything that can happen to a workstation, as frozen facts. The session's only input.

Readers send ``model.card``'s ``Tap``, ``Lift`` and ``ReadersChanged`` as they are. Answers carry the number of the
turn that asked (``turn``): each order that expects an answer has one, and an answer with an old number is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.card import CardTrouble, KeyFacts, Lift, ReadersChanged, Tap
from kiosk.model.ceremony import CeremonyView, Challenge
from kiosk.model.emergency import EmergencyOffer
from kiosk.model.enrolment import EnrolmentView, FactorsView, KeyMade, PivMade, PkocMade
from kiosk.model.health import AwayCause
from kiosk.model.owed_text import OwedTexts
from kiosk.model.people import Person, StationView
from kiosk.model.proof import Presented, Proof
from kiosk.model.stepup import Asker, StepUpAsk
from kiosk.model.wire import StationEvent
from kiosk.session.facts.alarm_names import AnyAlarm
from kiosk.session.facts.buttons import Button as Button
from kiosk.session.facts.buttons import KeyPress as KeyPress
from kiosk.session.facts.buttons import Pressed as Pressed
from kiosk.session.facts.person_input import Entered as Entered
from kiosk.session.facts.person_input import Erased as Erased
from kiosk.session.facts.person_input import FactorNamed as FactorNamed
from kiosk.session.facts.person_input import FactorPicked as FactorPicked
from kiosk.session.facts.person_input import Key as Key
from kiosk.session.facts.person_input import Keyed as Keyed
from kiosk.session.facts.person_input import KindPicked as KindPicked
from kiosk.session.facts.person_input import LoginTyped as LoginTyped
from kiosk.session.facts.person_input import MethodPicked as MethodPicked
from kiosk.session.facts.person_input import Missed as Missed
from kiosk.session.facts.person_input import PageShown as PageShown
from kiosk.session.facts.person_input import Peeked as Peeked
from kiosk.session.facts.person_input import PurposePicked as PurposePicked
from kiosk.session.facts.person_input import ReasonPicked as ReasonPicked
from kiosk.session.facts.person_input import SealedCodeTyped as SealedCodeTyped
from kiosk.session.facts.person_input import TextTyped as TextTyped
from kiosk.session.facts.person_input import Typed as Typed
from kiosk.session.facts.program_bar import BarLeft as BarLeft
from kiosk.session.facts.program_bar import BarReached as BarReached
from kiosk.session.facts.program_bar import ProgramPicked as ProgramPicked
from kiosk.session.facts.program_bar import ProgramsChanged as ProgramsChanged


@dataclass(frozen=True, slots=True)
class Started:
    """The agent is up. ``station`` as last known, None before the first contact.

    ``removal_locks`` and the others: the station's own rules, as in ``AgentSettings``. ``can_print``: it has a printer.
    ``help_desk``: its number, known before the service has ever been heard.
    """

    station: StationView | None
    removal_locks: bool = True
    tap_out: str = "lock"
    max_session: int = 43_200
    sign_after: int = 60
    can_print: bool = False
    help_desk: str = ""


@dataclass(frozen=True, slots=True)
class Online:
    """The service answers; ``station`` is its present word."""

    station: StationView


@dataclass(frozen=True, slots=True)
class Offline:
    """The service cannot be reached. ``since``: local time as HH:MM, for the banner. ``cause``: as far as that is
    known."""

    since: str
    cause: AwayCause = ""


@dataclass(frozen=True, slots=True)
class TicketsHeld:
    """``until``: local time as HH:MM until which this workstation may let somebody back in by itself, should the
    service be away; empty where it may let nobody in. ``pins``: somebody by their badge and PIN, too."""

    until: str
    pins: bool = False


@dataclass(frozen=True, slots=True)
class EmergencyAllowed:
    """``offer``: what emergency access this workstation has, by a policy that the service signed; None: none."""

    offer: EmergencyOffer | None


@dataclass(frozen=True, slots=True)
class EmergencyOpened:
    """It is in the trail, or in the journal while the service is away. ``session``: its id. ``person``: who it is said
    to be, as far as that is known here. ``seconds``: that it lasts."""

    turn: int
    session: str
    person: Person | None
    seconds: int


@dataclass(frozen=True, slots=True)
class ClockChecked:
    """``off``: seconds by which the service's clock is ahead of this computer's; 0 where it does not matter.

    ``stops``: no connection comes about because of it.
    """

    off: int
    stops: bool = False


@dataclass(frozen=True, slots=True)
class KeyboardChanged:
    """``caps``: Caps Lock is on. ``layout``: short name of the layout in force; empty where there is no other."""

    caps: bool
    layout: str = ""


@dataclass(frozen=True, slots=True)
class SoundsChanged:
    """Whether the station can be heard; ``until``: HH:MM at which that changes by itself. As in ``StationStatus``."""

    sounds: Literal["", "on", "off"]
    until: str = ""


@dataclass(frozen=True, slots=True)
class Probed:
    turn: int
    presented: Presented


@dataclass(frozen=True, slots=True)
class CardFailed:
    """The card could not be used. ``retries_left``: for WRONG_PIN, as the card says."""

    turn: int
    trouble: CardTrouble
    retries_left: int | None = None


@dataclass(frozen=True, slots=True)
class CeremonyUpdated:
    """The service's view of the ceremony."""

    turn: int
    view: CeremonyView


@dataclass(frozen=True, slots=True)
class MoreTimeGranted:
    """``seconds`` from now until the sign-in ends by itself."""

    turn: int
    seconds: int


@dataclass(frozen=True, slots=True)
class LanguageChanged:
    """The window speaks ``language`` now, because its button was pressed."""

    language: str


@dataclass(frozen=True, slots=True)
class ChallengeReceived:
    turn: int
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The challenge is not bound to what the screen shows: refuse (decided by the agent's check)."""

    turn: int


@dataclass(frozen=True, slots=True)
class Signed:
    turn: int
    proof: Proof


@dataclass(frozen=True, slots=True)
class EnrolmentUpdated:
    """The service's view of the enrolment."""

    turn: int
    view: EnrolmentView


@dataclass(frozen=True, slots=True)
class FactorsReceived:
    """What a person has."""

    turn: int
    factors: FactorsView


@dataclass(frozen=True, slots=True)
class OwedReceived:
    """What a person owes after emergency accesses."""

    turn: int
    owed: OwedTexts


@dataclass(frozen=True, slots=True)
class KeyRead:
    turn: int
    facts: KeyFacts


@dataclass(frozen=True, slots=True)
class CredentialMade:
    """A new key made its credential."""

    turn: int
    made: KeyMade


@dataclass(frozen=True, slots=True)
class PivRead:
    turn: int
    made: PivMade


@dataclass(frozen=True, slots=True)
class PkocRead:
    turn: int
    made: PkocMade


@dataclass(frozen=True, slots=True)
class Printed:
    """``sent``: the printer took it."""

    turn: int
    sent: bool


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The request of this turn did not reach the service, or no answer came."""

    turn: int


@dataclass(frozen=True, slots=True)
class ServiceRefused:
    """An error answer instead of a view. ``code``: a ``Problem.code``; ``request``: its number in the service's log,
    empty where none came; ``says``: the policy's words, by language, where it is the policy's."""

    turn: int
    code: str
    request: str = ""
    says: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TimerExpired:
    """An ``SetTimer`` ran out. ``turn``: of the order that set it."""

    turn: int
    name: AnyAlarm


@dataclass(frozen=True, slots=True)
class IdleExpired:
    """Nobody touched anything for the time that was asked for last (``WatchIdle``)."""


@dataclass(frozen=True, slots=True)
class UserActivity:
    """Somebody touched something while the screen was fading, or showed who is signed in (``WatchTouch``)."""


@dataclass(frozen=True, slots=True)
class WorkspaceShown:
    """The stage painted the workspace of ``login``."""

    login: str


@dataclass(frozen=True, slots=True)
class StageFailed:
    """The workspace could not be shown or died; ``detail`` is a short code for the help desk."""

    detail: str


@dataclass(frozen=True, slots=True)
class StageLocked:
    """The stage covered everything by its own will. ``reason``: ``monitors`` changed, ``idle`` beyond its own limit;
    ``suspend``, ``ordered``: the machine goes to sleep, or the system was told to lock; ``key``: the person pressed
    Super+L; or nothing is left to be shown,
    because its ``programs`` ended or a ``limit_…`` ended them."""

    reason: str


@dataclass(frozen=True, slots=True)
class WorkspaceGone:
    """Nothing of ``login``'s runs here any more."""

    login: str


@dataclass(frozen=True, slots=True)
class WorkspaceEnded:
    """``login`` opens a new workspace, because a limit of this station ended the one they had. ``limit``: which."""

    login: str
    limit: str


@dataclass(frozen=True, slots=True)
class StepUpRequested:
    """A program rang the doorbell, or a server asks by the service. ``request_number``: this ring's own number, from 1;
    of a server's question one below 0. ``seconds``: for which it may stand, None for as long as the station says.
    ``purpose``: that a colleague signed who asks for a second person."""

    request_number: int
    ask: StepUpAsk
    asker: Asker
    seconds: int | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class StepUpWithdrawn:
    """The program went away."""

    request_number: int


@dataclass(frozen=True, slots=True)
class ServiceEventReceived:
    """An event of the service's stream."""

    event: StationEvent


@dataclass(frozen=True, slots=True)
class RoomFailed:
    """A room failed in a way it could not name. ``code``: for the help desk, e.g. ``CARD-THREAD``."""

    code: str


Event = (
    Tap
    | Lift
    | ReadersChanged
    | Started
    | Online
    | Offline
    | TicketsHeld
    | EmergencyAllowed
    | EmergencyOpened
    | ClockChecked
    | KeyboardChanged
    | SoundsChanged
    | Probed
    | MoreTimeGranted
    | LanguageChanged
    | CardFailed
    | CeremonyUpdated
    | ChallengeReceived
    | Mismatch
    | Signed
    | EnrolmentUpdated
    | FactorsReceived
    | OwedReceived
    | KeyRead
    | CredentialMade
    | PivRead
    | PkocRead
    | Printed
    | Unreachable
    | ServiceRefused
    | MethodPicked
    | Key
    | Typed
    | LoginTyped
    | PurposePicked
    | ReasonPicked
    | SealedCodeTyped
    | TextTyped
    | PageShown
    | KindPicked
    | FactorPicked
    | FactorNamed
    | Pressed
    | TimerExpired
    | KeyPress
    | IdleExpired
    | UserActivity
    | WorkspaceShown
    | StageFailed
    | StageLocked
    | WorkspaceGone
    | WorkspaceEnded
    | ProgramsChanged
    | BarReached
    | BarLeft
    | ProgramPicked
    | StepUpRequested
    | StepUpWithdrawn
    | ServiceEventReceived
    | RoomFailed
)
