"""Signals about what leaves, and whose: held against the person's own past and that of their roles.

What is never too much in an hour comes before any past: so a past that is missing asks more, never less.
"""

from __future__ import annotations

from kiosk.service.risk.facts import RiskFacts
from kiosk.service.risk.past import SCALE, Flow, recent
from kiosk.service.risk.rules import RiskRules

HOUR = 3600


def export_volume(facts: RiskFacts, rules: RiskRules) -> bool:
    """More records leave in an hour than they usually take along."""
    own = facts.person.exports
    return _leaves(facts, rules) and _records(facts) > _too_much(own.usual_amount, rules.least_records, rules)


def export_rate(facts: RiskFacts, rules: RiskRules) -> bool:
    """They ask for exports more often in an hour than they usually do."""
    own = facts.person.exports
    asked = _now(own, facts.now)[0] + 1
    return _leaves(facts, rules) and asked > _too_much(own.usual_count, rules.least_exports, rules)


def export_beyond_role(facts: RiskFacts, rules: RiskRules) -> bool:
    """More records leave in an hour than people of any of their roles usually take along."""
    usual = max((role.usual_amount for role in facts.roles), default=0)
    return _leaves(facts, rules) and _records(facts) > _too_much(usual, rules.least_records, rules)


def strangers(facts: RiskFacts, rules: RiskRules) -> bool:
    """Many more patients than usual who are not of a ward where they work."""
    own = facts.person.strangers
    many = _now(own, facts.now)[1] + facts.wish.strangers
    quiet = not facts.wish.strangers or facts.calm(rules.fresh_minutes * 60)
    return not quiet and many > _too_much(own.usual_amount, rules.least_strangers, rules)


def _leaves(facts: RiskFacts, rules: RiskRules) -> bool:
    """Whether records leave, and no strong success was just before."""
    return facts.wish.export and not facts.calm(rules.fresh_minutes * 60)


def _records(facts: RiskFacts) -> int:
    return _now(facts.person.exports, facts.now)[1] + facts.wish.records


def _now(flow: Flow, now: int) -> tuple[int, int]:
    """Acts and their amount in this hour, since the last strong success."""
    if not recent(flow.since, now, HOUR):
        return 0, 0
    return flow.count - flow.calm_count, flow.amount - flow.calm_amount


def _too_much(usual: int, least: int, rules: RiskRules) -> int:
    return max(usual * rules.times // SCALE, least)
