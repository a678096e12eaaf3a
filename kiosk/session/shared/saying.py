"""A sentence for the person at a step-up, which goes away by itself."""

from __future__ import annotations

from dataclasses import replace

from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared.ending import NOTICE_SECONDS
from kiosk.session.shared.transition import Transition


def say(t: Transition, mode: StepUpMode, notice: Notice) -> None:
    t.order(PlaySound("attention"))
    t.stay(replace(mode, notice=notice))
    t.set_timer(AlarmName.NOTICE, NOTICE_SECONDS)
