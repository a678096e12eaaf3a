"""Where all new PINs have one length: what is accepted, and what stations are told, which is the same for everybody."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.service.admin.act import ActRefusedError
from kiosk.service.admin.factors import check_pin
from kiosk.service.enrolment.pin import pin_fault
from kiosk.service.policy import rules_from
from kiosk.settings import SettingsError
from tests.fakes.service import Hospital, with_rules


@pytest.mark.parametrize(
    ("pin", "fault"),
    [("735190", None), ("73519", "pin_form"), ("7351908", "pin_form"), ("73519a", "pin_form"), ("٧٣٥١٩٠", "pin_form")],
)
def test_a_new_pin_has_that_many_digits(pin: str, fault: str | None) -> None:
    assert pin_fault(pin, rules_from({"pin_length": 6}).enrol) == fault


def test_an_administrators_too() -> None:
    assert check_pin("735190", 6) is None
    with pytest.raises(ActRefusedError, match="exactly 6 digits"):
        check_pin("73519022", 6)
    assert check_pin("73519022") is None


@pytest.mark.parametrize(
    ("table", "told"),
    [({}, 0), ({"pin_length": 6}, 6), ({"pin_length": 6, "pin_sends": False}, 0), ({"pin_shortest": 8}, 0)],
)
async def test_stations_are_told_one_number_for_everybody(service: Hospital, table: dict[str, Any], told: int) -> None:
    station = await service.station()
    with with_rules(service, rules_from(table)):
        assert (await station.get("/v1/workstation")).body["pin_length"] == told


@pytest.mark.parametrize("table", [{"pin_length": 3}, {"pin_length": 13}, {"pin_length": 6, "pin_shortest": 8}])
def test_a_length_that_makes_no_sense_is_named(table: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="pin_length"):
        rules_from(table)
