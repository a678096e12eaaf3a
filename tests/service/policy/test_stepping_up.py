"""Step-ups by policy: the default one, the ladder, and what the settings' table becomes."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.model.ceremony import Why
from kiosk.model.proof import ACR_MFA, ACR_RANK, Method
from kiosk.model.refusal import RefusalCode
from kiosk.service.policy import (
    Asking,
    AvailableAuthenticators,
    Denied,
    Need,
    PolicyRules,
    Proved,
    Satisfied,
    book_of,
    entitled,
    rules_from,
    seconds_of,
    step_up,
)
from kiosk.service.policy.cedar import book
from kiosk.service.policy.cedar.facts import LABELS

HOSPITAL = book.read(book.default_text())
ALL = AvailableAuthenticators(pin=True, otp=True, fido2_names=("key",), piv_names=("card",))
BEST = replace(ALL, fido2_hardware=True)
CODES = AvailableAuthenticators(pin=True, otp=True)
NURSE = Asking("1", "ada", ("nurse",), "record.export", "https://export.example", "Ward", records=12)


def proved(*methods: Method, hardware: bool = False) -> list[Proved]:
    return [Proved(method, 100 + i, hardware=hardware) for i, method in enumerate(methods)]


def asked(asking: Asking, has: AvailableAuthenticators = ALL, *given: Proved, now: int = 100) -> str:
    """The answer in short: what is needed, with its rung, or why not."""
    decision = step_up(HOSPITAL, asking, lambda: has, given, now)
    assert decision.ground is not None
    return f"{decision.ground.answer} {decision.ground.rung}".strip()


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({}, "proof_needed two_factors"),
        ({"records": 50}, "proof_needed two_factors"),
        ({"records": 51}, "proof_needed phishing_resistant"),
        ({"records": 500}, "proof_needed phishing_resistant"),
        ({"records": 501}, "proof_needed second_person"),
        ({"records": 5000}, "proof_needed second_person"),
        ({"records": 501, "labels": ("hiv",)}, "proof_needed hardware_second_person"),
        ({"labels": ("vip",)}, "proof_needed phishing_resistant"),
        ({"labels": ("hiv",), "records": 51}, "proof_needed hardware"),
        ({"action": "record.view"}, "proof_needed two_factors"),
        ({"action": "record.view", "labels": ("own_record",)}, "proof_needed phishing_resistant"),
        ({"action": "bulk.print"}, "proof_needed phishing_resistant"),
        ({"action": "record.print", "labels": ("psychiatry",)}, "proof_needed hardware"),
        ({"action": "prescription.sign"}, "proof_needed phishing_resistant"),
        ({"action": "something.else"}, "proof_needed phishing_resistant"),
        ({"action": "factor.reset"}, "cannot"),
        ({"action": "factor.reset", "roles": ("help_desk",)}, "proof_needed phishing_resistant"),
        ({"roles": ("administrator",)}, "proof_needed phishing_resistant"),
        ({"roles": ("researcher",)}, "cannot"),
        ({"roles": ("researcher",), "action": "record.view"}, "cannot"),
        ({"roles": ("researcher",), "action": "deidentified.export"}, "proof_needed phishing_resistant"),
        ({"roles": ("visitor",)}, "cannot"),
        ({"roles": ("visitor", "nurse")}, "proof_needed two_factors"),
        ({"roles": ()}, "proof_needed two_factors"),
    ],
    ids=str,
)
def test_what_the_hospitals_own_policy_asks(change: dict[str, object], answer: str) -> None:
    assert asked(replace(NURSE, **change), BEST) == answer  # type: ignore[arg-type]  # fields of the dataclass


def test_a_refusal_is_in_the_policys_own_words() -> None:
    decision = step_up(HOSPITAL, replace(NURSE, roles=("researcher",)), lambda: BEST, [], 0)
    assert isinstance(decision, Denied) and decision.code is RefusalCode.POLICY
    assert decision.ground is not None and decision.ground.by == ("researchers",)
    assert dict(decision.ground.says)[""].startswith("Researchers may only take")
    assert {"es", "fr"} <= set(dict(decision.ground.says))


def test_a_rule_that_needs_a_second_person_asks_for_the_persons_own_part_and_then_for_somebody_else() -> None:
    rule = """
@id("second-person")
@says("More than 200 records need a second person.")
forbid (principal, action == Action::"record.export", resource)
when { context.records > 200 && !context.proof.second_person };
"""
    theirs, many = book.read(book.default_text() + rule), replace(NURSE, records=201)
    decision = step_up(theirs, many, lambda: BEST, [], 0)
    assert isinstance(decision, Need) and decision.ground is not None and decision.offers
    assert decision.ground.rung == "second_person"
    mine = proved(Method.FIDO2)
    waiting = step_up(theirs, many, lambda: BEST, mine, 100)
    assert isinstance(waiting, Need) and (waiting.why, waiting.offers) == (Why.SECOND, ())
    assert isinstance(step_up(theirs, many, lambda: BEST, mine, 100, seconded=True), Satisfied)
    assert isinstance(step_up(theirs, many, lambda: BEST, proved(Method.PIN), 100, seconded=True), Need)


def test_a_standing_batch_takes_two_whatever_the_policy_asks() -> None:
    batch, mine = replace(NURSE, records=60, batch=3600), proved(Method.FIDO2)
    assert isinstance(step_up(HOSPITAL, replace(batch, batch=0), lambda: BEST, mine, 100), Satisfied)
    waiting = step_up(HOSPITAL, batch, lambda: BEST, mine, 100)
    assert isinstance(waiting, Need) and (waiting.why, waiting.offers) == (Why.SECOND, ())
    assert isinstance(step_up(HOSPITAL, batch, lambda: BEST, mine, 100, seconded=True), Satisfied)


def test_who_may_agree_is_read_off_the_rules() -> None:
    many = replace(NURSE, records=600)
    assert seconds_of(HOSPITAL, many, ("nurse", "researcher")) == ()
    rule = '@id("leads")\n@says("Leads.")\nforbid (principal, action, resource) when { context.as_second }'
    narrowed = book.read(f'{book.default_text()}\n{rule} unless {{ principal in Role::"supervisor" }};')
    assert seconds_of(narrowed, many, ("nurse", "supervisor", "researcher")) == ("supervisor",)
    assert seconds_of(book.read(f"{book.default_text()}\n{rule};"), many, ("nurse", "supervisor")) is None


def test_somebody_who_lacks_a_key_is_told_what_to_enrol_and_not_no() -> None:
    decision = step_up(HOSPITAL, replace(NURSE, records=51), lambda: CODES, [], 0)
    assert isinstance(decision, Denied) and decision.code is RefusalCode.NO_METHOD
    assert decision.ground is not None
    assert (decision.ground.answer, decision.ground.enrol) == ("enrolment_needed", ("key", "piv"))
    assert asked(NURSE, AvailableAuthenticators(pin=True)) == "enrolment_needed two_factors"
    assert asked(replace(NURSE, labels=("hiv",), records=51), ALL) == "enrolment_needed hardware"


def test_a_method_that_is_locked_is_not_one_to_enrol() -> None:
    locked = replace(CODES, locked=frozenset({Method.OTP}))
    decision = step_up(HOSPITAL, NURSE, lambda: locked, [], 0)
    assert isinstance(decision, Denied) and decision.ground is not None
    assert (decision.code, decision.ground.enrol) == (RefusalCode.NO_METHOD, ())
    with_key = replace(locked, fido2_names=("key",))
    assert asked(NURSE, with_key) == "proof_needed two_factors"


def test_offers_are_what_leads_there() -> None:
    def offered(asking: Asking, *given: Proved) -> list[str]:
        decision = step_up(HOSPITAL, asking, lambda: ALL, given, 100)
        assert isinstance(decision, Need)
        return [offer.method.value for offer in decision.offers]

    assert offered(NURSE) == ["fido2", "piv_pin", "pin"]
    assert offered(NURSE, *proved(Method.PIN)) == ["fido2", "piv_pin", "otp"]
    assert offered(replace(NURSE, records=51)) == ["fido2", "piv_pin"]
    assert offered(replace(NURSE, records=51), *proved(Method.PIN, Method.OTP)) == ["fido2", "piv_pin"]
    enough = step_up(HOSPITAL, replace(NURSE, records=51), lambda: ALL, proved(Method.FIDO2), 100)
    assert isinstance(enough, Satisfied) and enough.ground is not None and enough.ground.by == ("export-many",)


def test_a_proof_is_as_old_as_it_is() -> None:
    key = Proved(Method.FIDO2, 100)
    many = replace(NURSE, records=51)
    assert asked(many, ALL, key, now=160) == "satisfied proved"
    assert asked(many, ALL, key, now=161) == "proof_needed phishing_resistant"
    assert asked(many, ALL, key, Proved(Method.PIN, 161), now=161) == "proof_needed phishing_resistant"


def test_an_age_of_nothing_is_for_this_act_alone() -> None:
    rule = '@id("now")\n@says("Now.")\npermit (principal, action, resource) when { context.proof.%s };'
    now = book.read(rule % "age <= 0")
    key = [Proved(Method.FIDO2, 100)]
    assert isinstance(step_up(now, NURSE, lambda: ALL, key, 100), Satisfied)
    assert isinstance(step_up(now, NURSE, lambda: ALL, key, 101), Need)


def test_a_single_factor_is_never_enough_whatever_the_policy_says() -> None:
    everything = book.read('@id("all")\n@says("Everything.")\npermit (principal, action, resource);')
    for single in ([], proved(Method.PIN), proved(Method.FIDO2_TAP)):
        assert isinstance(step_up(everything, NURSE, lambda: ALL, single, 100), Need)
    assert isinstance(step_up(everything, NURSE, lambda: ALL, proved(Method.PIN, Method.OTP), 100), Satisfied)


def test_what_others_bring_about_asks_for_all_that_somebody_has_and_refuses_nobody() -> None:
    """Their colleague taps the badge far away and bombs them with prompts: 60 of the risk, and nothing of their own."""
    bombed = replace(NURSE, risk=60, own_risk=0, reasons=("too_far", "prompt_bombing"))
    assert asked(replace(bombed, own_risk=60), CODES) == "enrolment_needed phishing_resistant"
    assert asked(bombed, CODES) == "proof_needed two_factors"
    assert asked(bombed, CODES, *proved(Method.PIN)) == "proof_needed two_factors"
    assert asked(bombed, CODES, *proved(Method.PIN, Method.OTP), now=102) == "satisfied proved"
    assert asked(bombed, ALL) == "proof_needed phishing_resistant", "whoever has a key shows it"
    assert asked(bombed, ALL, *proved(Method.PIN, Method.OTP), now=102) == "proof_needed phishing_resistant"
    signs = replace(bombed, action="prescription.sign")
    assert asked(signs, ALL) == "proof_needed phishing_resistant", "their best key, though none knows its hardware"
    assert asked(signs, BEST) == "proof_needed hardware"
    assert asked(signs, CODES) == "enrolment_needed hardware", "what was never theirs is not theirs now"
    assert asked(replace(bombed, risk=70, own_risk=50), CODES) == "enrolment_needed phishing_resistant"
    crowd = replace(bombed, records=500, risk=80, own_risk=20)
    assert asked(crowd, BEST) == "cannot"


def test_a_rule_about_one_of_those_signals_holds_all_the_same() -> None:
    rule = """
@id("lost")
@says("A badge of yours was lost. Come to the desk.")
forbid (principal, action in Action::"step_up", resource)
when { context.reasons.contains("badge_lost") }
unless { context.proof.hardware };
"""
    theirs = book.read(book.default_text() + rule)
    lost = replace(NURSE, risk=60, own_risk=0, reasons=("badge_lost", "prompt_bombing"))
    decision = step_up(theirs, lost, lambda: CODES, [], 0)
    assert isinstance(decision, Denied) and decision.ground is not None
    assert (decision.ground.answer, decision.ground.rung) == ("enrolment_needed", "hardware")


def test_what_is_asked_in_spite_of_others_is_said_in_the_words_of_what_is_asked() -> None:
    bombed = replace(NURSE, action="prescription.sign", risk=60, own_risk=0, reasons=("prompt_bombing",))
    decision = step_up(HOSPITAL, bombed, lambda: ALL, [], 0)
    assert isinstance(decision, Need) and decision.ground is not None
    assert dict(decision.ground.says)[""].startswith("A prescription is signed")


@given(own=st.integers(0, 100), others=st.integers(0, 60), more=st.integers(0, 60), records=st.sampled_from([3, 60]))
@settings(max_examples=60, deadline=None)
def test_more_by_others_never_asks_for_less(own: int, others: int, more: int, records: int) -> None:
    order = ("proof_needed two_factors", "proof_needed phishing_resistant", "proof_needed hardware")
    said = (*order, *(text.replace("proof", "enrolment") for text in order), "cannot")
    for has in (CODES, ALL, BEST):
        little, much = (
            said.index(asked(replace(NURSE, records=records, risk=min(100, own + share), own_risk=own), has))
            for share in (min(others, more), max(others, more))
        )
        assert little <= much


# ── What [policy.actions] of the settings becomes ─────────────────────────────────────────────────────────────────────


def by_table(rules: PolicyRules, asking: Asking) -> str | None:
    """What the tables meant before there were policies: the least assurance, None for nobody."""
    rule = rules.actions.get(asking.action, rules.other_actions)
    if rule.roles and not set(rule.roles) & set(asking.roles):
        return None
    if not rule.roles and asking.roles and set(asking.roles) <= set(rules.barred_roles):
        return None
    above = rule.above is not None and asking.records > rule.above
    acr = rule.acr_above if above and ACR_RANK[rule.acr_above] > ACR_RANK[rule.acr] else rule.acr
    return max(acr, ACR_MFA, key=ACR_RANK.__getitem__)


ACRS = st.sampled_from([ACR_MFA, "phr", "phrh"])
ROLES = st.lists(st.sampled_from(["nurse", "visitor", "physician"]), unique=True)
RULE = st.fixed_dictionaries({"acr": ACRS, "acr_above": ACRS, "roles": ROLES}, optional={"above": st.integers(0, 60)})
NAMES = st.sampled_from(["record.export", "prescription.sign", "chart.open", "other", "record.view"])


@given(
    actions=st.dictionaries(NAMES, RULE, max_size=3),
    other=RULE,
    barred=ROLES,
    action=NAMES,
    roles=ROLES,
    records=st.integers(0, 80),
)
@settings(max_examples=40, deadline=None)
def test_a_table_and_its_translation_decide_alike(
    actions: dict[str, object], other: object, barred: list[str], action: str, roles: list[str], records: int
) -> None:
    rules = rules_from({"actions": {"x": {}, **actions}, "other_actions": other, "barred_roles": barred})
    asking = replace(NURSE, action=action, roles=tuple(roles), records=records)
    decision = step_up(book_of(rules), asking, lambda: BEST, [], 0)
    assert decision.ground is not None
    assert (decision.ground.acr or None) == by_table(rules, asking)
    assert entitled(book_of(rules), asking) is (by_table(rules, asking) is not None)


def test_the_usual_policy_is_never_laxer_than_the_usual_table() -> None:
    rules = PolicyRules()
    for action in (*rules.actions, "something.else"):
        for role in ("nurse", "visitor", "administrator", "researcher", "help_desk", "supervisor"):
            for records in (0, 1, 50, 51, 500, 501):
                asking = replace(NURSE, action=action, roles=(role,), records=records)
                decision = step_up(HOSPITAL, asking, lambda: BEST, [], 0)
                least = by_table(rules, asking)
                if isinstance(decision, Need):
                    assert least is not None and decision.ground is not None
                    assert ACR_RANK[decision.ground.acr] >= ACR_RANK[least], (action, role, records)


def test_tables_that_say_only_what_they_always_said_leave_the_policy_that_comes_along() -> None:
    assert book_of(PolicyRules()) == HOSPITAL
    assert book_of(rules_from({"actions": {"record.export": {"purposes": ["audit"], "labels": ["vip"]}}})) == HOSPITAL
    assert book_of(rules_from({"actions": {"record.export": {"above": 5}}})) != HOSPITAL


def test_more_labels_and_records_never_ask_for_less() -> None:
    def strength(asking: Asking) -> int:
        decision = step_up(HOSPITAL, asking, lambda: BEST, [], 0)
        assert decision.ground is not None
        return ACR_RANK.get(decision.ground.acr, 9)

    actions: list[Literal["record.view", "record.export", "bulk.print"]] = [
        "record.view",
        "record.export",
        "bulk.print",
    ]
    for action in actions:
        for records in (1, 51, 501):
            plain = replace(NURSE, action=action, records=records)
            for label in LABELS:
                assert strength(replace(plain, labels=(label,))) >= strength(plain)
