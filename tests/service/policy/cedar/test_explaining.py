"""What is explained is what would happen: the steps, the rules, and the changes that bring another answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.service.policy import Asking, alone, explain, outcome
from kiosk.service.policy.cedar import explaining
from kiosk.service.policy.cedar.book import default_text, read
from kiosk.service.policy.cedar.facts import LEVELS
from kiosk.service.policy.cedar.ladder import Rung

HOSPITAL = read(default_text())
NURSE = Asking("1", "ada", ("nurse",), "record.export", "https://export.example", "Ward", records=50)


def test_the_answer_its_rules_and_the_steps() -> None:
    found = explain(HOSPITAL, NURSE, alone())
    assert (outcome(found.climbed), found.climbed.verdict.by) == (("proof_needed", "two_factors"), ("export-few",))
    assert [step.rung for step in found.steps] == [rung for rung in Rung if rung is not Rung.PROVED]
    assert [step.reached for step in found.steps] == [True, True, True, False, False]
    assert all(step.verdict.permitted for step in found.steps)


def test_what_would_change_it() -> None:
    others = {other.what: outcome(other.climbed) for other in explain(HOSPITAL, NURSE, alone()).others}
    assert others["records=51"] == ("proof_needed", "phishing_resistant")
    assert others["labels=vip"] == ("proof_needed", "phishing_resistant")
    assert others["with the role administrator"] == ("proof_needed", "phishing_resistant")
    assert others["with the role researcher"] == ("cannot", "")
    assert "with the role help_desk" not in others
    labelled = explain(HOSPITAL, replace(NURSE, labels=("vip",)), alone())
    assert outcome(next(o.climbed for o in labelled.others if o.what == "without the label vip"))[1] == "two_factors"


def test_of_somebody_who_has_nothing() -> None:
    found = explain(HOSPITAL, NURSE, frozenset())
    assert outcome(found.climbed) == ("enrolment_needed", "two_factors")
    assert not any(step.reached for step in found.steps)


def test_places_hours_purposes_and_who_asks_are_tried_where_a_rule_speaks_of_them() -> None:
    text = (
        '@id("all")\n@says("All.")\npermit (principal, action, resource)\nwhen {\n  context.station in Place::"Desk" &&'
        ' context.hour == 12 && context.asks == "page" && context.registered && context.purpose == "care"\n};'
    )
    almost = replace(NURSE, place="Desk", hour=12, asks="page", registered=True, purpose="care")
    for what, asking in (
        ("place=Desk", replace(almost, place="")),
        ("hour=12", replace(almost, hour=3)),
        ("asks=page", replace(almost, asks="program")),
        ("registered=yes", replace(almost, registered=False)),
        ("purpose=care", replace(almost, purpose="")),
    ):
        assert [other.what for other in explain(read(text), asking, alone()).others] == [what]


def test_numbers_labels_and_levels_are_tried_where_a_rule_speaks_of_them() -> None:
    text = (
        '@id("all")\n@says("All.")\npermit (principal, action, resource)\n'
        "when { context.patients <= 2 && context.sensitivity < 2 };"
    )
    asking = replace(NURSE, patients=2, sensitivity=0)
    found = {other.what: outcome(other.climbed) for other in explain(read(text), asking, alone()).others}
    assert set(found) == {"patients=3", f"sensitivity={LEVELS[2]}"}
    assert set(found.values()) == {("cannot", "")}


def test_nobody_waits_for_more_changes_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(explain(HOSPITAL, NURSE, alone()).others) > 1
    monkeypatch.setattr(explaining, "MAX_CHANGES", 0)
    assert explain(HOSPITAL, NURSE, alone()).others == ()


def test_a_role_that_somebody_has_is_tried_without_and_another_with() -> None:
    text = '@id("all")\n@says("All.")\npermit (principal in Role::"nurse", action, resource);'
    for roles, what in ((("nurse",), "without the role nurse"), (("clerk",), "with the role nurse")):
        assert [other.what for other in explain(read(text), replace(NURSE, roles=roles), alone()).others] == [what]
