"""What is about the station, whatever its screen shows: which rule takes it."""

from __future__ import annotations

from typing import assert_never

from kiosk.model.wire import StationEvent
from kiosk.session.facts.events import AboutStation
from kiosk.session.facts.held_by_mode import session_of, shows_workspace
from kiosk.session.facts.modes import OutOfOrderMode
from kiosk.session.facts.program_bar import ProgramsChanged
from kiosk.session.facts.stage_news import StageFailed, StageLocked, WorkspaceEnded, WorkspaceGone, WorkspaceShown
from kiosk.session.facts.stage_orders import Cover
from kiosk.session.facts.station_news import (
    ClockChecked,
    EmergencyAllowed,
    KeyboardChanged,
    Offline,
    Online,
    RoomFailed,
    ServiceEventReceived,
    SoundsChanged,
    Started,
    TicketsHeld,
)
from kiosk.session.shared import typing
from kiosk.session.shared.ending import out_of_order
from kiosk.session.shared.transition import Transition
from kiosk.session.station import active, environment
from kiosk.session.step_up import outcome, second


def about_station(t: Transition, event: AboutStation) -> None:
    """Let the station's rules take it; the mode that is on is not asked."""
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
        case ServiceEventReceived(event=said):
            _from_service(t, said)
        case RoomFailed(code=code):
            _broken(t, code, "out_of_order.broken")
        case StageLocked(reason=reason):
            typing.empty(t)
            environment.stage_locked(t, reason)
        case ProgramsChanged():
            active.programs_stand(t, event)
        case WorkspaceGone(login=login):
            environment.workspace_gone(t, login)
        case WorkspaceEnded(login=login, limit=limit):
            active.say_ended(t, login, limit)
        case _:
            assert_never(event)


def hidden_workspace(t: Transition, event: WorkspaceShown | StageFailed) -> bool:
    """Whether that was all about it: the stage failed somebody's session, or shows what is not to be seen any more."""
    if isinstance(event, StageFailed) and session_of(t.state.mode) is not None:
        _broken(t, event.detail, "out_of_order.stage")
        return True
    if not shows_workspace(t.state.mode):
        t.order(Cover())
        return True
    return False


def _from_service(t: Transition, said: StationEvent) -> None:
    if said.kind == "seconded":
        second.seconded(t, said.session)
        return
    environment.from_service(t, said)
    outcome.on_phone(t, said)


def _broken(t: Transition, code: str, key: str) -> None:
    """The station is out of order, unless it is for good already."""
    if not (isinstance(t.state.mode, OutOfOrderMode) and t.state.mode.final):
        out_of_order(t, code, key)
