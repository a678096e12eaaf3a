"""Which proof is enough for what. Narrow fronts (``decisions``, ``enrolment``); the rules are plain typed data."""

from kiosk.service.policy.assurance import Proved, add_up
from kiosk.service.policy.decisions import (
    AvailableAuthenticators,
    Denied,
    Need,
    Satisfied,
    StepUpNeed,
    sign_in,
    step_up,
    step_up_need,
)
from kiosk.service.policy.rules import ActionRule, PolicyRules, rules_from

__all__ = [
    "ActionRule",
    "AvailableAuthenticators",
    "Denied",
    "Need",
    "PolicyRules",
    "Proved",
    "Satisfied",
    "StepUpNeed",
    "add_up",
    "rules_from",
    "sign_in",
    "step_up",
    "step_up_need",
]
