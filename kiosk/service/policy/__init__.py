"""Which proof is enough for what. Narrow fronts (``decisions``, ``stepping_up``, ``enrolment``); rules are typed data,
and those of step-ups a policy in Cedar (``cedar``), which only this room knows."""

from kiosk.service.policy.assurance import Proved, add_up
from kiosk.service.policy.cedar.book import MAX_POLICY_TEXT, PolicyBook, PolicyTextError, read, unusable
from kiosk.service.policy.cedar.checking import CheckedPolicy, check
from kiosk.service.policy.cedar.engine import PolicyVerdict
from kiosk.service.policy.cedar.explaining import Explanation, explain, outcome
from kiosk.service.policy.cedar.facts import LABELS, LEVELS, Asking
from kiosk.service.policy.cedar.ladder import Rung
from kiosk.service.policy.cedar.slices import speaks_of
from kiosk.service.policy.cedar.translation import translated
from kiosk.service.policy.decisions import AvailableAuthenticators, Denied, Need, Satisfied, least_of, sign_in
from kiosk.service.policy.grounds import DecidedOn, Ground
from kiosk.service.policy.in_force import applied, book_of, of_tables
from kiosk.service.policy.own_acts import SignInCase, judged, sign_in_under
from kiosk.service.policy.rules import ActionRule, PolicyRules, rules_from
from kiosk.service.policy.stepping_up import (
    alone,
    entitled,
    reach_of,
    roles_named,
    seconds_of,
    step_up,
    whole,
)

__all__ = [
    "LABELS",
    "LEVELS",
    "MAX_POLICY_TEXT",
    "ActionRule",
    "Asking",
    "AvailableAuthenticators",
    "CheckedPolicy",
    "DecidedOn",
    "Denied",
    "Explanation",
    "Ground",
    "Need",
    "PolicyBook",
    "PolicyRules",
    "PolicyTextError",
    "PolicyVerdict",
    "Proved",
    "Rung",
    "Satisfied",
    "SignInCase",
    "add_up",
    "alone",
    "applied",
    "book_of",
    "check",
    "entitled",
    "explain",
    "judged",
    "least_of",
    "of_tables",
    "outcome",
    "reach_of",
    "read",
    "roles_named",
    "rules_from",
    "seconds_of",
    "sign_in",
    "sign_in_under",
    "speaks_of",
    "step_up",
    "translated",
    "unusable",
    "whole",
]
