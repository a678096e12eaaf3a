"""``step(state, event) -> (state, orders)``: the rules of the workstation, as one pure function.

Facts about the surroundings go to ``environment``, everything else to the mode that is on. Answers to
questions no longer asked are dropped, and ``late_answers`` closes what they opened. Whatever the rule, a secret
that neither the new state nor an order holds is wiped.
"""

from __future__ import annotations

from kiosk.model.card import Lift, ReadersChanged, Tap
from kiosk.model.secret import Secret
from kiosk.session.enrolment import mode as enrolling
from kiosk.session.enrolment import my_keys
from kiosk.session.facts.enrolment_orders import WITH_SECRET, MakeKey
from kiosk.session.facts.events import (
    Answered,
    Broken,
    Button,
    CardFailed,
    ChallengeCame,
    Chosen,
    ClockCompared,
    CredentialMade,
    Enrolled,
    Event,
    FactorNamed,
    FactorPicked,
    FactorsCame,
    FromService,
    Key,
    KeyboardSays,
    Keyed,
    KeyPress,
    KeyRead,
    KindPicked,
    LanguageShown,
    LoginTyped,
    Mismatch,
    Offline,
    Online,
    PivRead,
    PkocRead,
    Pressed,
    Printed,
    Probed,
    ProgramPicked,
    ProgramsStand,
    PurposePicked,
    Rang,
    Rung,
    ServiceRefused,
    Signed,
    SoundsSay,
    StageFailed,
    StageLocked,
    Started,
    TimeGiven,
    Typed,
    Unreachable,
    WorkspaceEnded,
    WorkspaceGone,
    WorkspaceShown,
)
from kiosk.session.facts.orders import (
    Cover,
    NextLanguage,
    NextLayout,
    Order,
    SendSecret,
    Sign,
    ToggleSounds,
    Wipe,
)
from kiosk.session.facts.state import (
    ActiveMode,
    AftermathMode,
    EnrolMode,
    FadingMode,
    LockedMode,
    MyKeysMode,
    OpeningMode,
    OutOfOrderMode,
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
from kiosk.session.shared import (
    aftermath,
    language,
    late_answers,
    longest_session,
    silenced_programs,
    typing,
)
from kiosk.session.shared.ending import out_of_order
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in import more_time, reading, second_factor
from kiosk.session.station import active, environment, locked
from kiosk.session.step_up import doorbell
from kiosk.session.step_up import mode as stepping_up

Answer = (
    Probed
    | CardFailed
    | Answered
    | ChallengeCame
    | Mismatch
    | Signed
    | Enrolled
    | FactorsCame
    | KeyRead
    | CredentialMade
    | PivRead
    | PkocRead
    | Printed
    | Unreachable
    | ServiceRefused
    | TimeGiven
)


OwnAct = Chosen | LoginTyped | PurposePicked | KindPicked | FactorPicked | FactorNamed | Pressed | ProgramPicked
"""What a person does at the screen on purpose, besides entering what was typed."""


def step(state: State, event: Event) -> tuple[State, tuple[Order, ...]]:
    """What follows from ``event``: the next state, and orders to be carried out in this order.

    Never raises, for any event in any state: what does not fit is ignored.
    """
    d = Draft(state)
    _dispatch(d, event)
    typing.settle(d)
    language.follow(d, state)
    _wipe(d, state, event)
    return d.state, tuple(d.orders)


def _dispatch(d: Draft, event: Event) -> None:
    if isinstance(event, Key):
        aftermath.key_pressed(d)
        more_time.touched(d)
        entered = typing.on_key(d, event)
        if entered is not None:
            aftermath.own_act(d)
            _to_mode(d, entered)
        return
    if isinstance(event, OwnAct):
        aftermath.own_act(d)
    match event:
        case Tap():
            for missed in environment.arrived(d, event):
                _to_mode(d, missed)
            _to_mode(d, event)
        case Lift():
            environment.lifted(d, event)
            _to_mode(d, event)
        case ReadersChanged():
            for lift in environment.readers_changed(d, event):
                _dispatch(d, lift)
        case Probed() | CardFailed() | Answered() | ChallengeCame() | Mismatch() | Signed() | Unreachable():
            _answer(d, event)
        case (
            Enrolled()
            | FactorsCame()
            | KeyRead()
            | CredentialMade()
            | PivRead()
            | PkocRead()
            | Printed()
            | ServiceRefused()
            | TimeGiven()
        ):
            _answer(d, event)
        case Rang(turn=turn, name=name):
            if d.rang(name, turn):
                _rang(d, event)
        case Typed():
            pass  # that is for the session alone to say
        case Rung():
            doorbell.ring(d, event)
        case KeyPress():
            aftermath.key_pressed(d)
            _to_mode(d, event)
        case LanguageShown():
            language.shown(d, event)
        case Pressed(button=Button.LANGUAGE):
            d.order(NextLanguage())
        case Pressed(button=Button.LAYOUT):
            d.order(NextLayout())
        case Pressed(button=Button.SOUNDS):
            d.order(ToggleSounds())
        case _:
            if not _of_surroundings(d, event):
                _to_mode(d, event)


def _rang(d: Draft, event: Rang) -> None:
    if event.name == typing.FORGOTTEN:
        typing.empty(d)
    elif not longest_session.rang(d, event.name) and not silenced_programs.rang(d, event.name):
        _to_mode(d, event)


def _answer(d: Draft, event: Answer) -> None:
    if event.turn in awaited(d.state.mode):
        _to_mode(d, event)
    if isinstance(event, Answered):
        late_answers.close(d, event.view)
    elif isinstance(event, Enrolled):
        late_answers.close_enrolment(d, event.view)


def _of_surroundings(d: Draft, event: Event) -> bool:
    match event:
        case Started():
            environment.started(d, event)
        case Online():
            environment.online(d, event)
        case Offline():
            environment.offline(d, event)
        case ClockCompared():
            environment.clock_compared(d, event)
        case KeyboardSays():
            environment.keyboard_says(d, event)
        case SoundsSay():
            environment.sounds_say(d, event)
        case FromService(event=said):
            environment.from_service(d, said)
        case Broken(code=code):
            _broken(d, code, "out_of_order.broken")
        case StageFailed(detail=detail) if session_of(d.state.mode) is not None:
            _broken(d, detail, "out_of_order.stage")
        case StageLocked(reason=reason):
            typing.empty(d)
            environment.stage_locked(d, reason)
        case ProgramsStand():
            active.programs_stand(d, event)
        case WorkspaceGone(login=login):
            environment.workspace_gone(d, login)
        case WorkspaceEnded(login=login, limit=limit):
            active.say_ended(d, login, limit)
        case WorkspaceShown() | StageFailed() if not shows_workspace(d.state.mode):
            d.order(Cover())  # it is not to be seen any more
        case _:
            return False
    return True


def _broken(d: Draft, code: str, key: str) -> None:
    if not (isinstance(d.state.mode, OutOfOrderMode) and d.state.mode.final):
        out_of_order(d, code, key)


def _to_mode(d: Draft, event: Event) -> bool:
    match d.state.mode:
        case LockedMode() as mode:
            return locked.on_locked(d, mode, event)
        case ReadingMode() as mode:
            return reading.on_reading(d, mode, event)
        case SecondFactorMode() as mode:
            return second_factor.on_second_factor(d, mode, event)
        case OpeningMode() as mode:
            return active.on_opening(d, mode, event)
        case ActiveMode() as mode:
            return active.on_active(d, mode, event)
        case FadingMode() as mode:
            return active.on_fading(d, mode, event)
        case StepUpMode() as mode:
            return stepping_up.on_step_up(d, mode, event)
        case AftermathMode() as mode:
            return aftermath.on_aftermath(d, mode, event)
        case UnknownBadgeMode() as mode:
            return locked.on_unknown_badge(d, mode, event)
        case EnrolMode() as mode:
            return enrolling.on_enrolling(d, mode, event)
        case MyKeysMode() as mode:
            return my_keys.on_my_keys(d, mode, event)
        case OutOfOrderMode() as mode:
            return locked.on_out_of_order(d, mode, event)


def _wipe(d: Draft, before: State, event: Event) -> None:
    """Forget every secret that came or was held, and now is neither kept nor handed on."""
    came: list[Secret] = list(secrets_of(before))
    if isinstance(event, Typed):
        came.append(event.secret)
    elif isinstance(event, Keyed):
        came.append(event.character)
    handed = [o.secret for o in d.orders if isinstance(o, Sign | SendSecret | WITH_SECRET)]
    handed += [o.old for o in d.orders if isinstance(o, MakeKey)]
    live = {id(secret) for secret in (*secrets_of(d.state), *handed)}
    d.order(*(Wipe(secret) for secret in came if id(secret) not in live))
