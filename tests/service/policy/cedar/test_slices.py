"""Rules that a scope shuts out are not asked, and nothing is decided otherwise for it: nor is any failure lost."""

from __future__ import annotations

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.service.policy import Asking
from kiosk.service.policy.cedar import book
from kiosk.service.policy.cedar.engine import judge
from kiosk.service.policy.cedar.facts import FAMILIES, ProofState, action_of, context, entities, uid

OVERFLOWS = "context.records * 9223372036854775807 > 0"
SCOPES = ("principal", 'principal in Role::"nurse"', 'principal in Role::"researcher"', 'principal == Person::"1"')
ACTIONS = (
    "action",
    'action in Action::"step_up"',
    'action in Action::"sign_in"',
    'action == Action::"record.view"',
    'action in [Action::"record.export", Action::"session.open"]',
)
CONDITIONS = ("true", "context.records > 2", "context.proof.phishing_resistant", OVERFLOWS, 'context.zone == "wards"')
RULES = st.lists(
    st.tuples(
        st.sampled_from(("permit", "forbid")),
        st.sampled_from(SCOPES),
        st.sampled_from(ACTIONS),
        st.sampled_from(CONDITIONS),
    ),
    min_size=1,
    max_size=8,
)
ASKINGS = st.builds(
    Asking,
    person=st.sampled_from(["1", "2"]),
    login=st.just("ada"),
    roles=st.sampled_from([(), ("nurse",), ("researcher", "nurse"), ("visitor",)]),
    action=st.sampled_from(["record.view", "record.export", "chart.open", "session.open"]),
    audience=st.just("https://a.example"),
    record_type=st.just("Ward"),
    records=st.sampled_from([0, 3]),
    zone=st.sampled_from(["outside", "wards"]),
)


def whole(policy: book.PolicyBook, asking: Asking, proved: ProofState) -> tuple[bool, frozenset[str], frozenset[str]]:
    """What the engine says to all rules: allowed, by which, and which failed."""
    known = cedarpy.Entities.from_json_str(entities(asking), book.schema())
    request = {
        "principal": uid("Person", asking.person),
        "action": uid("Action", action_of(asking)),
        "resource": uid("RecordType", asking.record_type),
        "context": context(asking, proved),
    }
    said = cedarpy.is_authorized(request, policy.parsed, known, book.schema())
    by = frozenset(said.diagnostics.id_annotations_by_reason.values())
    errors = frozenset(said.diagnostics.errors)
    return said.decision is cedarpy.Decision.Allow and not errors, by, errors


@given(rules=RULES, asking=ASKINGS, strength=st.integers(0, 4))
@settings(max_examples=200, deadline=None)
def test_a_slice_decides_as_the_whole(rules: list[tuple[str, str, str, str]], asking: Asking, strength: int) -> None:
    text = "\n".join(
        f'@id("r{number}")\n@says("R.")\n{effect} ({principal}, {action}, resource) when {{ {condition} }};'
        for number, (effect, principal, action, condition) in enumerate(rules)
    )
    policy, proved = book.read(text), ProofState(strength)
    known = cedarpy.Entities.from_json_str(entities(asking), book.schema())
    verdict = judge(policy, asking, proved, known)
    assert (verdict.permitted, frozenset(verdict.by), frozenset(verdict.errors)) == whole(policy, asking, proved)


@pytest.mark.parametrize("name", [name for family in ("sign_in", "emergency") for name in sorted(FAMILIES[family])])
def test_a_program_cannot_ask_for_what_the_service_asks_itself(name: str) -> None:
    """A step-up that is called so is any other step-up."""
    asking = Asking("1", "ada", (), name, "https://a.example", "Ward")
    assert action_of(asking) == "other"
