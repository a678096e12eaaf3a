"""The rules of enrolment as they are written: badge numbers by range, and rules that make no sense."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.service.policy import PolicyRules, rules_from
from kiosk.service.policy.enrolment_rules import EnrolRules, badge_accepted
from kiosk.settings import SettingsError


def test_badge_numbers_by_range() -> None:
    rules = rules_from({"badge_allow": ["04A1", "04B00000000000-04B0FFFFFFFFFF"], "badge_deny": ["04A1FF"]}).enrol

    def accepted(number: str) -> bool:
        return badge_accepted(rules, bytes.fromhex(number))

    assert accepted("04A1B2C3D4E5F6")
    assert accepted("04A1B2C3")
    assert not accepted("04A1FFC3D4E5F6")
    assert not accepted("04C1B2C3D4E5F6")
    assert accepted("04B00000000000")
    assert accepted("04B0FFFFFFFFFF")
    assert not accepted("04B10000000000")
    assert not accepted("04B01234")
    assert badge_accepted(EnrolRules(), bytes.fromhex("04C1B2C3"))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"badge_self": "sometimes"}, "badge_self"),
        ({"window_acr": "urn:kiosk:identified"}, "window_acr"),
        ({"window_acr": 3}, "window_acr"),
        ({"phone_approval": "yes"}, "phone_approval"),
        ({"badge_allow": ["xyz"]}, "badge_allow"),
        ({"badge_allow": [""]}, "badge_allow"),
        ({"badge_deny": ["04B1-04"]}, "badge_deny"),
        ({"badge_deny": ["04B10000-04B00000"]}, "badge_deny"),
        ({"badge_deny": "04"}, "badge_deny"),
        ({"temporary_badge_seconds": 10}, "temporary_badge_seconds"),
        ({"pin_shortest": 3}, "pin_shortest"),
        ({"pin_shortest": True}, "pin_shortest"),
        ({"start_code_tries": 0}, "start_code_tries"),
        ({"voucher_roles": "supervisor"}, "voucher_roles"),
        ({"enrol_kinds": ["badge"]}, "enrol_kinds"),
        ({"enrol_kinds": {"nurse": ["ring"]}}, "enrol_kinds.nurse"),
        ({"enrol": {}}, "enrol"),
    ],
)
def test_rules_that_make_no_sense_are_named(table: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        rules_from(table)


def test_rules_of_enrolment_stand_among_the_others() -> None:
    made = rules_from({"badge_self": "window", "lockout": 5, "attestation": "optional"})
    assert (made.enrol.badge_self, made.lockout, made.keys.attestation) == ("window", 5, "optional")
    assert PolicyRules().enrol == EnrolRules()
