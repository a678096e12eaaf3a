"""Policy as pure functions: what adds up to what, what is needed for what, and a file that makes no sense."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

import pytest

from kiosk.model.ceremony import RefusalCode, Why
from kiosk.model.people import Person
from kiosk.model.proof import ACR_RANK, Method
from kiosk.service.policy import (
    Denied,
    Enrolled,
    Need,
    Proved,
    Rules,
    Satisfied,
    StepUpNeed,
    add_up,
    rules_from,
    sign_in,
    step_up,
    step_up_need,
)
from kiosk.settings import BadSettings

NURSE = Person("1", "ada", "Ada", ("nurse",))
VISITOR = Person("2", "vic", "Vic", ("visitor",))
ALL = Enrolled(pin=True, otp=True, fido2_names=("key",), piv_names=("card",))


def proved(*methods: Method, hardware: bool = False) -> list[Proved]:
    return [Proved(method, 100 + i, hardware=hardware) for i, method in enumerate(methods)]


def offered(decision: Need | Satisfied | Denied) -> list[str]:
    assert isinstance(decision, Need)
    return [offer.method.value for offer in decision.offers]


@pytest.mark.parametrize(
    ("methods", "acr", "amr"),
    [
        ((), "urn:kiosk:identified", ()),
        ((Method.PIN,), "urn:kiosk:pin", ("pin",)),
        ((Method.FIDO2_TAP,), "urn:kiosk:possession", ("pop",)),
        ((Method.PIV_TAP,), "urn:kiosk:possession", ("pop",)),
        ((Method.PIN, Method.OTP), "urn:kiosk:mfa", ("pin", "otp", "mfa")),
        ((Method.PIV_TAP, Method.PIN), "urn:kiosk:mfa", ("pop", "pin", "mfa")),
        ((Method.FIDO2_TAP, Method.PIN), "urn:kiosk:mfa", ("pop", "pin", "mfa")),
        ((Method.FIDO2,), "phr", ("pop", "pin", "mfa")),
        ((Method.PIV_TAP, Method.PIV_PIN), "phr", ("pop", "pin", "mfa")),
        ((Method.OTP,), "urn:kiosk:identified", ()),
    ],
)
def test_proofs_add_up_as_the_documentation_says(methods: tuple[Method, ...], acr: str, amr: tuple[str, ...]) -> None:
    assurance = add_up(proved(*methods), now=500)
    assert (assurance.acr, assurance.amr) == (acr, amr)
    assert assurance.auth_time == (100 + len(methods) - 1 if methods else 500)


def test_more_proofs_never_lower_the_assurance() -> None:
    everything = proved(*Method)
    for count in range(len(everything)):
        for some in combinations(everything, count):
            for one in everything:
                assert ACR_RANK[add_up([*some, one], 0).acr] >= ACR_RANK[add_up(some, 0).acr]


def test_exports_need_mfa_up_to_fifty_records_and_phishing_resistance_beyond() -> None:
    rules = Rules()
    assert step_up_need(rules, NURSE, "record.export", 50) == StepUpNeed("urn:kiosk:mfa", "sensitive", ())
    assert step_up_need(rules, NURSE, "record.export", 51) == StepUpNeed("phr", "sensitive", ())
    for action in ("bulk.print", "prescription.sign", "something.else"):
        need = step_up_need(rules, NURSE, action, 0)
        assert isinstance(need, StepUpNeed)
        assert need.acr == "phr"


def test_barred_roles_and_actions_of_others_are_refused_by_policy() -> None:
    assert step_up_need(Rules(), VISITOR, "record.export", 1) == Denied(RefusalCode.POLICY)
    rules = rules_from({"actions": {"prescription.sign": {"roles": ["physician"]}}})
    assert step_up_need(rules, NURSE, "prescription.sign", 1) == Denied(RefusalCode.POLICY)
    both = Person("3", "doc", "Doc", ("physician", "visitor"))
    assert isinstance(step_up_need(rules, both, "prescription.sign", 1), StepUpNeed)


def test_no_rule_can_lower_a_step_up_below_two_factors() -> None:
    rules = rules_from({"actions": {"x": {"acr": "urn:kiosk:identified"}}})
    need = step_up_need(rules, NURSE, "x", 0)
    assert isinstance(need, StepUpNeed)
    assert need.acr == "urn:kiosk:mfa"


def test_only_methods_that_lead_there_are_offered() -> None:
    mfa, phr, phrh = (StepUpNeed(acr, "normal", ()) for acr in ("urn:kiosk:mfa", "phr", "phrh"))
    assert offered(step_up(mfa, lambda: ALL, [], 0)) == ["fido2", "piv_pin", "pin"]
    assert offered(step_up(mfa, lambda: ALL, proved(Method.PIN), 0)) == ["fido2", "piv_pin", "otp"]
    assert offered(step_up(phr, lambda: ALL, [], 0)) == ["fido2", "piv_pin"]
    assert step_up(phrh, lambda: ALL, [], 0) == Denied(RefusalCode.NO_METHOD)
    assert step_up(phr, lambda: Enrolled(pin=True, otp=True), [], 0) == Denied(RefusalCode.NO_METHOD)
    assert step_up(mfa, lambda: Enrolled(pin=True), [], 0) == Denied(RefusalCode.NO_METHOD)
    assert isinstance(step_up(phr, lambda: ALL, proved(Method.FIDO2), 0), Satisfied)
    assert offered(step_up(phr, lambda: ALL, proved(Method.PIN, Method.OTP), 0)) == ["fido2", "piv_pin"]


def test_locked_methods_are_not_offered() -> None:
    need = StepUpNeed("urn:kiosk:mfa", "normal", ())
    for locked in (Method.PIN, Method.OTP):
        enrolled = Enrolled(pin=True, otp=True, fido2_names=("key",), locked=frozenset({locked}))
        assert offered(step_up(need, partial(replace, enrolled), [], 0)) == ["fido2"]


def test_a_card_must_answer_before_anything_else_is_asked() -> None:
    for kind, tap in (("piv", "piv_tap"), ("fido2", "fido2_tap")):
        decision = sign_in(Rules(), kind, lambda: ALL, [], 100, 3600, 200)  # type: ignore[arg-type]  # a literal of two
        assert offered(decision) == [tap]
        assert isinstance(decision, Need)
        assert decision.why is Why.POSSESSION


def test_grace_ends_and_does_not_begin_in_the_future() -> None:
    for last, open_ in ((None, False), (100, True), (200, True), (201, False), (-3400, False), (-3399, True)):
        decision = sign_in(Rules(), "uid", lambda: ALL, [], last, 3600, 200)
        assert isinstance(decision, Satisfied) is open_, last


@pytest.mark.parametrize(
    "table",
    [
        {"nonsense": 1},
        {"lockout": 0},
        {"lockout": 101},
        {"lockout": "ten"},
        {"lockout": True},
        {"slow_most": -1},
        {"sign_in_acr": "gold"},
        {"barred_roles": "visitor"},
        {"open_audiences": 1},
        {"actions": []},
        {"actions": {"x": 1}},
        {"actions": {"x": {"nonsense": 1}}},
        {"actions": {"x": {"sensitivity": "top secret"}}},
        {"other_actions": {"above": "many"}},
    ],
    ids=str,
)
def test_a_policy_that_makes_no_sense_is_a_sentence(table: dict[str, Any]) -> None:
    with pytest.raises(BadSettings, match=r"\[policy\]"):
        rules_from(table)


def test_rules_of_the_file_replace_the_defaults_one_by_one() -> None:
    rules = rules_from({"actions": {"record.export": {"above": 5}}, "lockout": 6})
    assert (rules.actions["record.export"].above, rules.actions["record.export"].acr) == (5, "urn:kiosk:mfa")
    assert (rules.lockout, rules.actions["bulk.print"].sensitivity) == (6, "restricted")
