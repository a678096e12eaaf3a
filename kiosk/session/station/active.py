"""While a workspace is shown: opening, active, fading; tap-out, tap-over, idleness, the lock button."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.model.proof import Presented
from kiosk.session.enrolment import my_keys
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import CardFailed, Probed
from kiosk.session.facts.card_orders import DropCard, ProbeCard
from kiosk.session.facts.carried import OpenSession, Probing
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.held_by_mode import session_of
from kiosk.session.facts.modes import ActiveMode, FadingMode, OpeningMode
from kiosk.session.facts.orders import PlaySound, WatchTouch
from kiosk.session.facts.program_bar import (
    BarLeft,
    BarReached,
    BringProgram,
    LeaveBar,
    ProgramPicked,
    ProgramsChanged,
    ProgramsShown,
)
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.stage_news import IdleExpired, UserActivity, WorkspaceShown
from kiosk.session.facts.stage_orders import WatchIdle
from kiosk.session.facts.state import STILL
from kiosk.session.shared import aftermath, silenced_programs
from kiosk.session.shared.ending import (
    NOTICE_SECONDS,
    fade,
    let_go,
    lock,
    out_of_order,
    pulled,
    return_to_workspace,
    tap_out_reason,
    tapped_out,
)
from kiosk.session.shared.same_card import maybe_same_key, same_card
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import reading
from kiosk.session.station import owing

SETTLE_SECONDS = 3
SIGN_SECONDS = 5
"""The sign lies over the patient's name: long enough to be read, and gone again."""


def on_opening(t: Transition, mode: OpeningMode, event: Event) -> bool:
    """Waiting for the stage to paint the workspace. False: not for us."""
    match event:
        case WorkspaceShown(login=login) if login == mode.session.person.login:
            if aftermath.typing(t):
                aftermath.hold(t, mode)
            else:
                _shown(t, mode)
        case TimerExpired(name=name) if name == STILL and mode.held:
            _shown(t, mode)
        case Tap() if event.fresh:
            t.stay(replace(mode, later=event))
        case TimerExpired(name=AlarmName.OPENING):
            out_of_order(t, "STAGE-SLOW", "out_of_order.stage")
        case Pressed(button=Button.LOCK | Button.CANCEL):
            lock(t, "button")
        case Lift() if pulled(t, mode.session.tap, mode.session.role, event):
            lock(t, "card_removed")
        case _:
            return False
    return True


def _shown(t: Transition, mode: OpeningMode) -> None:
    _work(t, ActiveMode(mode.session, settled=mode.settled))
    if not mode.settled:
        t.set_timer(AlarmName.SETTLE, SETTLE_SECONDS)
    if mode.notice is not None:
        _say(t, mode.notice)
    if mode.later is not None and isinstance(t.state.mode, ActiveMode):
        _tap(t, t.state.mode, mode.later)


def _work(t: Transition, mode: ActiveMode) -> None:
    t.go(mode)
    _watch(t)


def _signs(t: Transition) -> bool:
    """Whether the bar is to say large who is signed in, before anything fades."""
    rules, idle = t.state.rules, _idle_seconds(t)
    return t.state.emergency is None and rules.sign_after > 0 and (idle == 0 or rules.sign_after < idle)


def _idle_seconds(t: Transition) -> int:
    """Without a touch until the warning: an emergency access has a time of its own, never longer."""
    idle, emergency = t.state.rules.idle, t.state.emergency
    return idle if emergency is None else min(emergency.idle, idle or emergency.idle)


def say_ended(t: Transition, login: str, limit: str) -> None:
    """They find their programs begun anew: they are told why, once they are to be seen."""
    mode = t.state.mode
    if isinstance(mode, OpeningMode) and mode.session.person.login == login:
        t.stay(replace(mode, returning=False, notice=mode.notice or notices.ended(limit)))
    elif isinstance(mode, ActiveMode) and mode.session.person.login == login:
        _say(t, notices.ended(limit))


def programs_stand(t: Transition, event: ProgramsChanged) -> None:
    """Of whoever is shown; of anybody else it is old."""
    session = session_of(t.state.mode)
    if session is not None and session.person.login == event.login:
        t.state = replace(t.state, desk=ProgramsShown(event.login, event.programs))


def _watch(t: Transition) -> None:
    """Somebody is here: idleness is counted from now."""
    seconds = t.state.rules.sign_after if _signs(t) else _idle_seconds(t)
    if seconds > 0:
        t.order(WatchIdle(seconds))


def on_active(t: Transition, mode: ActiveMode, event: Event) -> bool:
    """Somebody works here. False: not for us."""
    if mode.sign and isinstance(event, UserActivity | Tap | Pressed | ProgramPicked | BarReached):
        mode = replace(mode, sign=False, sign_read=False)
        t.stay(mode)
        _watch(t)
    match event:
        case Tap():
            _tap(t, mode, event)
        case Probed(presented=presented) if mode.probing:
            t.stay(replace(mode, probing=None))
            _say(t, _probed(t, mode, mode.probing, presented))
        case CardFailed(trouble=trouble) if mode.probing:
            t.order(
                ReportEvent("tap_failed", reason=trouble.value),
                DropCard(mode.probing.tap.number),
                PlaySound("attention"),
            )
            t.stay(replace(mode, probing=None))
            _say(t, notices.card(trouble))
        case Lift() if pulled(t, mode.session.tap, mode.session.role, event):
            lock(t, "card_removed")
        case TimerExpired(name=AlarmName.SETTLE):
            t.stay(replace(mode, settled=True))
        case TimerExpired(name=AlarmName.NOTICE):
            t.stay(replace(mode, notice=None))
        case TimerExpired(name=AlarmName.SIGN):
            t.stay(replace(mode, sign_read=mode.sign))
        case Pressed(button=Button.LOCK):
            lock(t, "button")
        case Pressed(button=Button.MY_KEYS):
            _my_keys(t, mode)
        case Pressed(button=Button.WRITE_TEXT) if mode.session.owes:
            _owed(t, mode)
        case Pressed(button=Button.HELP):
            t.stay(replace(mode, help=not mode.help))
        case Pressed(button=Button.LET_ASK):
            silenced_programs.let_ask(t, mode.session)
            t.stay(replace(mode, help=False))
            _say(t, notices.LET_ASK)
        case Pressed(button=Button.CANCEL):
            t.stay(replace(mode, help=False, notice=None, reached=False))
            if mode.reached:
                t.order(LeaveBar())
        case BarReached() | BarLeft():
            t.stay(replace(mode, reached=isinstance(event, BarReached)))
        case ProgramPicked(number=number) if number < len(t.state.desk.of(mode.session.person.login)):
            t.stay(replace(mode, reached=False))
            t.order(BringProgram(mode.session.person.login, number))
        case IdleExpired() if _signs(t) and not mode.sign:
            _show_sign(t, mode)
        case IdleExpired() if _idle_seconds(t) > 0:
            _idle(t, mode)
        case _:
            return False
    return True


def _my_keys(t: Transition, mode: ActiveMode) -> None:
    if t.state.status.network == "unreachable":
        _say(t, notices.KEYS_OFFLINE)
    else:
        my_keys.fetch(t, mode.session)


def _owed(t: Transition, mode: ActiveMode) -> None:
    if t.state.status.network == "unreachable":
        _say(t, notices.TEXT_OFFLINE)
    else:
        owing.fetch(t, mode.session)


def _show_sign(t: Transition, mode: ActiveMode) -> None:
    """They may have gone, and whoever comes next is to see whose work this is. A touch or a few seconds end it."""
    t.stay(replace(mode, sign=True, sign_read=False))
    t.set_timer(AlarmName.SIGN, SIGN_SECONDS)
    t.order(WatchTouch())
    rules = t.state.rules
    if rules.idle > 0:
        t.order(WatchIdle(rules.idle - rules.sign_after))


def _idle(t: Transition, mode: ActiveMode) -> None:
    """Warn. A card that is still being read does not keep the workspace open: its reader may be stuck."""
    let_go(t)
    fade(t, mode.session)


def _say(t: Transition, notice: Notice | None) -> None:
    if notice is not None and isinstance(t.state.mode, ActiveMode):
        t.stay(replace(t.state.mode, notice=notice))
        t.set_timer(AlarmName.NOTICE, NOTICE_SECONDS)


def _tap(t: Transition, mode: ActiveMode, tap: Tap) -> None:
    """Whose card is it? A newer tap takes the place of one still being read."""
    if mode.probing:
        t.order(DropCard(mode.probing.tap.number))
        t.stay(replace(mode, probing=None))
    if not tap.fresh:
        _say(t, notices.LIFT_AND_TAP)
        return
    turn = t.ask(lambda turn: ProbeCard(turn, tap.number))
    t.order(PlaySound("tap"))
    t.stay(replace(mode, probing=Probing(turn, tap)))


def _probed(t: Transition, mode: ActiveMode, came: Probing, presented: Presented) -> Notice | None:
    """The same card: leave, unless they have only just come. Another: cover, and let its owner prove themselves.

    What is to be said where neither happens.
    """
    session = mode.session
    same = same_card(presented, session.presented)
    never_lifted = session.tap != came.tap.number and t.lying(session.tap)
    if (same and (never_lifted or not mode.settled)) or (
        not mode.settled and maybe_same_key(presented, session.presented)
    ):
        t.order(DropCard(came.tap.number))
        return notices.signed_in(session.person.name)
    if same:
        t.order(DropCard(came.tap.number))
        lock(t, tap_out_reason(t))
        tapped_out(t, session)
    elif t.state.status.network == "unreachable":
        # Nobody can sign in now, them neither if they were locked: what is open stays open until its idle lock.
        t.order(DropCard(came.tap.number), PlaySound("refused"))
        return notices.TAP_OVER_OFFLINE
    else:
        reading.begin(t, came.tap.number, came.tap.role, presented, session)
    return None


def on_fading(t: Transition, mode: FadingMode, event: Event) -> bool:
    """About to lock: anything that a person does keeps it open. False: not for us.

    A card that comes may be a colleague's, who types next: until it is known whose it is, the workspace stays covered.
    """
    match event:
        case TimerExpired(name=AlarmName.FADE):
            lock(t, "idle")
        case Pressed(button=Button.LOCK):
            lock(t, "button")
        case Lift() if pulled(t, mode.session.tap, mode.session.role, event):
            lock(t, "card_removed")
        case UserActivity() | Pressed() if mode.probing is None:
            _keep_open(t, mode.session, None)
        case Tap() if event.fresh:
            if mode.probing:
                t.order(DropCard(mode.probing.tap.number))
            turn = t.ask(lambda turn: ProbeCard(turn, event.number))
            t.order(PlaySound("tap"))
            t.stay(replace(mode, probing=Probing(turn, event)))
        case Tap():
            _keep_open(t, mode.session, notices.LIFT_AND_TAP)
        case Probed(presented=presented) if mode.probing:
            t.stay(replace(mode, probing=None))
            notice = _probed(t, ActiveMode(mode.session, settled=True), mode.probing, presented)
            if notice is not None:
                _keep_open(t, mode.session, notice)
        case CardFailed(trouble=trouble) if mode.probing:
            t.order(
                ReportEvent("tap_failed", reason=trouble.value),
                DropCard(mode.probing.tap.number),
                PlaySound("attention"),
            )
            _keep_open(t, mode.session, notices.card(trouble))
        case _:
            return False
    return True


def _keep_open(t: Transition, session: OpenSession, notice: Notice | None) -> None:
    """Somebody is here. What they type already is not for the workspace, unless it was typed at the warning."""
    if aftermath.typing(t):
        return_to_workspace(t, session, notice, None)
    else:
        _work(t, ActiveMode(session, settled=True))
        _say(t, notice)
