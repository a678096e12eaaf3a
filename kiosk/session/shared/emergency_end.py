"""How an emergency access ends: whatever led to it, its programs end with it, and it is told."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.emergency import ENDED, HOOK_END, LOGIN, NOBODY
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.session_orders import ReportEvent, RunHook, StopWatchingPrograms
from kiosk.session.facts.stage_orders import EndWorkspace
from kiosk.session.shared import silenced_programs
from kiosk.session.shared.transition import Transition


def over(t: Transition, reason: str) -> None:
    """It is over, for ``reason``. Nobody finds its workspace again: the next emergency begins with another."""
    lasting = t.state.emergency
    if lasting is None:
        return
    t.state = replace(t.state, emergency=None)
    t.cancel_timer(AlarmName.EMERGENCY)
    silenced_programs.signed_out(t, LOGIN)
    status = t.state.status
    who = lasting.person or NOBODY
    t.order(StopWatchingPrograms(), EndWorkspace(LOGIN), ended_for(lasting.session, reason))
    t.order(RunHook(HOOK_END, lasting.session, who, status.station, status.place, reason=reason))


def ended_for(session: str, reason: str) -> ReportEvent:
    """What the service is told of one that is over, or that nobody waited for any more."""
    return ReportEvent(ENDED, session, reason)
