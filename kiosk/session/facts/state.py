"""What the session remembers: one frozen ``State`` with one ``Mode`` in it.

A mode holds exactly what its screen and its rules need, so that what does not belong together cannot be
remembered together: a second factor's ceremony is gone the moment the mode is. What travels from mode to mode is
in ``carried``, the modes in ``modes``, ``step_up_state``, ``enrolment_state`` and ``emergency_state``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.model.card import Tap
from kiosk.model.emergency import EmergencyOffer
from kiosk.session.facts.alarm_names import AlarmName, AnyAlarm
from kiosk.session.facts.carried import Askers, RunningWorkspace
from kiosk.session.facts.emergency_state import LastingEmergency
from kiosk.session.facts.modes import LockedMode, Mode
from kiosk.session.facts.program_bar import ProgramsShown
from kiosk.session.facts.screen_parts import StationStatus
from kiosk.session.facts.secret_field import Typing

LIMIT, END = AlarmName.LIMIT, AlarmName.END
"""Alarms of the session itself, which go on whatever it shows: its end is near, it ends."""
STILL = AlarmName.STILL
"""Alarm that goes on from screen to screen: set while somebody types; rings when nobody has for two seconds."""
RECENT = AlarmName.RECENT
"""Likewise, within a session: set for a minute after a step-up, in which the next one is "another"."""


@dataclass(frozen=True, slots=True)
class StationRules:
    """The station's rules, as service and settings say. Times in seconds; 0: not watched, no limit, no sign.

    ``tap_out``: ``lock`` or ``sign_out``. ``sign_after``: until the bar says who is signed in. ``can_print``: it has a
    printer. ``pin_length``: digits of everybody's PIN, whose last one sends it; 0: Enter does. ``emergency``: what
    emergency access there is.
    """

    idle: int = 300
    warning: int = 30
    stepup_seconds: int = 120
    names: str = "none"
    removal_locks: bool = True
    tap_out: str = "lock"
    max_session: int = 43_200
    sign_after: int = 60
    can_print: bool = False
    pin_length: int = 0
    emergency: EmergencyOffer | None = None


@dataclass(frozen=True, slots=True)
class State:
    """``turn``: the last number given to an order. ``timers``: name and turn of each that is set.

    ``cards``: taps whose card has not been lifted. ``workspaces``: workspaces that run here. ``typing``: what stands in
    the secret field. ``askers``: which programs may not ask for a step-up now. ``desk``: the programs of whoever is
    shown.
    ``language``: chosen by the person who is here, or at the lock screen; empty for the station's own. ``emergency``:
    an emergency access that lasts; its session is the one of the mode.
    """

    status: StationStatus = field(default_factory=StationStatus)
    rules: StationRules = field(default_factory=StationRules)
    mode: Mode = field(default_factory=LockedMode)
    turn: int = 0
    timers: tuple[tuple[AnyAlarm, int], ...] = ()
    cards: tuple[Tap, ...] = ()
    workspaces: tuple[RunningWorkspace, ...] = ()
    typing: Typing = field(default_factory=Typing)
    askers: Askers = field(default_factory=Askers)
    desk: ProgramsShown = field(default_factory=ProgramsShown)
    language: str = ""
    emergency: LastingEmergency | None = None


def initial() -> State:
    """Locked, knowing nothing: before ``Started``."""
    return State()
