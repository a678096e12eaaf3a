"""What a rule speaks of: its actions, its facts, and the values that it compares them with."""

from __future__ import annotations

from collections.abc import Set

import pytest

from kiosk.service.policy.cedar.book import read
from kiosk.service.policy.cedar.facts import FAMILIES
from kiosk.service.policy.cedar.polarity import monotone
from kiosk.service.policy.cedar.spoken import actions_of, facts_of, names_of, values_of

TEXT = '@id("r")\n@says("R.")\npermit (%s);\n'


def scope(principal: str = "principal", action: str = "action", resource: str = "resource", expr: str = "true") -> str:
    return TEXT.replace(");", ") when { " + expr + " };") % f"{principal}, {action}, {resource}"


@pytest.mark.parametrize(
    ("action", "named"),
    [
        ("action", None),
        ('action == Action::"record.view"', {"record.view"}),
        ('action in Action::"record.view"', {"record.view"}),
        ('action in [Action::"record.view", Action::"record.export"]', {"record.view", "record.export"}),
        ('action in Action::"step_up"', FAMILIES["step_up"]),
    ],
)
def test_the_actions_of_a_scope_and_none_for_any(action: str, named: Set[str] | None) -> None:
    (rule,) = read(scope(action=action)).rules
    assert actions_of(rule.node) == (None if named is None else frozenset(named))


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (scope(), set()),
        (scope(principal="principal is Person", resource="resource is RecordType"), set()),
        (scope(principal='principal in Role::"nurse"'), {"principal"}),
        (scope(principal='principal is Person in Role::"nurse"'), {"principal"}),
        (scope(resource='resource == RecordType::"Ward"'), {"resource"}),
        (scope(expr="context.records > 3 && context.proof.age < 5"), {"context.records", "context.proof"}),
        (scope(expr='principal is Person in Role::"nurse"'), {"principal"}),
        (scope(expr='["care"].contains(context.purpose)'), {"context.purpose"}),
        (scope(expr='{"a": context.hour}.a > 3'), {"context.hour"}),
        (scope(expr='if context has proof then context.login like "a*" else false'), {"context", "context.login"}),
    ],
)
def test_the_facts_that_can_change_it(text: str, facts: set[str]) -> None:
    assert facts_of(read(text).rules[0].node) == facts


def test_what_only_a_set_a_record_or_a_kind_holds_of_the_proof_is_seen_too() -> None:
    """Whoever proves more could lose by each of these: the form's check must look into them."""
    for expr in (
        "[context.proof.hardware].contains(false)",
        '{"a": context.proof.hardware}.a',
        'context.proof is Person in Role::"nurse"',
    ):
        text = scope(expr=expr).replace("permit", "forbid")
        assert not monotone(read(text).rules[0].node), expr
        assert monotone(read(text.replace("context.proof.hardware", "context.registered")).rules[0].node) is (
            "context.proof is" not in expr
        )


def test_values_are_read_on_both_sides_and_each_once() -> None:
    text = scope(expr='context.records > 50 && 50 < context.records && context.purpose == "care" && 3 > 2')
    rules = tuple(rule.node for rule in read(text + TEXT.replace('"r"', '"s"') % "principal, action, resource").rules)
    assert values_of(rules, "records") == (50,)
    assert values_of(rules, "purpose") == ("care",)
    assert values_of(rules, "hour") == ()
    compared = tuple(rule.node for rule in read(scope(expr="context.records > context.patients")).rules)
    assert values_of(compared, "records") == (), "with another fact, and no value"


def test_entities_that_are_named_anywhere() -> None:
    text = scope(principal='principal in Role::"nurse"', expr='context.station in Place::"Desk"')
    rules = tuple(rule.node for rule in read(text).rules)
    assert (names_of(rules, "Role"), names_of(rules, "Place")) == (("nurse",), ("Desk",))
