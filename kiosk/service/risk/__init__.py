"""How unusual a sign-in or a wish for a step-up is: facts in, a score with its reasons out. Pure; asks nobody.

Each signal is a small function with a name and a sentence (``signals``, ``words``). What is known of the past is
bounded counts (``past``), which every sign-in and step-up moves on (``learning``). The policy of step-ups decides what
a score means; of sign-ins it takes grace away.
"""

from kiosk.service.risk.facts import RiskFacts, WishFacts
from kiosk.service.risk.past import Flow, PersonPast, RolePast, StationPast
from kiosk.service.risk.rules import RiskRules, WalkingTime
from kiosk.service.risk.scoring import NORMAL, Risk, assess
from kiosk.service.risk.signals import SIGNALS

__all__ = [
    "NORMAL",
    "SIGNALS",
    "Flow",
    "PersonPast",
    "Risk",
    "RiskFacts",
    "RiskRules",
    "RolePast",
    "StationPast",
    "WalkingTime",
    "WishFacts",
    "assess",
]
