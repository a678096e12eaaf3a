"""``step(state, event) -> (state, orders)``: the rules of the workstation, as one pure function.

What is about the station goes to ``station.news``, everything else to the mode that is on. Answers to
questions no longer asked are dropped, and ``late_answers`` closes what they opened. Whatever the rule, a secret
that neither the new state nor an order holds is wiped.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, ReadersChanged, Tap
from kiosk.model.secret import Secret
from kiosk.session.emergency import lasting
from kiosk.session.facts.buttons import Button, KeyPress, Pressed
from kiosk.session.facts.card_orders import MakeKey
from kiosk.session.facts.events import (
    AboutStation,
    Answer,
    Event,
    ForMode,
    LanguageChanged,
    OwnAct,
    StepUpRequested,
    TimerExpired,
)
from kiosk.session.facts.held_by_mode import awaited, secrets_of
from kiosk.session.facts.orders import WITH_SECRET, NextLanguage, NextLayout, Order, PlaySound, ToggleSounds, WipeSecret
from kiosk.session.facts.person_input import Key, Keyed, Typed
from kiosk.session.facts.service_answers import CeremonyUpdated, EmergencyOpened, EnrolmentUpdated
from kiosk.session.facts.stage_news import StageFailed, WorkspaceShown
from kiosk.session.facts.state import State
from kiosk.session.present_mode import on_present_mode
from kiosk.session.screen import screen_for
from kiosk.session.shared import aftermath, language, late_answers, longest_session, silenced_programs, typing
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import more_time
from kiosk.session.station import environment, news
from kiosk.session.step_up import doorbell

_MAX_STRUCK = 999


def step(state: State, event: Event) -> tuple[State, tuple[Order, ...]]:
    """What follows from ``event``: the next state, and orders to be carried out in this order.

    Never raises, for any event in any state: what does not fit is ignored.
    """
    t = Transition(state)
    _dispatch(t, event)
    lasting.settle(t)
    typing.settle(t)
    language.follow(t, state)
    _wipe(t, state, event)
    _strike(t, state)
    return t.state, tuple(t.orders)


def _strike(t: Transition, before: State) -> None:
    """No sound is the only sign: whoever does not hear it, at night or ever, sees that the screen means them."""
    if any(isinstance(order, PlaySound) for order in t.orders) and screen_for(t.state) == screen_for(before):
        status = replace(t.state.status, struck=t.state.status.struck % _MAX_STRUCK + 1)
        t.state = replace(t.state, status=status)


def _dispatch(t: Transition, event: Event) -> None:
    if isinstance(event, Key):
        _keyed(t, event)
        return
    if isinstance(event, OwnAct):
        aftermath.own_act(t)
    match event:
        case Tap():
            for missed in environment.arrived(t, event):
                on_present_mode(t, missed)
            on_present_mode(t, event)
        case Lift():
            environment.lifted(t, event)
            on_present_mode(t, event)
        case ReadersChanged():
            for lift in environment.readers_changed(t, event):
                _dispatch(t, lift)
        case TimerExpired(turn=turn, name=name):
            if t.rang(name, turn):
                _rang(t, event)
        case Typed():
            pass  # that is for the session alone to say
        case StepUpRequested():
            doorbell.on_request(t, event)
        case KeyPress():
            aftermath.key_pressed(t)
            on_present_mode(t, event)
        case LanguageChanged():
            language.shown(t, event)
        case _:
            _answered_or_done(t, event)


def _keyed(t: Transition, event: Key) -> None:
    aftermath.key_pressed(t)
    more_time.touched(t)
    entered = typing.on_key(t, event)
    if entered is not None:
        aftermath.own_act(t)
        on_present_mode(t, entered)


def _answered_or_done(t: Transition, event: Answer | AboutStation | ForMode) -> None:
    if isinstance(event, Answer):
        _answer(t, event)
    elif isinstance(event, AboutStation):
        news.about_station(t, event)
    else:
        _for_mode(t, event)


def _for_mode(t: Transition, event: ForMode) -> None:
    match event:
        case Pressed(button=Button.LANGUAGE):
            t.order(NextLanguage())
        case Pressed(button=Button.LAYOUT):
            t.order(NextLayout())
        case Pressed(button=Button.SOUNDS):
            t.order(ToggleSounds())
        case WorkspaceShown() | StageFailed() if news.hidden_workspace(t, event):
            pass
        case _:
            on_present_mode(t, event)


def _rang(t: Transition, event: TimerExpired) -> None:
    if event.name == typing.FORGOTTEN:
        typing.empty(t)
    elif lasting.rang(t, event.name):
        pass
    elif not longest_session.rang(t, event.name) and not silenced_programs.rang(t, event.name):
        on_present_mode(t, event)


def _answer(t: Transition, event: Answer) -> None:
    if event.turn in awaited(t.state.mode):
        on_present_mode(t, event)
    if isinstance(event, CeremonyUpdated):
        late_answers.close(t, event.view)
    elif isinstance(event, EnrolmentUpdated):
        late_answers.close_enrolment(t, event.view)
    elif isinstance(event, EmergencyOpened):
        lasting.close_late(t, event)


def _wipe(t: Transition, before: State, event: Event) -> None:
    """Forget every secret that came or was held, and now is neither kept nor handed on."""
    came: list[Secret] = list(secrets_of(before))
    if isinstance(event, Typed):
        came.append(event.secret)
    elif isinstance(event, Keyed):
        came.append(event.character)
    if not came:
        return
    handed = [o.secret for o in t.orders if isinstance(o, WITH_SECRET)]
    handed += [o.old for o in t.orders if isinstance(o, MakeKey)]
    live = {id(secret) for secret in (*secrets_of(t.state), *handed)}
    t.order(*(WipeSecret(secret) for secret in came if id(secret) not in live))
