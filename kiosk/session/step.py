"""``step(state, event) -> (state, orders)``: the rules of the workstation, as one pure function.

Facts about the surroundings go to ``environment``, everything else to the mode that is on. Answers to
questions no longer asked are dropped, and ``late_answers`` closes what they opened. Whatever the rule, a secret
that neither the new state nor an order holds is wiped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kiosk.model.card import Lift, ReadersChanged, Tap
from kiosk.model.secret import Secret
from kiosk.session.emergency import asking, lasting
from kiosk.session.enrolment import mode as enrolling
from kiosk.session.enrolment import my_keys
from kiosk.session.facts.enrolment_orders import WITH_SECRET, MakeKey
from kiosk.session.facts.events import (
    BarLeft,
    BarReached,
    Button,
    CardFailed,
    CeremonyUpdated,
    ChallengeReceived,
    ClockChecked,
    CredentialMade,
    EmergencyAllowed,
    EmergencyOpened,
    EnrolmentUpdated,
    Event,
    FactorNamed,
    FactorPicked,
    FactorsReceived,
    IdleExpired,
    Key,
    KeyboardChanged,
    Keyed,
    KeyPress,
    KeyRead,
    KindPicked,
    LanguageChanged,
    LoginTyped,
    MethodPicked,
    Mismatch,
    MoreTimeGranted,
    Offline,
    Online,
    OwedReceived,
    PageShown,
    PivRead,
    PkocRead,
    Pressed,
    Printed,
    Probed,
    ProgramPicked,
    ProgramsChanged,
    PurposePicked,
    ReasonPicked,
    RoomFailed,
    SealedCodeTyped,
    ServiceEventReceived,
    ServiceRefused,
    Signed,
    SoundsChanged,
    StageFailed,
    StageLocked,
    Started,
    StepUpRequested,
    StepUpWithdrawn,
    TextTyped,
    TicketsHeld,
    TimerExpired,
    Typed,
    Unreachable,
    UserActivity,
    WorkspaceEnded,
    WorkspaceGone,
    WorkspaceShown,
)
from kiosk.session.facts.orders import (
    Cover,
    NextLanguage,
    NextLayout,
    Order,
    PlaySound,
    SendSecret,
    SignChallenge,
    ToggleSounds,
    WipeSecret,
)
from kiosk.session.facts.state import (
    ActiveMode,
    AftermathMode,
    EmergencyMode,
    EnrolMode,
    FadingMode,
    LockedMode,
    MyKeysMode,
    OpeningMode,
    OutOfOrderMode,
    OwedTextMode,
    ReadingMode,
    SecondFactorMode,
    State,
    StepUpMode,
    UnknownBadgeMode,
    awaited,
    secrets_of,
    session_of,
    shows_workspace,
)
from kiosk.session.screen import screen_for
from kiosk.session.shared import (
    aftermath,
    language,
    late_answers,
    longest_session,
    silenced_programs,
    typing,
)
from kiosk.session.shared.ending import out_of_order
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import more_time, reading, second_factor
from kiosk.session.station import active, environment, locked, owing
from kiosk.session.step_up import doorbell, second
from kiosk.session.step_up import mode as stepping_up

Answer = (
    Probed
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
    | MoreTimeGranted
    | EmergencyOpened
)
Outside = (
    Started
    | Online
    | Offline
    | TicketsHeld
    | EmergencyAllowed
    | ClockChecked
    | KeyboardChanged
    | SoundsChanged
    | ServiceEventReceived
    | RoomFailed
    | StageLocked
    | ProgramsChanged
    | WorkspaceGone
    | WorkspaceEnded
)
"""What is about the station, whatever its screen shows."""
ForMode = (
    MethodPicked
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
    | IdleExpired
    | UserActivity
    | WorkspaceShown
    | StageFailed
    | BarReached
    | BarLeft
    | ProgramPicked
    | StepUpWithdrawn
)
"""What is for the present mode to answer, or to ignore."""


_MAX_STRUCK = 999
OwnAct = (
    MethodPicked
    | LoginTyped
    | PurposePicked
    | ReasonPicked
    | SealedCodeTyped
    | TextTyped
    | KindPicked
    | FactorPicked
    | FactorNamed
    | Pressed
    | ProgramPicked
)
"""What a person does at the screen on purpose, besides entering what was typed."""


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
        aftermath.key_pressed(t)
        more_time.touched(t)
        entered = typing.on_key(t, event)
        if entered is not None:
            aftermath.own_act(t)
            _to_mode(t, entered)
        return
    if isinstance(event, OwnAct):
        aftermath.own_act(t)
    match event:
        case Tap():
            for missed in environment.arrived(t, event):
                _to_mode(t, missed)
            _to_mode(t, event)
        case Lift():
            environment.lifted(t, event)
            _to_mode(t, event)
        case ReadersChanged():
            for lift in environment.readers_changed(t, event):
                _dispatch(t, lift)
        case Probed() | CardFailed() | CeremonyUpdated() | ChallengeReceived() | Mismatch() | Signed() | Unreachable():
            _answer(t, event)
        case (
            EnrolmentUpdated()
            | FactorsReceived()
            | OwedReceived()
            | KeyRead()
            | CredentialMade()
            | PivRead()
            | PkocRead()
            | Printed()
            | ServiceRefused()
            | MoreTimeGranted()
            | EmergencyOpened()
        ):
            _answer(t, event)
        case TimerExpired(turn=turn, name=name):
            if t.rang(name, turn):
                _rang(t, event)
        case Typed():
            pass  # that is for the session alone to say
        case StepUpRequested():
            doorbell.on_request(t, event)
        case KeyPress():
            aftermath.key_pressed(t)
            _to_mode(t, event)
        case LanguageChanged():
            language.shown(t, event)
        case Pressed(button=Button.LANGUAGE):
            t.order(NextLanguage())
        case Pressed(button=Button.LAYOUT):
            t.order(NextLayout())
        case Pressed(button=Button.SOUNDS):
            t.order(ToggleSounds())
        case _:
            if not _of_surroundings(t, event):
                _to_mode(t, event)


def _rang(t: Transition, event: TimerExpired) -> None:
    if event.name == typing.FORGOTTEN:
        typing.empty(t)
    elif lasting.rang(t, event.name):
        pass
    elif not longest_session.rang(t, event.name) and not silenced_programs.rang(t, event.name):
        _to_mode(t, event)


def _answer(t: Transition, event: Answer) -> None:
    if event.turn in awaited(t.state.mode):
        _to_mode(t, event)
    if isinstance(event, CeremonyUpdated):
        late_answers.close(t, event.view)
    elif isinstance(event, EnrolmentUpdated):
        late_answers.close_enrolment(t, event.view)
    elif isinstance(event, EmergencyOpened):
        lasting.close_late(t, event)


def _of_surroundings(t: Transition, event: Outside | ForMode) -> bool:
    """Whether it was about the station, whatever the screen shows."""
    match event:
        case Started():
            environment.started(t, event)
        case Online():
            environment.online(t, event)
        case Offline():
            environment.offline(t, event)
        case TicketsHeld():
            environment.tickets_held(t, event)
        case EmergencyAllowed():
            environment.emergency_allowed(t, event)
        case ClockChecked():
            environment.clock_compared(t, event)
        case KeyboardChanged():
            environment.keyboard_says(t, event)
        case SoundsChanged():
            environment.sounds_say(t, event)
        case ServiceEventReceived(event=said) if said.kind == "seconded":
            second.seconded(t, said.session)
        case ServiceEventReceived(event=said):
            environment.from_service(t, said)
            stepping_up.on_phone(t, said)
        case RoomFailed(code=code):
            _broken(t, code, "out_of_order.broken")
        case StageFailed(detail=detail) if session_of(t.state.mode) is not None:
            _broken(t, detail, "out_of_order.stage")
        case StageLocked(reason=reason):
            typing.empty(t)
            environment.stage_locked(t, reason)
        case ProgramsChanged():
            active.programs_stand(t, event)
        case WorkspaceGone(login=login):
            environment.workspace_gone(t, login)
        case WorkspaceEnded(login=login, limit=limit):
            active.say_ended(t, login, limit)
        case WorkspaceShown() | StageFailed() if not shows_workspace(t.state.mode):
            t.order(Cover())  # it is not to be seen any more
        case (
            MethodPicked()
            | LoginTyped()
            | PurposePicked()
            | ReasonPicked()
            | SealedCodeTyped()
            | TextTyped()
            | PageShown()
            | KindPicked()
            | FactorPicked()
            | FactorNamed()
            | Pressed()
            | IdleExpired()
            | UserActivity()
            | WorkspaceShown()
            | StageFailed()
            | BarReached()
            | BarLeft()
            | ProgramPicked()
            | StepUpWithdrawn()
        ):
            return False
        case _:
            assert_never(event)
    return True


def _broken(t: Transition, code: str, key: str) -> None:
    if not (isinstance(t.state.mode, OutOfOrderMode) and t.state.mode.final):
        out_of_order(t, code, key)


def _to_mode(t: Transition, event: Event) -> bool:
    """Whether the present mode did anything about it; what does not fit it is ignored."""
    mode = t.state.mode
    match mode:
        case LockedMode():
            return locked.on_locked(t, mode, event)
        case ReadingMode():
            return reading.on_reading(t, mode, event)
        case SecondFactorMode():
            return second_factor.on_second_factor(t, mode, event)
        case OpeningMode():
            return active.on_opening(t, mode, event)
        case ActiveMode():
            return lasting.on_active(t, mode, event) or active.on_active(t, mode, event)
        case FadingMode():
            return lasting.on_active(t, mode, event) or active.on_fading(t, mode, event)
        case StepUpMode():
            return stepping_up.on_step_up(t, mode, event)
        case AftermathMode():
            return aftermath.on_aftermath(t, mode, event)
        case UnknownBadgeMode():
            return locked.on_unknown_badge(t, mode, event)
        case EnrolMode():
            return enrolling.on_enrolling(t, mode, event)
        case MyKeysMode():
            return my_keys.on_my_keys(t, mode, event)
        case OwedTextMode():
            return owing.on_owing(t, mode, event)
        case EmergencyMode():
            return asking.on_emergency(t, mode, event)
        case OutOfOrderMode():
            return locked.on_out_of_order(t, mode, event)
        case _:
            assert_never(mode)


def _wipe(t: Transition, before: State, event: Event) -> None:
    """Forget every secret that came or was held, and now is neither kept nor handed on."""
    came: list[Secret] = list(secrets_of(before))
    if isinstance(event, Typed):
        came.append(event.secret)
    elif isinstance(event, Keyed):
        came.append(event.character)
    if not came:
        return
    handed = [o.secret for o in t.orders if isinstance(o, SignChallenge | SendSecret | WITH_SECRET)]
    handed += [o.old for o in t.orders if isinstance(o, MakeKey)]
    live = {id(secret) for secret in (*secrets_of(t.state), *handed)}
    t.order(*(WipeSecret(secret) for secret in came if id(secret) not in live))
