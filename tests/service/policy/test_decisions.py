"""Policy as pure functions: what adds up to what, what is needed for what, and a file that makes no sense."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.model.ceremony import Why
from kiosk.model.proof import ACR_RANK, Method
from kiosk.model.refusal import RefusalCode
from kiosk.service.policy import (
    AvailableAuthenticators,
    Denied,
    Need,
    PolicyRules,
    Proved,
    Satisfied,
    add_up,
    rules_from,
    sign_in,
)
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.policy.enrolment_rules import EnrolRules
from kiosk.service.policy.reset_rules import RecoveryRules
from kiosk.settings import SettingsError

ALL = AvailableAuthenticators(pin=True, otp=True, fido2_names=("key",), piv_names=("card",))


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
            for method in everything:
                assert ACR_RANK[add_up([*some, method], 0).acr] >= ACR_RANK[add_up(some, 0).acr]


def test_a_card_must_answer_before_anything_else_is_asked() -> None:
    for kind, ways in (("piv", ["piv_tap"]), ("fido2", ["fido2_tap", "fido2"]), ("pkoc", ["pkoc_tap"])):
        decision = sign_in(PolicyRules(), kind, lambda: ALL, [], 100, 3600, 200)  # type: ignore[arg-type]  # a literal of two
        assert offered(decision) == ways
        assert isinstance(decision, Need)
        assert decision.why is Why.POSSESSION


def test_a_typed_login_is_asked_for_a_pin_whether_anybody_has_it_or_not() -> None:
    nobody = sign_in(PolicyRules(), "login", AvailableAuthenticators, [], None, 3600, 200)
    assert offered(nobody) == ["pin"]
    assert isinstance(nobody, Need) and nobody.why is Why.TYPED_NAME
    assert offered(sign_in(PolicyRules(), "login", lambda: ALL, [], 190, 3600, 200)) == ["fido2", "piv_pin", "pin"]
    blocked = replace(ALL, locked=frozenset({Method.PIN}))
    assert "pin" in offered(sign_in(PolicyRules(), "login", lambda: blocked, [], None, 3600, 200)), (
        "that it is not shown"
    )
    proved_it = sign_in(PolicyRules(), "login", AvailableAuthenticators, proved(Method.PIN), None, 3600, 200)
    assert proved_it == Denied(RefusalCode.NO_METHOD), "a PIN alone is not enough, and nothing else is there"


def test_why_more_is_asked_here_than_elsewhere_is_told() -> None:
    for kind, why in (("uid", Why.NEW_PLACE), ("login", Why.TYPED_NAME)):
        decision = sign_in(PolicyRules(), kind, lambda: ALL, [], None, 3600, 200, beyond=Why.NEW_PLACE)  # type: ignore[arg-type]  # a literal of two
        assert isinstance(decision, Need)
        assert decision.why is why


def test_grace_ends_and_does_not_begin_in_the_future() -> None:
    for last, open_ in ((None, False), (100, True), (200, True), (201, False), (-3400, False), (-3399, True)):
        decision = sign_in(PolicyRules(), "uid", lambda: ALL, [], last, 3600, 200)
        assert isinstance(decision, Satisfied) is open_, last


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"nonsense": 1}, "there is no rule called “nonsense”"),
        ({"lockout": 0}, "“lockout” must be a whole number from 1 to 100, not 0"),
        ({"lockout": 101}, "“lockout”"),
        ({"lockout": "ten"}, "“lockout” must be a whole number from 1 to 100, not “ten”"),
        ({"lockout": True}, "not true"),
        ({"quick_failures": 0}, "“quick_failures”"),
        ({"slow_first": 0}, "“slow_first”"),
        ({"slow_most": 0}, "“slow_most” must be a whole number from 1 to 3600, not 0"),
        ({"slow_most": -1}, "“slow_most”"),
        ({"slow_first": 10, "slow_most": 5}, "“slow_first” must be at most “slow_most”, which is 5, not 10"),
        ({"lock_first": 900, "lock_most": 600}, "“lock_first” must be at most “lock_most”, which is 600, not 900"),
        ({"aaguid_allow": ["a" * 32]}, "“aaguid_allow” and “least_certification” need attestation"),
        ({"least_certification": "L2"}, "“aaguid_allow” and “least_certification” need attestation"),
        ({"aaguid_deny": ["a" * 31]}, "“aaguid_deny” must be AAGUIDs, each of 32 hexadecimal digits"),
        ({"aaguid_deny": ["g" * 32]}, "“aaguid_deny” must be AAGUIDs"),
        ({"pin_length": 3}, "“pin_length” must be 0 for any, or from 4 to"),
        ({"pin_shortest": 8, "pin_length": 7}, "“pin_length” must be 0 for any, or from 8 to"),
        ({"sign_in_acr": "gold"}, "“sign_in_acr” must be one of urn:kiosk:pin, .*, not “gold”"),
        ({"sign_in_acr": []}, "“sign_in_acr”"),
        ({"typed_acr": "urn:kiosk:identified"}, "“typed_acr”"),
        ({"barred_roles": "visitor"}, "“barred_roles” must be a list of texts, not “visitor”"),
        ({"barred_roles": ["Visitor"]}, "“barred_roles” must be roles: .*, not “Visitor”"),
        ({"voucher_roles": []}, "“voucher_roles” must be a list of one role at least"),
        ({"voucher_roles": ["a b"]}, "“voucher_roles”"),
        ({"privileged_roles": ["Administrator"]}, "“privileged_roles”"),
        ({"two_key_roles": [""]}, "“two_key_roles”"),
        ({"reset_wait_roles": ["help desk"]}, "“reset_wait_roles”"),
        ({"enrol_kinds": {"Nurse": ["badge"]}}, "“enrol_kinds” must be roles: .*, not “Nurse”"),
        ({"open_audiences": 1}, "“open_audiences” must be true or false, not 1"),
        ({"actions": []}, "“actions” must be a table"),
        ({"actions": {"x": 1}}, "“actions.x” must be a table, not 1"),
        ({"actions": {"Record Export": {}}}, "“actions” must be tables named by an action"),
        ({"actions": {"x": {"nonsense": 1}}}, "there is no rule called “actions.x.nonsense”"),
        ({"actions": {"x": {"acr": "urn:kiosk:pin"}}}, "“actions.x.acr” must be one of urn:kiosk:mfa, phr, phrh"),
        ({"actions": {"x": {"sensitivity": "top secret"}}}, "“actions.x.sensitivity”"),
        ({"actions": {"x": {"purposes": ["\n"]}}}, "“actions.x.purposes”"),
        ({"actions": {"x": {"labels": ["secret"]}}}, "“actions.x.labels” must be out of psychiatry, .*, not “secret”"),
        ({"other_actions": {"above": "many"}}, "“other_actions.above”"),
        ({"other_actions": {"above": -1}}, "“other_actions.above”"),
    ],
    ids=str,
)
def test_a_policy_that_makes_no_sense_is_a_sentence(table: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=rf"^\[policy\]: .*{said}.*\.$"):
        rules_from(table)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
RULES = sorted(
    {field.name for kind in (PolicyRules, KeyRules, EnrolRules, RecoveryRules) for field in fields(kind)}
    - {"keys", "enrol", "recovery", "waves", "emergency"}
    | {"wave"}
)


@pytest.mark.parametrize("name", RULES)
@given(value=ANYTHING)
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_the_file_is_taken_or_refused_with_a_sentence(name: str, value: object) -> None:
    try:
        rules_from({name: value})
    except SettingsError as refused:
        assert str(refused).startswith("[policy]: ")
        assert str(refused).endswith(".")


def test_a_model_is_written_with_hyphens_and_capitals_or_without() -> None:
    written = "2FC0579F-8113-47EA-B116-BB5A8DB9202A"
    keys = rules_from({"attestation": "required", "aaguid_allow": [written]}).keys
    assert keys.aaguid_allow == ("2fc0579f811347eab116bb5a8db9202a",)


def test_rules_of_the_file_replace_the_defaults_one_by_one() -> None:
    rules = rules_from({"actions": {"record.export": {"above": 5}}, "lockout": 6})
    assert (rules.actions["record.export"].above, rules.actions["record.export"].acr) == (5, "urn:kiosk:mfa")
    assert (rules.lockout, rules.actions["bulk.print"].sensitivity) == (6, "restricted")
