"""More risk never asks less: of the policy that comes along, of any that the form's check lets pass, of the ladder."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.service.policy.cedar import ladder
from kiosk.service.policy.cedar.book import PolicyBook, default_text, read
from kiosk.service.policy.cedar.checking import check
from kiosk.service.policy.cedar.explaining import outcome
from kiosk.service.policy.cedar.facts import ACTIONS, LABELS, Asking, ProofState
from kiosk.service.policy.cedar.ladder import STRENGTH, Rung
from kiosk.service.policy.cedar.wariness import matters, wary
from kiosk.service.risk import SIGNALS

HOSPITAL = read(default_text())
NURSE = Asking("1", "ada", ("nurse",), "record.export", "https://export.example", "Ward", records=12)
RULE = '@id("{name}")\n@says("{name}.")\n{effect} (principal, action, resource)\n{clause} {{ {expr} }};\n'
HARDER = {"satisfied": 0, "proof_needed": 1, "enrolment_needed": 2, "cannot": 3}
ORDER = list(Rung)

PROVED = st.builds(ProofState, st.integers(0, 4), st.integers(0, 3), st.sampled_from([0, 61]))
ASKING = st.builds(
    lambda action, role, records, labels: replace(
        NURSE, action=action, roles=(role,), records=records, labels=tuple(labels)
    ),
    st.sampled_from(sorted(ACTIONS)),
    st.sampled_from(["nurse", "administrator", "researcher", "visitor", "help_desk"]),
    st.sampled_from([0, 50, 51, 501]),
    st.lists(st.sampled_from(LABELS), max_size=1),
)
REACH = st.frozensets(st.sampled_from([Rung.TWO_FACTORS, Rung.PHISHING_RESISTANT, Rung.HARDWARE]))
SCORES = st.sampled_from([0, 1, 20, 49, 50, 51, 79, 80, 81, 100])
REASONS = st.frozensets(st.sampled_from(sorted(SIGNALS)), max_size=3)


def hard(policy: PolicyBook, asking: Asking, proved: ProofState, reach: frozenset[Rung]) -> tuple[int, int]:
    """How much is asked, as numbers that grow with it."""
    answer, rung = outcome(ladder.climb(policy, asking, proved, reach))
    return HARDER[answer], ORDER.index(Rung(rung)) if rung else len(ORDER)


@given(asking=ASKING, proved=PROVED, reach=REACH, scores=st.tuples(SCORES, SCORES), reasons=st.tuples(REASONS, REASONS))
@settings(max_examples=120, deadline=None)
def test_of_the_policy_that_comes_along(
    asking: Asking,
    proved: ProofState,
    reach: frozenset[Rung],
    scores: tuple[int, int],
    reasons: tuple[frozenset[str], frozenset[str]],
) -> None:
    calm = replace(asking, risk=min(scores), reasons=tuple(sorted(reasons[0])))
    risky = replace(asking, risk=max(scores), reasons=tuple(sorted(reasons[0] | reasons[1])))
    less, more = hard(HOSPITAL, calm, proved, reach), hard(HOSPITAL, risky, proved, reach)
    assert more >= less if less[0] in (1, 2) and more[0] == less[0] else more[0] >= less[0]


EXPR = st.recursive(
    st.sampled_from(
        [
            "context.risk >= 50",
            "context.risk < 50",
            "50 <= context.risk",
            "context.risk == 50",
            'context.reasons.contains("too_far")',
            'context.reasons.containsAny(["too_far", "elsewhere"])',
            'context.reasons.containsAll(["too_far"])',
            '["too_far"].containsAll(context.reasons)',
            "context.reasons.isEmpty()",
            "context.reasons == []",
            "context.proof.hardware",
            "context.records <= 50",
            "context has risk",
        ]
    ),
    lambda inner: st.one_of(
        inner.map(lambda expr: f"!({expr})"),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda three: "({} {} {})".format(*three)),
        st.tuples(inner, inner, inner).map(lambda three: "(if {} then {} else {})".format(*three)),
    ),
    max_leaves=4,
)


@given(
    effect=st.sampled_from(["permit", "forbid"]),
    clause=st.sampled_from(["when", "unless"]),
    expr=EXPR,
    scores=st.tuples(SCORES, SCORES),
    reasons=st.tuples(REASONS, REASONS),
)
@settings(max_examples=200, deadline=None)
def test_of_whatever_the_check_lets_pass(
    effect: str,
    clause: str,
    expr: str,
    scores: tuple[int, int],
    reasons: tuple[frozenset[str], frozenset[str]],
) -> None:
    other = RULE.format(name="all", effect="permit", clause="when", expr="true") if effect == "forbid" else ""
    policy = read(other + RULE.format(name="x", effect=effect, clause=clause, expr=expr))
    if not all(wary(rule.node) for rule in policy.rules):
        return
    calm = replace(NURSE, risk=min(scores), reasons=tuple(sorted(reasons[0])))
    risky = replace(NURSE, risk=max(scores), reasons=tuple(sorted(reasons[0] | reasons[1])))
    for proved in (ProofState(), ProofState(4, 2)):
        assert hard(policy, risky, proved, frozenset(STRENGTH)) >= hard(policy, calm, proved, frozenset(STRENGTH))


@pytest.mark.parametrize(
    ("effect", "clause", "expr", "good"),
    [
        ("forbid", "when", "context.risk >= 50", True),
        ("forbid", "when", "context.risk < 50", False),
        ("forbid", "unless", "context.risk < 50", True),
        ("permit", "when", "context.risk < 50", True),
        ("permit", "when", "context.risk > 50", False),
        ("permit", "when", "context.risk == 0", False),
        ("forbid", "when", 'context.reasons.contains("too_far")', True),
        ("permit", "when", 'context.reasons.contains("too_far")', False),
        ("permit", "when", "context.reasons.isEmpty()", True),
        ("permit", "when", "context.records <= 50", True),
        ("permit", "when", "context has risk", False),
    ],
)
def test_a_rule_may_only_stand_in_the_way(effect: str, clause: str, expr: str, good: bool) -> None:
    text = RULE.format(name="x", effect=effect, clause=clause, expr=expr)
    assert wary(read(text).rules[0].node) is good
    faults = check(default_text() + text).faults
    assert any("as their risk grows" in fault for fault in faults) is not good


def test_a_signal_that_there_is_not_is_named() -> None:
    text = RULE.format(name="x", effect="forbid", clause="when", expr='context.reasons.contains("to_far")')
    assert any("there is no signal “to_far”" in fault for fault in check(default_text() + text).faults)


@pytest.mark.parametrize(
    ("expr", "risk", "told"),
    [
        ("context.risk >= 50", 49, False),
        ("context.risk >= 50", 50, True),
        ("7 < context.risk", 6, False),
        ("7 < context.risk", 8, True),
        ("context.records > 50", 100, False),
        ('context.reasons.contains("too_far")', 0, True),
        ("context has risk && context == context", 0, True),
    ],
)
def test_where_no_rule_can_tell_the_risk_nothing_is_decided_twice(expr: str, risk: int, told: bool) -> None:
    policy = read(RULE.format(name="x", effect="forbid", clause="when", expr=expr))
    assert matters(policy, replace(NURSE, risk=risk, reasons=("too_far",))) is told


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({}, "proof_needed two_factors"),
        ({"risk": 49}, "proof_needed two_factors"),
        ({"risk": 50}, "proof_needed phishing_resistant"),
        ({"risk": 50, "records": 51}, "proof_needed hardware"),
        ({"risk": 79, "records": 51}, "proof_needed hardware"),
        ({"risk": 80, "records": 51}, "cannot"),
        ({"risk": 100}, "proof_needed phishing_resistant"),
        ({"risk": 50, "action": "record.view", "labels": ("vip",)}, "proof_needed hardware"),
        ({"risk": 50, "action": "prescription.sign"}, "proof_needed hardware"),
        ({"risk": 80, "action": "bulk.print"}, "cannot"),
    ],
    ids=str,
)
def test_high_risk_is_a_step_more_and_very_high_is_no_bulk(change: dict[str, object], answer: str) -> None:
    asking = replace(NURSE, **change)  # type: ignore[arg-type]  # fields of the dataclass
    reach = frozenset({Rung.TWO_FACTORS, Rung.PHISHING_RESISTANT, Rung.HARDWARE})
    assert " ".join(outcome(ladder.climb(HOSPITAL, asking, ProofState(), reach))).strip() == answer
