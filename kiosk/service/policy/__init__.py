"""Which proof is enough for what. Narrow fronts (``decisions``, ``stepping_up``, ``enrolment``); rules are typed data,
and those of step-ups a policy in Cedar (``cedar``), which only this room knows."""

from kiosk.service.policy.assurance import Proved, add_up
from kiosk.service.policy.cedar.book import PolicyBook, PolicyTextError
from kiosk.service.policy.cedar.facts import Asking
from kiosk.service.policy.decisions import AvailableAuthenticators, Denied, Need, Satisfied, sign_in
from kiosk.service.policy.grounds import Ground
from kiosk.service.policy.in_force import book_of
from kiosk.service.policy.rules import ActionRule, PolicyRules, rules_from
from kiosk.service.policy.stepping_up import entitled, step_up

__all__ = [
    "ActionRule",
    "Asking",
    "AvailableAuthenticators",
    "Denied",
    "Ground",
    "Need",
    "PolicyBook",
    "PolicyRules",
    "PolicyTextError",
    "Proved",
    "Satisfied",
    "add_up",
    "book_of",
    "entitled",
    "rules_from",
    "sign_in",
    "step_up",
]
