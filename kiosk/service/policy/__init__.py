"""Which proof is enough for what. Narrow fronts (``decisions``, ``enrolment``); the rules are plain typed data."""

from kiosk.service.policy.assurance import Proved, add_up
from kiosk.service.policy.decisions import (
    Denied,
    Enrolled,
    Need,
    Satisfied,
    StepUpNeed,
    sign_in,
    step_up,
    step_up_need,
)
from kiosk.service.policy.rules import ActionRule, Rules, rules_from

__all__ = [
    "ActionRule",
    "Denied",
    "Enrolled",
    "Need",
    "Proved",
    "Rules",
    "Satisfied",
    "StepUpNeed",
    "add_up",
    "rules_from",
    "sign_in",
    "step_up",
    "step_up_need",
]
