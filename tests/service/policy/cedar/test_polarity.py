"""More assurance never loses a permit: of the policy that comes along, and of whatever the form's check lets pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.service.policy.cedar.book import PolicyBook, default_text, read
from kiosk.service.policy.cedar.engine import Inquiry
from kiosk.service.policy.cedar.facts import ACTIONS, LABELS, Asking, ProofState
from kiosk.service.policy.cedar.polarity import may_fail, monotone

HOSPITAL = read(default_text())
NURSE = Asking("1", "ada", ("nurse",), "record.export", "https://export.example", "Ward", records=12)
RULE = '@id("{name}")\n@says("{name}.")\n{effect} (principal, action, resource)\n{clause} {{ {expr} }};\n'

PROVING = st.builds(ProofState, st.integers(0, 4), st.integers(0, 3), st.sampled_from([0, 30, 60, 61]), st.booleans())
ASKING = st.builds(
    lambda action, role, records, labels: replace(
        NURSE, action=action, roles=(role,), records=records, labels=tuple(labels)
    ),
    st.sampled_from(sorted(ACTIONS)),
    st.sampled_from(["nurse", "administrator", "researcher", "visitor", "help_desk"]),
    st.sampled_from([0, 50, 51, 501]),
    st.lists(st.sampled_from(LABELS), max_size=1),
)


def keeps(policy: PolicyBook, asking: Asking, less: ProofState, more: ProofState) -> bool:
    question = Inquiry(policy, asking)
    return question.verdict(more).permitted or not question.verdict(less).permitted


def raised(low: ProofState, other: ProofState) -> ProofState:
    """What is at least both."""
    return ProofState(
        max(low.strength, other.strength),
        max(low.kinds, other.kinds),
        min(low.age, other.age),
        low.second_person or other.second_person,
    )


@given(asking=ASKING, less=PROVING, other=PROVING)
@settings(max_examples=60, deadline=None)
def test_of_the_policy_that_comes_along(asking: Asking, less: ProofState, other: ProofState) -> None:
    more = raised(less, other)
    assert more.at_least(less)
    assert keeps(HOSPITAL, asking, less, more)


LEAF = st.sampled_from(
    [
        "context.proof.two_factors",
        "context.proof.hardware",
        "context.proof.second_person",
        "context.proof.strength >= 3",
        "2 < context.proof.strength",
        "context.proof.strength == 3",
        "context.proof.kinds >= 2",
        "context.proof.age <= 60",
        "60 > context.proof.age",
        "context.proof.age == 0",
        "context.records <= 50",
        'principal.login == "ada"',
        "context has proof",
        "context.proof.strength > context.proof.kinds",
        "context.proof == context.proof",
    ]
)
EXPR = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.builds("(!({}))".format, inner),
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("(if {} then {} else {})".format, inner, inner, inner),
    ),
    max_leaves=5,
)
ALL = RULE.format(name="all", effect="permit", clause="when", expr="true")
ONE = st.tuples(st.sampled_from(["permit", "forbid"]), st.sampled_from(["when", "unless"]), EXPR)


@given(rules=st.lists(ONE, min_size=1, max_size=3), all_too=st.booleans(), less=PROVING, other=PROVING)
@settings(max_examples=120, deadline=None)
def test_of_every_policy_whose_form_is_right(
    rules: list[tuple[str, str, str]], all_too: bool, less: ProofState, other: ProofState
) -> None:
    made = [
        RULE.format(name=f"r{n}", effect=effect, clause=clause, expr=expr)
        for n, (effect, clause, expr) in enumerate(rules)
    ]
    right = [text for text in made if monotone(read(text).rules[0].node)]
    # Beside a rule that always permits, a "forbid" can show what it does.
    policy = read("".join([*right, ALL] if all_too or not right else right))
    assert keeps(policy, NURSE, less, raised(less, other))


@pytest.mark.parametrize(
    ("effect", "clause", "expr", "right"),
    [
        ("permit", "when", "context.proof.hardware", True),
        ("permit", "when", "!context.proof.hardware", False),
        ("permit", "unless", "!context.proof.hardware", True),
        ("permit", "unless", "context.proof.hardware", False),
        ("forbid", "when", "context.proof.age > 60", True),
        ("forbid", "when", "context.proof.age < 60", False),
        ("forbid", "unless", "context.proof.strength >= 3", True),
        ("permit", "when", "context.proof.strength == 3", False),
        ("permit", "when", "context.proof.kinds != 1", False),
        ("permit", "when", "if context.records > 9 then context.proof.hardware else context.proof.two_factors", True),
        ("permit", "when", "if context.proof.hardware then true else context.records > 9", False),
        ("permit", "when", "[context.proof.hardware].contains(true)", False),
        ("permit", "when", "context.proof has age", False),
        ("forbid", "when", "context.records > 9", True),
    ],
)
def test_forms(effect: str, clause: str, expr: str, right: bool) -> None:
    policy = read(RULE.format(name="r", effect=effect, clause=clause, expr=expr))
    assert monotone(policy.rules[0].node) is right


@pytest.mark.parametrize(
    ("expr", "op"), [("context.records * 2 > 3", "mul"), ("-context.records < 0", "neg"), ("true", None)]
)
def test_what_can_fail_is_seen(expr: str, op: str | None) -> None:
    assert may_fail(read(RULE.format(name="r", effect="permit", clause="when", expr=expr)).rules[0].node) == op
