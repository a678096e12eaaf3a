"""What must hold after every step, whatever happened: checked by a small model of the rooms around the session."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Tap
from kiosk.model.emergency import LOGIN, NOBODY
from kiosk.model.secret import Secret
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, KeyPress, Pressed
from kiosk.session.facts.card_orders import MakeKey, SignChallenge
from kiosk.session.facts.ceremony_orders import CancelCeremony, SendSecret
from kiosk.session.facts.enrolment_orders import CancelEnrolment, SendNewPin, SendTyped, StartEnrolment
from kiosk.session.facts.enrolment_screens import Enrolment, MyKeys
from kiosk.session.facts.enrolment_state import FINAL, EnrolMode, enrolment_under_way
from kiosk.session.facts.events import Event, StepUpRequested, TimerExpired
from kiosk.session.facts.held_by_mode import awaited, behind, ceremonies_of, secrets_of, session_of, shows_workspace
from kiosk.session.facts.modes import ActiveMode, AftermathMode, OpeningMode
from kiosk.session.facts.orders import AnswerStepUp, CancelTimer, Order, PlaySound, SetTimer, WipeSecret
from kiosk.session.facts.person_input import Entered, Keyed, MethodPicked, PurposePicked, Typed
from kiosk.session.facts.screens import Active, Fading
from kiosk.session.facts.service_answers import CeremonyUpdated, EmergencyOpened, EnrolmentUpdated
from kiosk.session.facts.session_orders import ReportEvent, RunHook
from kiosk.session.facts.stage_news import IdleExpired
from kiosk.session.facts.stage_orders import Cover, ShowWorkspace, StopWatchingIdle, WatchIdle
from kiosk.session.facts.state import STILL, State
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.screen import screen_for
from kiosk.session.shared.late_answers import OF_AN_ENROLMENT
from kiosk.session.step import step

TOLD = (Typed, Keyed, TimerExpired, IdleExpired, StepUpRequested, EnrolmentUpdated, CeremonyUpdated)
"""Events that change what is outside the session, and so what the rules ask of it, even where it ignores them."""


class Watch:
    """Carries a state from event to event and fails where a rule of the house is broken.

    ``fresh``: nothing that was fed so far changed anything, so every rule holds as it did before.

    ``spent``: secrets handed on or wiped. ``opened``: sessions that the service believes to be open here.
    ``pending``, ``enrolling``: ceremonies and enrolments that the service waits for. ``hooked``: whose session the
    station's hook believes open.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self.fresh = True
        self.orders: tuple[Order, ...] = ()
        self.uncovered = shows_workspace(state.mode)
        self.watching_idle = isinstance(state.mode, ActiveMode)
        self.timers = dict(state.timers)
        self.typed: dict[int, Secret] = {}
        self.spent: dict[int, Secret] = {}
        self.rings: dict[int, int] = {}
        self.proved: set[str] = set()
        self.opened: set[str] = set()
        self.pending: set[str] = set()
        self.enrolling: set[str] = set()
        self.hooked: str | None = None
        self._held = False  # whether the rules were looked at in this state: an ignored event breaks none that hold
        self._adopt(state)

    def _adopt(self, state: State) -> None:
        for found in (session_of(state.mode), behind(state.mode)):
            if found is not None:
                self.proved.add(found.id)
                self.opened.add(found.id)
                self.hooked = found.id
        self.typed.update({id(secret): secret for secret in secrets_of(state)})
        if isinstance(state.mode, StepUpMode):
            self.rings[state.mode.request_number] = 0
        self.pending |= ceremonies_of(state.mode)
        self.enrolling |= self._enrolment()

    def feed(self, event: Event) -> tuple[Order, ...]:
        """One step, and every rule checked. The orders."""
        before = self.state
        self._note(before, event)
        self.state, self.orders = step(before, event)
        ignored = self.state is before and not self.orders and not isinstance(event, TOLD)
        if not (ignored and self._held):
            self._check(before)
        self._check_end_of_a_prompt(before, event)
        self._check_first_second(before, event)
        self.fresh, self._held = self.fresh and ignored, True
        return self.orders

    def _check(self, before: State) -> None:
        self.typed.update({id(secret): secret for secret in secrets_of(self.state)})
        for order in self.orders:
            self._carry_out(order)
        self._check_cover(before)
        self._check_screen(before)
        self._check_sounds(before)
        self._check_secrets()
        self._check_rings()
        self._check_sessions()
        self._check_turns(before)
        self._check_emergency()
        assert self.timers == dict(self.state.timers)

    def _check_sounds(self, before: State) -> None:
        """A sound is never the only sign, whichever it is: with each something on the screen changes."""
        sounds = [order.name for order in self.orders if isinstance(order, PlaySound)]
        assert not sounds or screen_for(self.state) != screen_for(before), sounds

    def _note(self, before: State, event: Event) -> None:
        if isinstance(event, Typed):
            self.typed[id(event.secret)] = event.secret
        if isinstance(event, Keyed):
            self.typed[id(event.character)] = event.character
        if isinstance(event, TimerExpired) and self.timers.get(event.name) == event.turn:
            del self.timers[event.name]
        if isinstance(event, IdleExpired):
            self.watching_idle = False
        if isinstance(event, StepUpRequested):
            self.rings[event.request_number] = 0
        if isinstance(event, EnrolmentUpdated):
            (self.enrolling.discard if event.view.step in FINAL else self.enrolling.add)(event.view.id)
        if isinstance(event, EmergencyOpened):
            self.opened.add(event.session)
            if event.turn in awaited(before.mode):
                self.proved.add(event.session)
        if isinstance(event, CeremonyUpdated) and event.view.purpose not in OF_AN_ENROLMENT:
            view = event.view
            self.pending.discard(view.id)
            if view.state == "prove":
                self.pending.add(view.id)
            if view.session is not None:
                self.opened.add(view.session.id)
                if event.turn in awaited(before.mode) and view.state == "done":
                    self.proved.add(view.session.id)

    def _carry_out(self, order: Order) -> None:
        match order:
            case Cover():
                self.uncovered = False
            case ShowWorkspace():
                self.uncovered = True
            case WatchIdle():
                self.watching_idle = True
            case StopWatchingIdle():
                self.watching_idle = False
            case SetTimer(turn=turn, name=name, seconds=seconds):
                assert seconds > 0
                self.timers[name] = turn
            case CancelTimer(name=name):
                assert self.timers.pop(name) > 0
            case WipeSecret(secret=secret):
                self._spend(secret)
            case SignChallenge(secret=secret) | SendSecret(secret=secret) if secret is not None:
                self._spend(secret)
            case StartEnrolment(secret=secret) if secret is not None:
                self._spend(secret)
            case MakeKey(secret=secret, old=old):
                for handed in filter(None, (secret, old)):
                    self._spend(handed)
            case SendNewPin(secret=secret) | SendTyped(secret=secret):
                self._spend(secret)
            case AnswerStepUp(request_number=ring):
                self.rings[ring] += 1
            case ReportEvent(action="lock" | "session_end" | "emergency_ended", session=str() as told):
                self.opened.discard(told)
            case RunHook():
                self._hook(order)
            case CancelCeremony(ceremony=ceremony):
                self.pending.discard(ceremony)
            case CancelEnrolment(enrolment=enrolment):
                self.enrolling.discard(enrolment)
            case _:
                pass

    def _spend(self, secret: Secret) -> None:
        assert id(secret) not in self.spent, "a secret was handed on or wiped twice"
        self.spent[id(secret)] = secret

    def _hook(self, order: RunHook) -> None:
        """Each session begins once and ends once."""
        if order.event == "emergency.extend":
            assert self.hooked == order.session
        elif order.event in ("tap_out", "emergency.end"):
            assert self.hooked == order.session, "a session ended that the hook was not told of"
            self.hooked = None
        else:
            assert (self.hooked is not None) == (order.event == "tap_over") == (order.previous is not None)
            self.hooked = order.session

    def _check_cover(self, before: State) -> None:
        shows = shows_workspace(self.state.mode)
        assert self.uncovered == shows
        if shows_workspace(before.mode) and not shows:
            assert self.orders[0] == Cover(), "nothing comes before covering"
            assert not self.watching_idle
        if self.watching_idle:
            assert shows
        if isinstance(self.state.mode, ActiveMode) and self.state.rules.idle > 0:
            assert self.watching_idle, "an open workspace is left unwatched"

    def _check_screen(self, before: State) -> None:
        """There is one, and it is covered or not as it has to be. That of an unchanged state is known."""
        if self.state is before:
            return
        screen = screen_for(self.state)
        assert screen is not None
        if isinstance(screen, Active | Fading):
            assert self.uncovered
        if isinstance(screen, Enrolment | MyKeys):
            assert not self.uncovered

    def _check_end_of_a_prompt(self, before: State, event: Event) -> None:
        """One that ended otherwise than by its person keeps the cover until a touch, or until nobody types any more."""
        mode, pressed = self.state.mode, isinstance(event, Pressed)
        if isinstance(before.mode, StepUpMode) and shows_workspace(mode):
            granted = any(isinstance(o, AnswerStepUp) and o.answer.decision == "granted" for o in self.orders)
            assert pressed or granted, f"{event} showed the workspace"
        if isinstance(before.mode, AftermathMode) and shows_workspace(mode):
            still = isinstance(event, TimerExpired) and event.name == STILL
            assert still or (isinstance(event, Pressed) and event.button == Button.DONE)
        if isinstance(mode, AftermathMode):
            assert STILL in self.timers, "it would stay for ever"
        if isinstance(before.mode, OpeningMode) and isinstance(mode, ActiveMode):
            assert STILL not in self.timers, "the keyboard was given to a program while somebody typed"

    def _check_first_second(self, before: State, event: Event) -> None:
        """Nothing done in it changes what the prompt has, or ends it; only a card that another replaced is gone."""
        mode = before.mode
        if isinstance(mode, StepUpMode) and not mode.ready:
            assert before.typing.place is None
            if isinstance(event, Pressed | MethodPicked | PurposePicked | Tap | Keyed | Entered | KeyPress):
                after = self.state.mode
                assert isinstance(after, StepUpMode)
                proving = mode.proving
                if proving is not None and isinstance(event, Tap) and proving.stage == "type" and not proving.turn:
                    gone = any(card.number == proving.key for card in before.cards if card.reader == event.reader)
                    proving = replace(proving, key=0) if gone else proving
                same = (after.proving, after.purpose, after.page, after.read)
                assert same == (proving, mode.purpose, mode.page, mode.read)

    def _check_secrets(self) -> None:
        held = {id(secret) for secret in secrets_of(self.state)}
        assert not held & self.spent.keys(), "a secret that was handed on is still remembered"
        lost = self.typed.keys() - self.spent.keys() - held
        assert not lost, "a secret was neither kept, handed on nor wiped"

    def _check_rings(self) -> None:
        mode = self.state.mode
        waiting = {mode.request_number} if isinstance(mode, StepUpMode) else set()
        for ring, answers in self.rings.items():
            assert answers == (0 if ring in waiting else 1), f"ring {ring} was answered {answers} times"

    def _check_sessions(self) -> None:
        """What is open here was proved in a turn we waited for; what is not was reported as locked."""
        mode = self.state.mode
        here = {found.id for found in (session_of(mode), behind(mode)) if found is not None}
        assert here <= self.proved, "a session is open that no awaited answer opened"
        assert self.hooked == next(iter(here), None), "the hook was not told who works here"
        assert self.opened <= here, "the service believes a session open that is locked here"
        assert self.pending <= ceremonies_of(mode), "a ceremony was left hanging"
        assert self.enrolling <= self._enrolment(), "an enrolment was left hanging"

    def _enrolment(self) -> set[str]:
        mode = self.state.mode
        under_way = enrolment_under_way(mode) if isinstance(mode, EnrolMode) else None
        return {under_way} if under_way else set()

    def _check_emergency(self) -> None:
        """It lasts as long as its session is here and no longer, and it shows no workspace but the station's own."""
        mode, lasting = self.state.mode, self.state.emergency
        here = session_of(mode) or behind(mode)
        assert (lasting is not None) == (here is not None and here.emergency)
        for order in self.orders:
            if isinstance(order, ShowWorkspace) and lasting is not None:
                assert order.person is NOBODY, "an emergency showed somebody's workspace"
        if lasting is not None and session_of(mode) is not None:
            assert AlarmName.EMERGENCY in self.timers, "it would never end"
            assert 0 < lasting.left <= lasting.granted
        assert LOGIN not in {running.person.login for running in self.state.workspaces}

    def _check_turns(self, before: State) -> None:
        turns = [order.turn for order in self.orders if hasattr(order, "turn")]
        assert turns == sorted(set(turns)), "each order has a turn of its own"
        assert all(before.turn < turn <= self.state.turn for turn in turns)
        assert awaited(self.state.mode) <= awaited(before.mode) | set(turns)
