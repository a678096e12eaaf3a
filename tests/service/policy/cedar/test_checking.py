"""What may not be put in force, each fault for itself; and that a check never takes the program down."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.service.policy import PolicyTextError, check, rules_from, translated
from kiosk.service.policy.cedar import book, checking
from kiosk.service.policy.cedar.book import default_text, read
from kiosk.service.policy.cedar.engine import Inquiry
from kiosk.service.policy.cedar.facts import LABELS, Asking, ProofState
from kiosk.service.policy.cedar.never import never

ALL = '@id("all")\n@says("All.")\npermit (principal, action, resource);\n'
RULE = '@id("{name}")\n@says("Words.")\n{effect} (principal, action, resource)\nwhen {{ {expr} }};\n'
NURSE = Asking("1", "ada", ("nurse",), "record.export", "https://export.example", "Ward", records=12)


def rule(expr: str, name: str = "r", effect: str = "forbid") -> str:
    return RULE.format(name=name, effect=effect, expr=expr)


def test_what_comes_along_and_what_is_translated_may_be_put_in_force() -> None:
    assert check(default_text()).good
    tables: list[dict[str, object]] = [
        {"actions": {"x.y": {"roles": ["nurse"]}}},
        {"actions": {"factor.reset": {"roles": ["visitor"]}}},
        {"barred_roles": ["visitor", "student"]},
    ]
    for table in tables:
        assert check(translated(rules_from(table))).faults == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("permit (", "This is no Cedar policy"),
        (ALL + ALL, "Two rules have the @id “all”"),
        (ALL.replace('@says("All.")\n', ""), "needs @says"),
        (ALL + rule("context.recs > 1"), "“r” does not fit the schema: attribute `recs` not found"),
        (ALL + rule('action == Action::"nope"'), "unrecognized action"),
        (ALL + rule("context.registered", name="a1l"), "The ids “all” and “a1l” look alike"),
        (ALL + rule("context.registered", "modern") + rule("context.registered", "modem"), "look alike"),
        (ALL + rule("context.records * 2 > 3"), "can fail while it is worked out (mul)"),
        (ALL + rule("context.proof.hardware"), "may turn against somebody who proves more"),
    ],
)
def test_faults_have_a_sentence_each(text: str, said: str) -> None:
    checked = check(text)
    assert not checked.good
    assert any(said in fault for fault in checked.faults), checked.faults


def test_a_fault_is_said_once_and_not_for_every_action() -> None:
    assert len(check(ALL + rule("context.recs > 1")).faults) == 1


@pytest.mark.parametrize(
    "expr",
    [
        "context.records > 50 && context.records <= 50",
        "context.hour > 23",
        "30 < context.hour",
        "!(context.records >= 0)",
        'context.asks == "prog"',
        'principal in Role::"Nurse"',
        'context.labels.contains("psych")',
        '"x" == context.purpose && context.purpose == "y"',
        "context.registered && !context.registered",
        "context.hour < 0 || (context.records < 0 && context.registered)",
        "!(context.hour >= 0 || context.registered)",
        "false",
    ],
)
def test_a_rule_that_can_never_match_is_named(expr: str) -> None:
    (fault,) = check(ALL + rule(expr)).faults
    assert fault.startswith("The rule “r” can never match: ")


LEAF = st.sampled_from(
    [
        "context.records > 50",
        "context.records <= 50",
        "context.records == 12",
        "context.hour < 0",
        "context.hour >= 12",
        "24 > context.hour",
        'context.asks == "page"',
        'context.asks != "program"',
        'context.labels.contains("vip")',
        'context.labels.contains("none")',
        'principal in Role::"nurse"',
        'principal in Role::"No"',
        "context.registered",
        "context.sensitivity > 1",
        'context.purpose == ""',
        "context.proof.age > 0",
    ]
)
EXPR = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.builds("(!({}))".format, inner),
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
    ),
    max_leaves=6,
)
ASKING = st.builds(
    lambda records, labels, hour, registered, page, level: replace(
        NURSE,
        records=records,
        labels=tuple(labels),
        hour=hour,
        registered=registered,
        asks="page" if page else "program",
        sensitivity=level,
    ),
    st.sampled_from([0, 12, 50, 51]),
    st.lists(st.sampled_from(LABELS), max_size=1),
    st.integers(0, 23),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2),
)


@given(expr=EXPR, asking=ASKING, age=st.integers(0, 2))
@settings(max_examples=150, deadline=None)
def test_what_is_said_to_never_match_never_does(expr: str, asking: Asking, age: int) -> None:
    policy = read(rule(expr, effect="permit"))
    if never(policy.rules[0].node) is not None:
        assert not Inquiry(policy, asking).verdict(ProofState(3, 2, age)).permitted


def test_a_text_that_needs_a_second_person_and_lets_nobody_be_one_is_refused() -> None:
    text = f'{default_text()}\n@id("none")\n@says("None.")\nforbid (principal, action, resource) when'
    (fault,) = check(f"{text} {{ context.as_second }};").faults
    assert fault == "“record.export” of 501 records needs a second person, and the policy lets nobody be one."
    assert check(f'{text} {{ context.as_second }} unless {{ principal in Role::"supervisor" }};').faults == ()


@pytest.mark.parametrize(
    ("expr", "locked"),
    [
        ('context.proof.hardware && principal in Role::"nurse"', False),
        ('context.proof.phishing_resistant && context.station in Place::"Desk" && context.hour >= 8', False),
        ('action == Action::"record.view"', True),
        ("context.proof.second_person", False),
        ("context.proof.second_person && !context.as_second", True),
        ("context.proof.strength > 4", True),
    ],
)
def test_a_text_under_which_nobody_could_replace_a_key(expr: str, locked: bool) -> None:
    faults = check(rule(expr, effect="permit")).faults
    assert bool(faults) is locked
    assert not locked or any(
        "Nobody could do “factor.reset”" in fault or "can never match" in fault for fault in faults
    )


DEEP = [
    "(" * 5000 + "true" + ")" * 5000,
    "[" * 5000 + "]" * 5000,
    " && ".join(["true"] * 5000),
    "+".join(["1"] * 6000) + " > 0",
    "if true then true else " * 5000 + "true",
    "context" + ".a" * 6000,
    '"//" == "x" && ' + "(" * 5000 + "true" + ")" * 5000,
    '"\\"" == "x" && ' + "(" * 5000 + "true" + ")" * 5000,
]


@pytest.mark.parametrize("expr", DEEP, ids=range(len(DEEP)))
def test_a_text_that_would_end_the_whole_process_is_refused_before_the_engine_reads_it(expr: str) -> None:
    with pytest.raises(PolicyTextError, match="too much in one rule"):
        read(ALL + rule(expr))


def test_brackets_and_signs_within_texts_and_comments_are_no_depth() -> None:
    text = ALL + "// " + "(" * 200 + "\n" + rule('context.purpose == "' + "(" * 200 + '"')
    assert check(text).good


def test_a_role_in_the_scope_that_cannot_be_is_named() -> None:
    text = ALL + rule("true").replace("(principal,", '(principal in Role::"Nurse",')
    (fault,) = check(text).faults
    assert fault == "The rule “r” can never match: there is no role “Nurse”: roles are a-z, 0-9, - and _."
    assert check(text.replace("Nurse", "nurse")).good


def test_of_a_rule_with_too_many_ways_nothing_is_said() -> None:
    either = "(context.hour > 23 || context.records < 0)"
    assert never(read(ALL + rule(" && ".join([either] * 8))).rules[1].node) is not None, "256 ways, each impossible"
    assert never(read(ALL + rule(" && ".join([either] * 9))).rules[1].node) is None


def test_a_policy_has_a_greatest_number_of_rules() -> None:
    many = "".join(rule("context.registered", name=f"n{number:03}") for number in range(book.MAX_RULES))
    assert len(read(many).rules) == book.MAX_RULES
    with pytest.raises(PolicyTextError, match=f"at most {book.MAX_RULES} rules"):
        read(ALL + many)


def test_a_no_of_the_engines_own_check_without_a_reason_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    said = SimpleNamespace(validation_passed=False, errors=[])
    monkeypatch.setattr(cedarpy, "validate_policies", lambda *_: said)
    assert check(ALL).faults == ("The text does not fit the schema.",)


def test_a_check_ends_however_much_the_text_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not tried does not count as permitted: the text is refused, and not let pass."""
    purposes = " || ".join(f'context.purpose == "p{number}"' for number in range(40))
    text = rule(f'({purposes}) && context.hour == 23 && principal in Role::"nurse"', effect="permit")
    monkeypatch.setattr(checking, "MAX_TRIED", 50)
    assert any("Nobody could do “factor.reset”" in fault for fault in check(text).faults)
