"""What would be asked of somebody, by which rules, and what would change it. All of it is tried, nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import get_args

from cedarpy import pst

from kiosk.service.policy.cedar import ladder
from kiosk.service.policy.cedar.book import PolicyBook
from kiosk.service.policy.cedar.engine import Inquiry, PolicyVerdict
from kiosk.service.policy.cedar.facts import LABELS, LEVELS, OPEN, OUTSIDE, Asking, Asks, ProofState
from kiosk.service.policy.cedar.ladder import Climbed, Rung, proving_at
from kiosk.service.policy.cedar.spoken import facts_of, names_of, values_of

ASKS: tuple[Asks, ...] = get_args(Asks)
MAX_CHANGES = 200
"""Changes that are tried."""


@dataclass(frozen=True, slots=True)
class StepTried:
    """One step of the ladder: what the policy says to it, and whether this person can come to it."""

    rung: Rung
    verdict: PolicyVerdict
    reached: bool


@dataclass(frozen=True, slots=True)
class OtherWay:
    """``what``: one thing that is otherwise, such as ``records=51``. ``climbed``: what would be asked then."""

    what: str
    climbed: Climbed


@dataclass(frozen=True, slots=True)
class Explanation:
    """``steps``: lowest first. ``others``: those changes alone under which the answer is another."""

    climbed: Climbed
    steps: tuple[StepTried, ...]
    others: tuple[OtherWay, ...]


def explain(policy: PolicyBook, asking: Asking, reach: frozenset[Rung]) -> Explanation:
    """Of ``asking`` by somebody who has proved nothing yet and can come to the steps ``reach``."""
    nothing, question = ProofState(second_person=asking.as_second), Inquiry(policy, asking)
    climbed = _climbed(policy, asking, nothing, reach)
    steps = tuple(
        StepTried(rung, question.verdict(proving_at(rung, nothing)), rung in reach) for rung in ladder.STRENGTH
    )
    others = []
    for number, (what, other) in enumerate(_changes(policy, asking)):
        if number >= MAX_CHANGES:
            break
        then = _climbed(policy, other, ProofState(second_person=other.as_second), reach)
        if outcome(then) != outcome(climbed):
            others.append(OtherWay(what, then))
    return Explanation(climbed, steps, tuple(others))


def _climbed(policy: PolicyBook, asking: Asking, nothing: ProofState, reach: frozenset[Rung]) -> Climbed:
    """As the ladder has it; of the service's own acts, where a name alone may be enough, that is tried first."""
    if asking.family == "step_up":
        return ladder.climb(policy, asking, nothing, reach)
    verdict = Inquiry(policy, asking).verdict(nothing)
    if verdict.permitted:
        return ladder.AlreadyEnough(verdict)
    if asking.family == "emergency":
        return ladder.Cannot(verdict)
    return ladder.climb(policy, replace(asking, action=OPEN), nothing, reach - ladder.WITH_ANOTHER)


def outcome(climbed: Climbed) -> tuple[str, str]:
    """The answer and its step, empty for none."""
    rung = climbed.rung if isinstance(climbed, ladder.ProofNeeded | ladder.EnrolmentNeeded) else ""
    return ladder.NAMES[type(climbed)], rung


def _changes(policy: PolicyBook, asking: Asking) -> Iterator[tuple[str, Asking]]:
    """One thing otherwise each, out of what the text speaks of."""
    nodes = tuple(rule.node for rule in policy.rules)
    facts = frozenset[str]().union(*(facts_of(node) for node in nodes))
    yield from _of_person(nodes, asking)
    for count in _beside(nodes, "records", asking.records):
        yield f"records={count}", replace(asking, records=count)
    for count in _beside(nodes, "patients", asking.patients):
        yield f"patients={count}", replace(asking, patients=count)
    for score in _beside(nodes, "risk", asking.risk):
        yield f"risk={score}", replace(asking, risk=score)
    if "context.labels" in facts:
        for label in LABELS:
            if label in asking.labels:
                yield f"without the label {label}", replace(asking, labels=_without(asking.labels, label))
            else:
                yield f"labels={label}", replace(asking, labels=(*asking.labels, label))
    if "context.sensitivity" in facts:
        for level, name in enumerate(LEVELS):
            if level != asking.sensitivity:
                yield f"sensitivity={name}", replace(asking, sensitivity=level)
    yield from _of_asking(nodes, facts, asking)


def _of_person(nodes: tuple[pst.Template, ...], asking: Asking) -> Iterator[tuple[str, Asking]]:
    for role in asking.roles:
        yield f"without the role {role}", replace(asking, roles=_without(asking.roles, role))
    for role in names_of(nodes, "Role"):
        if role not in asking.roles:
            yield f"with the role {role}", replace(asking, roles=(*asking.roles, role))
    for place in names_of(nodes, "Place"):
        if place != asking.place:
            yield f"place={place}", replace(asking, place=place)
    zones = values_of(nodes, "zone")
    for zone in dict.fromkeys((*(str(zone) for zone in zones), OUTSIDE)) if zones else ():
        if zone != asking.zone:
            yield f"zone={zone}", replace(asking, zone=zone)


def _of_asking(nodes: tuple[pst.Template, ...], facts: frozenset[str], asking: Asking) -> Iterator[tuple[str, Asking]]:
    if "context.registered" in facts:
        yield f"registered={_word(not asking.registered)}", replace(asking, registered=not asking.registered)
    for value in values_of(nodes, "purpose"):
        if value != asking.purpose:
            yield f"purpose={value}", replace(asking, purpose=str(value))
    if "context.asks" in facts:
        for asks in ASKS:
            if asks != asking.asks:
                yield f"asks={asks}", replace(asking, asks=asks)
    if "context.as_second" in facts:
        yield f"as_second={_word(not asking.as_second)}", replace(asking, as_second=not asking.as_second)
    for seconds in _beside(nodes, "batch", asking.batch):
        yield f"batch={seconds}", replace(asking, batch=seconds)
    if "context.hour" in facts:
        for hour in range(24):
            if hour != asking.hour:
                yield f"hour={hour}", replace(asking, hour=hour)


def _beside(nodes: tuple[pst.Template, ...], name: str, now: int) -> list[int]:
    """The numbers at which rules about ``name`` turn, and those after them."""
    turns = [value for value in values_of(nodes, name) if isinstance(value, int)]
    return [count for turn in turns for count in (turn, turn + 1) if count >= 0 and count != now]


def _without(texts: tuple[str, ...], text: str) -> tuple[str, ...]:
    return tuple(other for other in texts if other != text)


def _word(value: bool) -> str:
    return "yes" if value else "no"
