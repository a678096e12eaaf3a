"""A sentence for whoever is at a screen, which goes away by itself."""

from __future__ import annotations

from dataclasses import replace

from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.emergency_state import OwedTextMode
from kiosk.session.facts.enrolment_state import EnrolMode, MyKeysMode
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared.ending import NOTICE_SECONDS
from kiosk.session.shared.transition import Transition


def say(t: Transition, mode: StepUpMode | EnrolMode | MyKeysMode | OwedTextMode, notice: Notice) -> None:
    """``mode`` goes on with ``notice``, and a sound that asks to look."""
    t.order(PlaySound("attention"))
    t.stay(replace(mode, notice=notice))
    t.set_timer(AlarmName.NOTICE, NOTICE_SECONDS)
