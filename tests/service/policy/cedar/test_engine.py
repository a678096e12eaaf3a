"""Whatever is not a clean Allow is a refusal: each cause for itself, and texts that the engine would take."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import cedarpy
import pytest

from kiosk.service.policy.cedar import engine
from kiosk.service.policy.cedar.book import MAX_POLICY_TEXT, PolicyTextError, default_text, read, schema
from kiosk.service.policy.cedar.engine import Inquiry, judge
from kiosk.service.policy.cedar.facts import Asking, ProofState, entities

ASKING = Asking("1", "ada", ("nurse",), "record.export", "https://export.example", "Ward", records=12)
KEY = ProofState(3, 2)
ALL = '@id("all")\n@says("All.")\npermit (principal, action, resource);\n'
NO_EVE = '@id("no")\n@says("No.")\nforbid (principal, action, resource) when { %s };'


def known(text: str, asking: Asking = ASKING) -> engine.PolicyVerdict:
    return Inquiry(read(text), asking).verdict(KEY)


def test_a_clean_permit_names_its_rules() -> None:
    assert known(ALL) == engine.PolicyVerdict(True, ("all",))
    both = known(ALL + NO_EVE % 'principal.login == "ada"')
    assert (both.permitted, both.by, both.errors) == (False, ("no",), ())


@pytest.mark.parametrize(
    "fails",
    [
        "context.records * 9223372036854775807 > 0",
        "context.records + 9223372036854775807 > 0",
        "principal.nothing",
        'context.station.nothing == "x"',
        "context.nothing > 3",
        'decimal(context.name).lessThan(decimal("1.0"))',
        "context.name > 3",
    ],
)
def test_a_rule_that_fails_while_it_is_worked_out_refuses(fails: str) -> None:
    """Cedar itself skips it, and allows."""
    verdict = known(ALL + NO_EVE % fails)
    assert not verdict.permitted
    assert verdict.errors


def test_an_entity_that_is_missing_refuses() -> None:
    policy = read(ALL + NO_EVE % 'principal.roles.contains("visitor")')
    nobody = cedarpy.Entities.from_json_str("[]", schema())
    assert (
        cedarpy.is_authorized(
            {"principal": 'Person::"1"', "action": 'Action::"other"', "resource": 'RecordType::"x"'},
            policy.parsed,
            nobody,
        ).decision
        is cedarpy.Decision.Allow
    ), "the engine has changed: it no longer lets this pass"
    verdict = judge(policy, ASKING, KEY, nobody)
    assert not verdict.permitted
    assert verdict.errors


def test_no_decision_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "context", lambda asking, proving: "{}")
    verdict = known(ALL)
    assert not verdict.permitted
    assert "context" in verdict.errors[0]


def test_facts_that_do_not_fit_the_schema_refuse() -> None:
    wrong = replace(ASKING, records="many")  # type: ignore[arg-type]  # what a fault of ours would be
    assert not known(ALL, wrong).permitted
    assert not known(ALL, replace(ASKING, records=2**70)).permitted
    assert not known(ALL, replace(ASKING, roles=(7,))).permitted  # type: ignore[arg-type]  # the same


def test_names_are_data_and_never_policy_text() -> None:
    for name in ('x" || true || "', 'Ward"::', "\n", "", "é\u202e", "a" * 512):
        asking = replace(ASKING, record_type=name, audience=name, person=name, station=name, place=name, purpose=name)
        assert known(ALL, asking).permitted
        assert not known(ALL + NO_EVE % "true", asking).permitted
    assert '"parents"' in entities(ASKING)


GOOD = default_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no rule in it"),
        ("permit (principal", "This is no Cedar policy: "),
        (ALL + ALL, "Two rules have the @id “all”"),
        ("permit (principal, action, resource);", "Rule 1 needs an @id of a-z"),
        (ALL.replace('"all"', '"аll"', 1), r"The @id “\\u0430ll” needs"),
        (ALL.replace('"all"', '"All"', 1), "The @id “All” needs"),
        (ALL.replace('@says("All.")', ""), "needs @says: people read it"),
        (ALL.replace("All.", "All\u202e."), "cannot be seen: U\\+202E"),
        (ALL + "// \u200b\n", "cannot be seen: U\\+200B"),
        (ALL.replace("@says", "@note"), "has an annotation @note"),
        (ALL.replace("All.", "x" * 201), "1 to 200 characters"),
        ('@id("t")\n@says("T.")\npermit (principal == ?principal, action, resource);', "has a slot"),
        (ALL + NO_EVE % 'principal in Role::"аdministrator"', "has the character U\\+0430, which looks like"),
        ("// " + "x" * MAX_POLICY_TEXT, "at most 256 KiB"),
    ],
    ids=lambda value: value[:30],
)
def test_a_text_that_could_be_read_two_ways_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(PolicyTextError, match=rf"{said}.*") as refused:
        read(text)
    assert str(refused.value)[-1] in ".)"


def test_the_policy_that_comes_along_is_taken() -> None:
    assert len(read(GOOD).rules) == 23
    assert all({"", "es", "fr"} == {language for language, _ in rule.says} for rule in read(GOOD).rules)


@pytest.mark.parametrize("error", [ValueError("no"), TypeError("no")])
def test_an_engine_that_takes_no_such_request_refuses(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def taken(*_: object) -> None:
        raise error

    monkeypatch.setattr(cedarpy, "is_authorized", taken)
    assert known(ALL) == engine.PolicyVerdict(False, (), ("no",))


@pytest.mark.parametrize("decision", [cedarpy.Decision.NoDecision, cedarpy.Decision.Deny])
def test_a_word_without_a_reason_refuses_and_no_decision_is_said_to_be_none(
    monkeypatch: pytest.MonkeyPatch, decision: cedarpy.Decision
) -> None:
    said = SimpleNamespace(decision=decision, diagnostics=SimpleNamespace(errors=[], id_annotations_by_reason={}))
    monkeypatch.setattr(cedarpy, "is_authorized", lambda *_: said)
    why = ("the engine came to no decision",) if decision is cedarpy.Decision.NoDecision else ()
    assert known(ALL) == engine.PolicyVerdict(False, (), why)


def test_an_allow_with_an_error_beside_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    diagnostics = SimpleNamespace(errors=["a rule failed"], id_annotations_by_reason={"policy0": "all"})
    said = SimpleNamespace(decision=cedarpy.Decision.Allow, diagnostics=diagnostics)
    monkeypatch.setattr(cedarpy, "is_authorized", lambda *_: said)
    assert known(ALL) == engine.PolicyVerdict(False, ("all",), ("a rule failed",))


@pytest.mark.parametrize("fact", ["person", "purpose", "action"])
def test_a_text_that_is_no_text_refuses(fact: str) -> None:
    verdict = known(ALL, replace(ASKING, **{fact: "\ud800"}))  # type: ignore[arg-type]  # each of its field's type
    assert (verdict.permitted, len(verdict.errors)) == (False, 1)
