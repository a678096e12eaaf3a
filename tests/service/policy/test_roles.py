"""What the rules say of roles: which they know, which have power, which was mistyped; how long a reset waits."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

import pytest

from kiosk.service.policy import ActionRule, PolicyRules, roles, rules_from
from kiosk.service.policy.enrolment_rules import EnrolRules
from kiosk.service.policy.reset_rules import DAY, RecoveryRules, ResetTerms, reset_terms

DEFAULT = {"administrator", "help_desk", "prescriber", "supervisor"}


def test_every_role_that_some_rule_names_is_known() -> None:
    assert roles.named(PolicyRules()) == {*DEFAULT, "visitor"}
    rules = rules_from(
        {
            "barred_roles": ["guest"],
            "two_key_roles": ["chief"],
            "voucher_roles": ["ward_manager"],
            "privileged_roles": ["pharmacist"],
            "reset_wait_roles": ["director"],
            "enrol_kinds": {"student": ["badge"]},
            "actions": {"record.export": {"roles": ["records"]}},
            "other_actions": {"roles": ["nurse"]},
            "wave": [{"name": "one", "kinds": ["key"], "roles": ["surgeon"], "from": date(2026, 1, 1)}],
        }
    )
    added = {"guest", "chief", "ward_manager", "pharmacist", "director", "student", "records", "nurse", "surgeon"}
    assert added <= roles.named(rules)
    assert "visitor" not in roles.named(rules), "what the file replaces is gone"


def test_who_vouches_or_is_protected_or_works_at_the_desk_has_power() -> None:
    assert roles.privileged(PolicyRules()) == DEFAULT
    made = PolicyRules(
        actions=MappingProxyType({"factor.reset": ActionRule(roles=("desk",)), "other": ActionRule(roles=("nurse",))}),
        enrol=EnrolRules(voucher_roles=("boss",), privileged_roles=("chief",)),
        recovery=RecoveryRules(reset_wait_roles=("director",)),
    )
    assert roles.privileged(made) == {"desk", "boss", "chief", "director"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("suprevisor", "supervisor"),
        ("administrater", "administrator"),
        ("admin", "administrator"),
        ("help", "help_desk"),
        ("sup", "supervisor"),
        ("ad", None),
        ("visor", None),
        ("physician", None),
    ],
)
def test_a_mistyped_role_finds_the_one_that_was_meant(typed: str, meant: str | None) -> None:
    assert roles.meant(typed, DEFAULT) == meant


def test_of_two_roles_that_begin_so_the_shorter_was_meant() -> None:
    assert roles.meant("nurs", {"nurse_aide_in_training", "nurse_zoo"}) == "nurse_zoo"


@pytest.mark.parametrize(
    ("held", "earlier", "terms"),
    [
        (("nurse",), 0, ResetTerms(0, False, None)),
        (("nurse",), 1, ResetTerms(0, True, "repeated")),
        (("nurse", "prescriber"), 0, ResetTerms(DAY, False, None)),
        (("prescriber",), 2, ResetTerms(DAY, True, "repeated")),
        ((), 0, ResetTerms(0, False, None)),
    ],
)
def test_a_reset_waits_for_the_powerful_and_a_second_person_for_the_repeated(
    held: tuple[str, ...], earlier: int, terms: ResetTerms
) -> None:
    assert reset_terms(RecoveryRules(), held, earlier) == terms


def test_a_pin_has_the_length_that_is_fixed_or_the_shortest() -> None:
    assert (EnrolRules().pin_least, EnrolRules(pin_length=8).pin_least) == (6, 8)
    assert EnrolRules(pin_shortest=5).pin_least == 5
