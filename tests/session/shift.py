"""A shift at one workstation, told in verbs: tap, lift, type, paint, wait. Every step is held to ``Watch``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from kiosk.model.card import CardTrouble, Lift, ReaderRole
from kiosk.model.ceremony import CeremonyView, MethodOffer, Purpose, Why
from kiosk.model.people import Person
from kiosk.model.proof import Method, Presented, Proof
from kiosk.model.secret import Secret
from kiosk.model.session_view import SessionView
from kiosk.model.wire import StationEvent
from kiosk.session.facts.alarm_names import AlarmName, CoolingName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import CardFailed, Probed, Signed
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.modes import AftermathMode
from kiosk.session.facts.orders import AnswerStepUp, Order
from kiosk.session.facts.person_input import Entered, Keyed, PageShown
from kiosk.session.facts.prove_part import Prove
from kiosk.session.facts.screen_parts import LockScreen, Notice
from kiosk.session.facts.screens import Active, Screen, SecondFactor, StepUp
from kiosk.session.facts.service_answers import CeremonyUpdated, ChallengeReceived
from kiosk.session.facts.stage_news import IdleExpired, WorkspaceShown
from kiosk.session.facts.state import initial
from kiosk.session.facts.station_news import ServiceEventReceived, Started
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.screen import screen_for
from tests.session.watch import Watch
from tests.session.world import (
    ANA,
    ANA_BADGE,
    CODE_OFFER,
    FIDO2_PROOF,
    KEY_OFFER,
    PIN_OFFER,
    STATION,
    challenge,
    opened,
    rung,
    session,
    tap,
    wants,
)

UNREAD = 10_000
"""A page that no wish has: the screen was painted, and nothing of it read."""
K = TypeVar("K")
S = TypeVar("S")


class Shift:
    """``orders``: of the last event. ``asked(kind)`` finds the last order of a kind, whenever it was given.

    ``patient``: nobody acts within the first second of a step-up, or types on when something ended by itself.
    """

    def __init__(self) -> None:
        self.watch = Watch(initial())
        self.orders: Sequence[Order] = ()
        self.patient = True
        self.history: list[Order] = []
        self._tap = 0
        self._number = 0
        self.happens(Started(STATION))

    @property
    def screen(self) -> Screen:
        return screen_for(self.watch.state)

    @property
    def name(self) -> str:
        return self.screen.name

    @property
    def prove(self) -> Prove:
        """What second factor or step-up ask for now."""
        screen = self.screen
        assert isinstance(screen, SecondFactor | StepUp)
        assert screen.prove is not None
        return screen.prove

    def shows(self, kind: type[S]) -> S:
        """The screen, which must be of this kind."""
        screen = self.screen
        assert isinstance(screen, kind), f"the screen is {self.name}"
        return screen

    def happens(self, *events: Event) -> Sequence[Order]:
        """These events, one after the other; the orders of the last."""
        for event in events:
            self.orders = self.watch.feed(event)
            self.history += self.orders
            if self.patient:
                self._waits_a_second()
        return self.orders

    def _waits_a_second(self) -> None:
        """A step-up is read before anything is done about it, and what ended by itself is waited for."""
        mode = self.watch.state.mode
        if isinstance(mode, StepUpMode) and not mode.painted:
            self.history += self.watch.feed(PageShown(mode.request_number, UNREAD, "en"))
        alarms = dict(self.watch.state.timers)
        step_up, after = isinstance(mode, StepUpMode), isinstance(mode, AftermathMode)
        waits = AlarmName.FIRST_SECOND if step_up else AlarmName.STILL if after else None
        if waits is not None and waits in alarms:
            self.history += self.watch.feed(TimerExpired(alarms[waits], waits))

    def did(self, kind: type[K]) -> list[K]:
        """Orders of this kind that followed from the last event."""
        return [order for order in self.orders if isinstance(order, kind)]

    def asked(self, kind: type[K]) -> K:
        """The latest order of this kind."""
        return [order for order in self.history if isinstance(order, kind)][-1]

    def turn_of(self, kind: type[K]) -> int:
        """The turn of the latest order of this kind, which its answer must carry."""
        turn = getattr(self.asked(kind), "turn", None)
        assert isinstance(turn, int)
        return turn

    def last_turn(self) -> int:
        """The turn of the latest order that expects an answer other than an alarm's."""
        turns = [o.turn for o in self.history if hasattr(o, "turn") and not hasattr(o, "name")]
        return int(turns[-1])

    def tap(self, reader: str = "front", role: ReaderRole = ReaderRole.TAP, fresh: bool = True) -> int:
        """A card is held to a reader; its tap's number."""
        self._tap += 1
        self.happens(tap(self._tap, reader, role, fresh))
        return self._tap

    def lift(self, number: int | None = None, reader: str = "front", role: ReaderRole = ReaderRole.TAP) -> None:
        """The card of tap ``number``, or of the last one, is taken away."""
        self.happens(Lift(number or self._tap, reader, role, 0.0))

    def reads(self, presented: Presented) -> None:
        """The card room says what it is."""
        self.happens(Probed(self.last_turn(), presented))

    def fails(self, trouble: CardTrouble, retries_left: int | None = None) -> None:
        """The card room could not use the card."""
        self.happens(CardFailed(self.last_turn(), trouble, retries_left))

    def says(self, view: CeremonyView) -> None:
        """The service answers."""
        self.happens(CeremonyUpdated(self.last_turn(), view))

    def challenges(self, ceremony: str, method: Method) -> None:
        """The service gives something to sign."""
        self.happens(ChallengeReceived(self.last_turn(), challenge(ceremony, method)))

    def signs(self, proof: Proof = FIDO2_PROOF) -> None:
        """The card signs."""
        self.happens(Signed(self.last_turn(), proof))

    def keys(self, text: str) -> Secret:
        """A secret is typed key by key, and not entered; as it is held then, an empty one where nothing was taken."""
        for character in text:
            self.happens(Keyed(self.watch.state.typing.number, Secret(character)))
        return self.watch.state.typing.secret or Secret("")

    def types(self, text: str) -> Secret:
        """A secret is typed and confirmed; as it was held, an empty one where nothing was taken."""
        secret = self.keys(text)
        self.happens(Entered(self.watch.state.typing.number))
        return secret

    def presses(self, button: Button) -> None:
        """A touch."""
        self.happens(Pressed(button))

    def leaves_alone(self, idle: int = 2) -> None:
        """Nobody touches anything: first it is said large who is signed in, then the screen fades."""
        for _ in range(idle):
            assert self.watch.watching_idle
            self.happens(IdleExpired())

    def rings(self, which: str | CoolingName) -> None:
        """The alarm of this name, which must be set, runs out."""
        name = which if isinstance(which, CoolingName) else AlarmName(which)
        alarms = dict(self.watch.state.timers)
        assert name in alarms, f"no alarm {name}, only {sorted(map(str, alarms))}"
        self.happens(TimerExpired(alarms[name], name))

    def hears(self, kind: str, session_id: str | None = None, where: str | None = None) -> None:
        """The service's stream."""
        assert kind in ("lock", "end", "revoked", "settings", "hello")
        event: StationEvent
        match kind:
            case "lock":
                event = StationEvent(1, "lock", session_id, where=where)
            case "end":
                event = StationEvent(1, "end", session_id)
            case _:
                event = StationEvent(1, "revoked")
        self.happens(ServiceEventReceived(event))

    def ceremony(self) -> str:
        """A new ceremony's name."""
        self._number += 1
        return f"c{self._number}"

    def works(self, person: Person, badge: Presented, settled: bool = True) -> SessionView:
        """``person`` taps, types their PIN and has their workspace before them; their card is lifted again."""
        self.tap()
        self.reads(badge)
        ceremony = self.ceremony()
        self.says(wants(ceremony, person, PIN_OFFER))
        self.types("246810")
        view = session(self._number, person)
        self.says(opened(ceremony, view))
        self.happens(WorkspaceShown(person.login))
        self.lift()
        if settled:
            self.rings("settle")
        return view


def wanted(*offers: MethodOffer, badge: Presented = ANA_BADGE, role: ReaderRole = ReaderRole.TAP) -> Shift:
    """Ana has tapped; the service wants one of these of them."""
    shift = Shift()
    shift.tap("slot" if role == ReaderRole.INSERTION else "front", role)
    shift.reads(badge)
    shift.says(wants("c1", ANA, *offers))
    return shift


def notice(shift: Shift) -> Notice:
    screen = shift.screen
    assert isinstance(screen, LockScreen | Active)
    assert screen.notice is not None
    return screen.notice


def asked(*purposes: str, purpose: str | None = "transfer of care") -> Shift:
    """Ana works; a program of theirs asks; the service wants their key."""
    shift = Shift()
    shift.works(ANA, ANA_BADGE)
    shift.happens(rung(1, purpose=purpose))
    shift.says(wants("u1", ANA, KEY_OFFER, CODE_OFFER, why=Why.STEP_UP, purpose=Purpose.STEP_UP, purposes=purposes))
    return shift


def answer(shift: Shift) -> AnswerStepUp:
    (only,) = shift.did(AnswerStepUp)
    return only


def a_station(idle: int = 300, tap_out: str = "lock", max_session: int = 43_200, sign_after: int = 60) -> Shift:
    """One with rules of its own."""
    shift = Shift()
    shift.happens(Started(replace(STATION, idle=idle), tap_out=tap_out, max_session=max_session, sign_after=sign_after))
    return shift


def seconds_of(shift: Shift, name: str) -> list[float]:
    """What the alarms of this name were set to, one after the other."""
    return [o.seconds for o in shift.history if getattr(o, "name", None) == name and hasattr(o, "seconds")]
