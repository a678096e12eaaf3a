"""The ``[risk]`` table: what it may say, and how it is refused."""

from __future__ import annotations

from dataclasses import fields

import pytest

from kiosk.service.risk import RiskRules
from kiosk.service.shared.risk_rules import RANGES, risk_rules_from, zone_of
from kiosk.settings import SettingsError


def test_nothing_said_is_what_holds_out_of_the_box() -> None:
    assert risk_rules_from({}) == RiskRules()


def test_every_number_has_a_range_that_holds_its_default() -> None:
    numbers = {field.name for field in fields(RiskRules)} - {"enabled", "weights", "zones", "walks"}
    assert set(RANGES) == numbers
    for name, allowed in RANGES.items():
        assert allowed.holds(getattr(RiskRules(), name)), name


def test_a_table_is_read_whole() -> None:
    made = risk_rules_from(
        {
            "enabled": False,
            "sign_in": 70,
            "weights": {"too_far": 0},
            "zones": {"wards": ["10.20.0.0/16", "2001:db8::/32"]},
            "walk": [{"between": ["Ward 3 / Room 1", "RADIOLOGY"], "minutes": 12}],
        }
    )
    assert (made.enabled, made.sign_in, made.weights["too_far"], made.weights["elsewhere"]) == (False, 70, 0, 10)
    assert (made.minutes("ward 3", "radiology"), made.minutes("radiology", "ward 3")) == (12, 12)
    assert made.minutes("ward 3", "ward 4") is None
    assert zone_of(made, "10.20.1.2") == zone_of(made, "2001:db8:1:2::/64") == "wards"
    assert zone_of(made, "10.21.0.1") == zone_of(made, "nobody") == zone_of(made, "") == ""


WRONG: list[tuple[dict[str, object], str]] = [
    ({"colour": 1}, "there is no rule called “colour”"),
    ({"enabled": 1}, "“enabled” must be true or false"),
    ({"sign_in": 101}, "“sign_in” must be a whole number from 1 to 100"),
    ({"sign_in": True}, "“sign_in” must be a whole number"),
    ({"weights": 5}, "“weights” must be a table"),
    ({"weights": {"far": 1}}, "there is no signal called “far”"),
    ({"weights": {"too_far": -1}}, "“weights.too_far” must be a whole number from 0 to 100"),
    ({"zones": {"a": []}}, "“zones.a” must be a list of 1 to 200 networks"),
    ({"zones": {"a": ["10.0.0.1/8"]}}, "not “10.0.0.1/8”"),
    ({"zones": {"a": [7]}}, "“zones.a” must be"),
    ({"zones": {str(number): ["10.0.0.0/8"] for number in range(201)}}, "at most 200 zones"),
    ({"walk": {}}, "“walk” must be at most 2000 tables"),
    ({"walk": ["x"]}, "“walk” must be a table"),
    ({"walk": [{"between": ["a", "b"]}]}, "tables with “between” and “minutes”"),
    ({"walk": [{"between": ["Ward 3", "ward 3, bed 1"], "minutes": 1}]}, "two different places"),
    ({"walk": [{"between": ["/", "b"], "minutes": 1}]}, "two different places"),
    ({"walk": [{"between": "ab", "minutes": 1}]}, "two different places"),
    ({"walk": [{"between": ["a", "b"], "minutes": 0}]}, "“walk.minutes” must be a whole number from 1 to 600"),
]


@pytest.mark.parametrize(("table", "complaint"), WRONG, ids=[complaint for _, complaint in WRONG])
def test_what_is_wrong_is_named(table: dict[str, object], complaint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        risk_rules_from(table)
    assert str(refused.value).startswith("[risk]: ") and complaint in str(refused.value)
