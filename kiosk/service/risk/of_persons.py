"""Signals about the person: where they are, at what hour, and what is done to their factors and prompts."""

from __future__ import annotations

from kiosk.service.risk.facts import RiskFacts
from kiosk.service.risk.past import HOURS_OF_WEEK, SCALE, hour_of_week, recent
from kiosk.service.risk.rules import RiskRules


def elsewhere(facts: RiskFacts, rules: RiskRules) -> bool:
    """They have a session open at another workstation."""
    return facts.elsewhere


def too_far(facts: RiskFacts, rules: RiskRules) -> bool:
    """Nobody walks here from where their last session was opened in that time; or it was so lately."""
    return facts.unsettled(facts.person.far, rules.recent_hours) or came_too_fast(facts, rules)


def came_too_fast(facts: RiskFacts, rules: RiskRules) -> bool:
    """Of ``too_far``, what happens now."""
    past = facts.person
    if not past.seen or past.station == facts.station_id or past.place == facts.place:
        return False
    minutes = rules.minutes(past.place, facts.place)
    return minutes is not None and facts.now - past.seen < minutes * 60


def unusual_hour(facts: RiskFacts, rules: RiskRules) -> bool:
    """They hardly ever sign in around this hour. The same hour of other days counts a quarter: shifts rotate."""
    hours, whole = facts.person.hours, sum(facts.person.hours)
    if whole < rules.hour_after * SCALE or facts.calm(rules.calm_hours * 3600):
        return False
    now = hour_of_week(facts.now)
    around = [(now + step) % HOURS_OF_WEEK for step in (-1, 0, 1)]
    same = sum(hours[hour] for hour in around)
    others = sum(hours[(hour + 24 * day) % HOURS_OF_WEEK] for hour in around for day in range(1, 7))
    return (same * 4 + others) * 100 < whole * 4 * rules.hour_percent


def failed_proofs(facts: RiskFacts, rules: RiskRules) -> bool:
    """Several proofs with their badge or session in hand were not accepted."""
    past = facts.person
    return past.failed >= rules.burst and recent(past.failed_since, facts.now, rules.burst_minutes * 60)


def prompt_bombing(facts: RiskFacts, rules: RiskRules) -> bool:
    """They are asked again and again, or have given several prompts up."""
    past = facts.person
    many = past.asked >= rules.prompts or past.turned_down >= rules.turned_down
    return many and recent(past.asked_since, facts.now, rules.burst_minutes * 60)


def badge_lost(facts: RiskFacts, rules: RiskRules) -> bool:
    """A badge or another factor of theirs was lost, or given to somebody else."""
    return facts.unsettled(facts.lost, rules.lost_hours)


def factor_changed(facts: RiskFacts, rules: RiskRules) -> bool:
    """A factor of theirs was added or reset."""
    return facts.unsettled(facts.changed, rules.recent_hours)


def counter_back(facts: RiskFacts, rules: RiskRules) -> bool:
    """A key of theirs counted backwards, as a copy of it does."""
    return facts.unsettled(facts.person.back, rules.lost_hours)


def warned_high(facts: RiskFacts, rules: RiskRules) -> bool:
    """Another system said that their risk is high."""
    return facts.unsettled(facts.person.warned_high, rules.recent_hours)


def warned(facts: RiskFacts, rules: RiskRules) -> bool:
    """Another system said that their risk is more than low, or that a credential of theirs ended there. Nothing is
    added to ``warned_high``."""
    return not warned_high(facts, rules) and facts.unsettled(facts.person.warned, rules.recent_hours)
