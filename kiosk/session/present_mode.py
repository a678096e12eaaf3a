"""Hands an event to the mode that is on: one folder a mode, and which function of it takes events."""

from __future__ import annotations

from typing import assert_never

from kiosk.session.emergency import asking, lasting
from kiosk.session.enrolment import mode as enrolling
from kiosk.session.enrolment import my_keys
from kiosk.session.facts.emergency_state import EmergencyMode, OwedTextMode
from kiosk.session.facts.enrolment_state import EnrolMode, MyKeysMode
from kiosk.session.facts.events import Event
from kiosk.session.facts.modes import (
    ActiveMode,
    AftermathMode,
    FadingMode,
    LockedMode,
    OpeningMode,
    OutOfOrderMode,
    ReadingMode,
    SecondFactorMode,
    UnknownBadgeMode,
)
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared import aftermath
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import reading, second_factor
from kiosk.session.station import active, fading, locked, opening, owing
from kiosk.session.step_up import mode as stepping_up


def on_present_mode(t: Transition, event: Event) -> bool:
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
            return opening.on_opening(t, mode, event)
        case ActiveMode():
            return lasting.on_active(t, mode, event) or active.on_active(t, mode, event)
        case FadingMode():
            return lasting.on_active(t, mode, event) or fading.on_fading(t, mode, event)
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
