"""The score: what the signals that fired weigh together, from 0 to 100."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.service.risk.facts import RiskFacts
from kiosk.service.risk.rules import MAX_SCORE, RiskRules
from kiosk.service.risk.signals import BY_OTHERS, SIGNALS, Signal


@dataclass(frozen=True, slots=True)
class Risk:
    """``score``: 0 to 100. ``reasons``: names of the signals that fired, the heaviest first. ``failed``: those of them
    that could not be worked out, and count as fired. ``own``: of the score, what nobody else can bring about."""

    score: int = 0
    reasons: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    own: int = 0


NORMAL = Risk()


def assess(facts: RiskFacts, rules: RiskRules, signals: Mapping[str, Signal] = SIGNALS) -> Risk:
    """The risk of ``facts``. A signal of weight 0 is not looked at. One that fails asks for more, never for less."""
    if not rules.enabled:
        return NORMAL
    fired: dict[str, int] = {}
    failed = []
    for name, signal in signals.items():
        weight = rules.weights.get(name, MAX_SCORE)
        if weight <= 0:
            continue
        try:
            holds = bool(signal(facts, rules))
        except Exception:  # whatever it is, it must not let anybody through
            failed.append(name)
            holds = True
        if holds:
            fired[name] = weight
    reasons = tuple(sorted(fired, key=lambda name: -fired[name]))
    others = sum(weight for name, weight in fired.items() if name in BY_OTHERS and name not in failed)
    own = min(MAX_SCORE, sum(fired.values()) - others)
    # Nobody can make a colleague's risk as high as they like: their share has a limit.
    return Risk(min(MAX_SCORE, own + min(others, rules.most_by_others)), reasons, tuple(failed), own)
