"""Wishes that a policy cannot tell apart: what its rules speak of tells, nothing else does, and the answers agree."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.resources import resource
from kiosk.service.policy.cedar import book, ladder
from kiosk.service.policy.cedar.alike import _FACTS, telling
from kiosk.service.policy.cedar.book import PolicyBook
from kiosk.service.policy.cedar.explaining import outcome
from kiosk.service.policy.cedar.facts import Asking, ProofState
from kiosk.service.policy.cedar.ladder import Rung

HOSPITAL = book.read(book.default_text())
NURSE = Asking("1", "ada", ("nurse",), "record.export", "https://export.example", "Ward", records=12)
REACH = frozenset({Rung.TWO_FACTORS, Rung.PHISHING_RESISTANT})
OTHER: dict[str, object] = {
    "person": "2",
    "login": "ben",
    "roles": ("researcher",),
    "action": "record.view",
    "audience": "https://other.example",
    "record_type": "Patient",
    "records": 60,
    "patients": 7,
    "sensitivity": 2,
    "labels": ("vip",),
    "purpose": "audit",
    "asks": "page",
    "registered": True,
    "known_audience": True,
    "station": "s9",
    "place": "Cellar",
    "source": "10.0.0.9",
    "hour": 3,
    "risk": 60,
    "own_risk": 10,
    "reasons": ("too_far",),
    "as_second": True,
    "batch": 3600,
    "zone": "wards",
    "family": "sign_in",
    "name": "uid",
}
"""For each fact a value that ``NURSE`` does not have."""
SPEAKS = {
    'principal == Person::"1"': {"person", "roles"},
    'principal in Role::"nurse"': {"roles"},
    'principal.roles.contains("nurse")': {"roles"},
    'principal.login == "ada"': {"login"},
    'resource in Application::"https://export.example"': {"audience", "record_type", "known_audience"},
    'context.name == "record.export"': {"name"},
    "context.records > 20": {"records"},
    "context.patients > 2": {"patients"},
    "context.sensitivity > 1": {"sensitivity"},
    'context.labels.contains("vip")': {"labels"},
    'context.purpose == "audit"': {"purpose"},
    'context.asks == "page"': {"asks"},
    "context.registered": {"registered"},
    'context.station in Place::"Cellar"': {"station", "place"},
    'context.station == Workstation::"s9"': {"station", "place"},
    'context.source like "10.*"': {"source"},
    "context.hour > 2": {"hour"},
    'context.zone == "wards"': {"zone"},
    'context.reasons.contains("too_far")': {"reasons"},
}
ALWAYS = {"action", "family", "risk", "own_risk", "as_second", "batch"}


def rule(condition: str) -> PolicyBook:
    return book.read(f'@id("one")\n@says("One.")\npermit (principal, action, resource) when {{ {condition} }};')


def changed(name: str) -> Asking:
    return replace(NURSE, **{name: OTHER[name]})  # type: ignore[arg-type]  # a field of the dataclass


def test_there_is_another_value_for_every_fact() -> None:
    assert set(OTHER) == {field.name for field in fields(Asking)}
    assert all(getattr(NURSE, name) != value for name, value in OTHER.items())


def test_every_fact_of_the_schema_is_known() -> None:
    """One that is added to the schema and not here makes every wish one of its own; this says so first."""
    text = resource("policy", "kiosk.cedarschema").read_text(encoding="utf-8")
    asked = text[text.index("type Asked") : text.index("};", text.index("type Asked"))]
    names = re.findall(r"^  (\w+):", asked, re.MULTILINE)
    assert len(names) > 10
    assert {f"context.{name}" for name in names} == {fact for fact in _FACTS if fact.startswith("context.")}


@pytest.mark.parametrize("condition", SPEAKS)
def test_what_a_rule_speaks_of_tells_wishes_apart_and_nothing_else_does(condition: str) -> None:
    told = telling(rule(condition))
    assert {name for name in OTHER if told(changed(name)) != told(NURSE)} == SPEAKS[condition] | ALWAYS


def test_whoever_speaks_of_the_whole_context_can_tell_everything() -> None:
    told = telling(rule("context == context"))
    assert all(told(changed(name)) != told(NURSE) for name in OTHER)


WISHES = st.fixed_dictionaries(
    {},
    optional={
        "person": st.sampled_from(["1", "2"]),
        "login": st.sampled_from(["ada", "ben"]),
        "roles": st.sampled_from([("nurse",), ("researcher",), ("visitor",), ("administrator", "nurse")]),
        "action": st.sampled_from(["record.view", "record.export", "bulk.print", "chart.open", "prescription.sign"]),
        "audience": st.sampled_from(["https://export.example", "https://other.example"]),
        "records": st.sampled_from([1, 50, 51, 500]),
        "labels": st.sampled_from([(), ("vip",)]),
        "station": st.sampled_from(["s1", "s9"]),
        "place": st.sampled_from(["", "Cellar"]),
        "hour": st.sampled_from([3, 12]),
        "risk": st.sampled_from([0, 50, 80]),
        "own_risk": st.sampled_from([0, 50, 100]),
        "reasons": st.sampled_from([(), ("too_far",)]),
    },
)
BOOKS = [HOSPITAL, *(rule(condition) for condition in SPEAKS)]


@given(which=st.sampled_from(BOOKS), one=WISHES, other=WISHES)
@settings(max_examples=300, deadline=None)
def test_wishes_that_are_not_told_apart_are_answered_alike(
    which: PolicyBook, one: dict[str, object], other: dict[str, object]
) -> None:
    first, second = replace(NURSE, **one), replace(NURSE, **other)  # type: ignore[arg-type]  # fields of the dataclass
    told = telling(which)
    if told(first) == told(second):
        said = {outcome(ladder.climb(which, wish, ProofState(), REACH)) for wish in (first, second)}
        assert len(said) == 1
