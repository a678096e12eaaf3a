"""While an emergency access lasts: it is opened, counted down, extended by hand; then it ends.

It is a session of nobody's: no grace comes of it, no step-up, no list of keys. Whatever locks a session ends it.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.ceremony import LoginPresented
from kiosk.model.emergency import EXTENDED, HOOK_BEGIN, HOOK_EXTEND, LOGIN, NOBODY, EmergencyOffer
from kiosk.model.proof import Assurance
from kiosk.model.sealed_code import SealedCodePresented
from kiosk.session.facts.alarm_names import AlarmName, AnyAlarm
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.carried import OpenSession
from kiosk.session.facts.emergency_state import EmergencyMode, LastingEmergency
from kiosk.session.facts.events import Event
from kiosk.session.facts.held_by_mode import behind, session_of
from kiosk.session.facts.modes import ActiveMode, FadingMode, OpeningMode
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.service_answers import EmergencyOpened
from kiosk.session.facts.session_orders import ReportEvent, RunHook, WatchPrograms
from kiosk.session.facts.stage_orders import ShowWorkspace
from kiosk.session.shared import emergency_end
from kiosk.session.shared.ending import OPENING_SECONDS, lock
from kiosk.session.shared.transition import Transition

TICK, LAST = 30, 120
"""Seconds between two looks at what is left, which is said in minutes; from when it is said in seconds."""
WARNED = 60
"""Seconds left at which a sound calls to it."""
UNPROVED = Assurance("", (), 0)
NEVER_OPENED = "not_opened"


def opened(t: Transition, mode: EmergencyMode, offer: EmergencyOffer, event: EmergencyOpened) -> None:
    """The service, or the station's own journal, has it: the station's own workspace comes."""
    said = mode.presented
    presented = LoginPresented(LOGIN) if said is None or isinstance(said, SealedCodePresented) else said
    session = OpenSession(event.session, NOBODY, UNPROVED, 0, presented, 0, None, emergency=True)
    begun = LastingEmergency(
        *(event.session, mode.reason or "", event.person, event.seconds, event.seconds),
        *(offer.seconds, offer.most, offer.idle),
    )
    t.go(OpeningMode(session, returning=False))
    t.state = replace(t.state, emergency=begun)
    t.order(ShowWorkspace(NOBODY), WatchPrograms(event.session), PlaySound("attention"))
    t.set_timer(AlarmName.OPENING, OPENING_SECONDS)
    _count(t, begun)
    status, who = t.state.status, event.person or NOBODY
    t.order(RunHook(HOOK_BEGIN, event.session, who, status.station, status.place, reason=mode.reason))


def rang(t: Transition, name: AnyAlarm) -> bool:
    """A part of it has passed. False: another alarm."""
    lasting = t.state.emergency
    if name != AlarmName.EMERGENCY:
        return False
    if lasting is None:
        return True
    left = lasting.left - _step(lasting.left)
    now = replace(lasting, left=left)
    if left > 0:
        t.state = replace(t.state, emergency=now)
        _count(t, now)
        if left == WARNED:
            t.order(PlaySound("attention"))
    else:
        lock(t, "time")
    return True


def on_active(t: Transition, mode: ActiveMode | FadingMode, event: Event) -> bool:
    """What the red bar has and the usual one has not, and the other way round. False: as usual."""
    if not mode.session.emergency:
        return False
    match event:
        case Pressed(button=Button.EXTEND):
            _extend(t)
            return isinstance(mode, ActiveMode)
        case Pressed(button=Button.MY_KEYS | Button.LET_ASK | Button.HELP):
            return True
        case _:
            return False


def _extend(t: Transition) -> None:
    lasting = t.state.emergency
    if lasting is None or not lasting.can_extend:
        return
    longer = replace(lasting, left=lasting.left + lasting.step, granted=lasting.granted + lasting.step)
    t.state = replace(t.state, emergency=longer)
    _count(t, longer)
    status, who = t.state.status, lasting.person or NOBODY
    t.order(ReportEvent(EXTENDED, lasting.session, detail={"seconds": str(lasting.step)}))
    t.order(RunHook(HOOK_EXTEND, lasting.session, who, status.station, status.place, reason=lasting.reason))


def close_late(t: Transition, event: EmergencyOpened) -> None:
    """One that was opened when nobody waited for it any more never was."""
    lasting = t.state.emergency
    if lasting is None or lasting.session != event.session:
        t.order(emergency_end.ended_for(event.session, NEVER_OPENED))


def settle(t: Transition) -> None:
    """Whatever the rule that ran: where its session is no longer the one that is here, it is over."""
    lasting = t.state.emergency
    here = {found.id for found in (session_of(t.state.mode), behind(t.state.mode)) if found is not None}
    if lasting is not None and lasting.session not in here:
        emergency_end.over(t, "left")


def _step(left: int) -> int:
    return min(TICK, left - LAST) if left > LAST else 1


def _count(t: Transition, lasting: LastingEmergency) -> None:
    t.set_timer(AlarmName.EMERGENCY, _step(lasting.left))
