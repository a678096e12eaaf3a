"""While a workspace is shown: opening, active, fading; tap-out, tap-over, idleness, the lock button."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.model.proof import Presented
from kiosk.session.enrolment import my_keys
from kiosk.session.facts import notices
from kiosk.session.facts.events import (
    BarLeft,
    BarReached,
    Button,
    CardFailed,
    Event,
    Idle,
    Pressed,
    Probed,
    ProgramPicked,
    ProgramsStand,
    Rang,
    Stirred,
    WorkspaceShown,
)
from kiosk.session.facts.orders import (
    BringProgram,
    DropCard,
    LeaveBar,
    Probe,
    Sound,
    Tell,
    WatchIdle,
    WatchTouch,
)
from kiosk.session.facts.program_bar import Desk
from kiosk.session.facts.screens import Notice
from kiosk.session.facts.state import (
    STILL,
    ActiveMode,
    FadingMode,
    OpeningMode,
    Probing,
    Session,
    session_of,
)
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
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in import reading

SETTLE_SECONDS = 3
SIGN_SECONDS = 5
"""The sign lies over the patient's name: long enough to be read, and gone again."""


def on_opening(d: Draft, m: OpeningMode, event: Event) -> bool:
    """Waiting for the stage to paint the workspace. False: not for us."""
    match event:
        case WorkspaceShown(login=login) if login == m.session.person.login:
            if aftermath.typing(d):
                aftermath.hold(d, m)
            else:
                _shown(d, m)
        case Rang(name=name) if name == STILL and m.held:
            _shown(d, m)
        case Tap() if event.fresh:
            d.stay(replace(m, later=event))
        case Rang(name="opening"):
            out_of_order(d, "STAGE-SLOW", "out_of_order.stage")
        case Pressed(button=Button.LOCK | Button.CANCEL):
            lock(d, "button")
        case Lift() if pulled(d, m.session.tap, m.session.role, event):
            lock(d, "card_removed")
        case _:
            return False
    return True


def _shown(d: Draft, m: OpeningMode) -> None:
    _work(d, ActiveMode(m.session, settled=m.settled))
    if not m.settled:
        d.alarm("settle", SETTLE_SECONDS)
    if m.notice is not None:
        _say(d, m.notice)
    if m.later is not None and isinstance(d.state.mode, ActiveMode):
        _tap(d, d.state.mode, m.later)


def _work(d: Draft, mode: ActiveMode) -> None:
    d.go(mode)
    _watch(d)


def _signs(d: Draft) -> bool:
    """Whether the bar is to say large who is signed in, before anything fades."""
    rules = d.state.rules
    return rules.sign_after > 0 and (rules.idle == 0 or rules.sign_after < rules.idle)


def say_ended(d: Draft, login: str, limit: str) -> None:
    """She finds her programs begun anew: she is told why, once they are to be seen."""
    mode = d.state.mode
    if isinstance(mode, OpeningMode) and mode.session.person.login == login:
        d.stay(replace(mode, returning=False, notice=mode.notice or notices.ended(limit)))
    elif isinstance(mode, ActiveMode) and mode.session.person.login == login:
        _say(d, notices.ended(limit))


def programs_stand(d: Draft, event: ProgramsStand) -> None:
    """Of whoever is shown; of anybody else it is old."""
    session = session_of(d.state.mode)
    if session is not None and session.person.login == event.login:
        d.state = replace(d.state, desk=Desk(event.login, event.programs))


def _watch(d: Draft) -> None:
    """Somebody is here: idleness is counted from now."""
    seconds = d.state.rules.sign_after if _signs(d) else d.state.rules.idle
    if seconds > 0:
        d.order(WatchIdle(seconds))


def on_active(d: Draft, m: ActiveMode, event: Event) -> bool:
    """Somebody works here. False: not for us."""
    if m.sign and isinstance(event, Stirred | Tap | Pressed | ProgramPicked | BarReached):
        m = replace(m, sign=False, sign_read=False)
        d.stay(m)
        _watch(d)
    match event:
        case Tap():
            _tap(d, m, event)
        case Probed(presented=presented) if m.probing:
            d.stay(replace(m, probing=None))
            _say(d, _probed(d, m, m.probing, presented))
        case CardFailed(trouble=trouble) if m.probing:
            d.order(Tell("tap_failed", reason=trouble.value), DropCard(m.probing.tap.number), Sound("attention"))
            d.stay(replace(m, probing=None))
            _say(d, notices.card(trouble))
        case Lift() if pulled(d, m.session.tap, m.session.role, event):
            lock(d, "card_removed")
        case Rang(name="settle"):
            d.stay(replace(m, settled=True))
        case Rang(name="notice"):
            d.stay(replace(m, notice=None))
        case Rang(name="sign"):
            d.stay(replace(m, sign_read=m.sign))
        case Pressed(button=Button.LOCK):
            lock(d, "button")
        case Pressed(button=Button.MY_KEYS):
            _my_keys(d, m)
        case Pressed(button=Button.HELP):
            d.stay(replace(m, help=not m.help))
        case Pressed(button=Button.LET_ASK):
            silenced_programs.let_ask(d, m.session)
            d.stay(replace(m, help=False))
            _say(d, notices.LET_ASK)
        case Pressed(button=Button.CANCEL):
            d.stay(replace(m, help=False, notice=None, reached=False))
            if m.reached:
                d.order(LeaveBar())
        case BarReached() | BarLeft():
            d.stay(replace(m, reached=isinstance(event, BarReached)))
        case ProgramPicked(number=number) if number < len(d.state.desk.of(m.session.person.login)):
            d.stay(replace(m, reached=False))
            d.order(BringProgram(m.session.person.login, number))
        case Idle() if _signs(d) and not m.sign:
            _show_sign(d, m)
        case Idle() if d.state.rules.idle > 0:
            _idle(d, m)
        case _:
            return False
    return True


def _my_keys(d: Draft, m: ActiveMode) -> None:
    if d.state.around.network == "unreachable":
        _say(d, notices.KEYS_OFFLINE)
    else:
        my_keys.fetch(d, m.session)


def _show_sign(d: Draft, m: ActiveMode) -> None:
    """They may have gone, and whoever comes next is to see whose work this is. A touch or a few seconds end it."""
    d.stay(replace(m, sign=True, sign_read=False))
    d.alarm("sign", SIGN_SECONDS)
    d.order(WatchTouch())
    rules = d.state.rules
    if rules.idle > 0:
        d.order(WatchIdle(rules.idle - rules.sign_after))


def _idle(d: Draft, m: ActiveMode) -> None:
    """Warn. A card that is still being read does not keep the workspace open: its reader may be stuck."""
    let_go(d)
    fade(d, m.session)


def _say(d: Draft, notice: Notice | None) -> None:
    if notice is not None and isinstance(d.state.mode, ActiveMode):
        d.stay(replace(d.state.mode, notice=notice))
        d.alarm("notice", NOTICE_SECONDS)


def _tap(d: Draft, m: ActiveMode, tap: Tap) -> None:
    """Whose card is it? A newer tap takes the place of one still being read."""
    if m.probing:
        d.order(DropCard(m.probing.tap.number))
        d.stay(replace(m, probing=None))
    if not tap.fresh:
        _say(d, notices.LIFT_AND_TAP)
        return
    turn = d.ask(lambda turn: Probe(turn, tap.number))
    d.order(Sound("tap"))
    d.stay(replace(m, probing=Probing(turn, tap)))


def _probed(d: Draft, m: ActiveMode, came: Probing, presented: Presented) -> Notice | None:
    """The same card: leave, unless she has only just come. Another: cover, and let its owner prove herself.

    What is to be said where neither happens.
    """
    session = m.session
    same = same_card(presented, session.presented)
    never_lifted = session.tap != came.tap.number and d.lying(session.tap)
    if (same and (never_lifted or not m.settled)) or (not m.settled and maybe_same_key(presented, session.presented)):
        d.order(DropCard(came.tap.number))
        return notices.signed_in(session.person.name)
    if same:
        d.order(DropCard(came.tap.number))
        lock(d, tap_out_reason(d))
        tapped_out(d, session)
    elif d.state.around.network == "unreachable":
        # Nobody can sign in now, her neither if she were locked: what is open stays open until its idle lock.
        d.order(DropCard(came.tap.number), Sound("refused"))
        return notices.TAP_OVER_OFFLINE
    else:
        reading.begin(d, came.tap.number, came.tap.role, presented, session)
    return None


def on_fading(d: Draft, m: FadingMode, event: Event) -> bool:
    """About to lock: anything that a person does keeps it open. False: not for us.

    A card that comes may be a colleague's, who types next: until it is known whose it is, the workspace stays covered.
    """
    match event:
        case Rang(name="fade"):
            lock(d, "idle")
        case Pressed(button=Button.LOCK):
            lock(d, "button")
        case Lift() if pulled(d, m.session.tap, m.session.role, event):
            lock(d, "card_removed")
        case Stirred() | Pressed() if m.probing is None:
            _keep_open(d, m.session, None)
        case Tap() if event.fresh:
            if m.probing:
                d.order(DropCard(m.probing.tap.number))
            turn = d.ask(lambda turn: Probe(turn, event.number))
            d.order(Sound("tap"))
            d.stay(replace(m, probing=Probing(turn, event)))
        case Tap():
            _keep_open(d, m.session, notices.LIFT_AND_TAP)
        case Probed(presented=presented) if m.probing:
            d.stay(replace(m, probing=None))
            notice = _probed(d, ActiveMode(m.session, settled=True), m.probing, presented)
            if notice is not None:
                _keep_open(d, m.session, notice)
        case CardFailed(trouble=trouble) if m.probing:
            d.order(Tell("tap_failed", reason=trouble.value), DropCard(m.probing.tap.number), Sound("attention"))
            _keep_open(d, m.session, notices.card(trouble))
        case _:
            return False
    return True


def _keep_open(d: Draft, session: Session, notice: Notice | None) -> None:
    """Somebody is here. What they type already is not for the workspace, unless it was typed at the warning."""
    if aftermath.typing(d):
        return_to_workspace(d, session, notice, None)
    else:
        _work(d, ActiveMode(session, settled=True))
        _say(d, notice)
