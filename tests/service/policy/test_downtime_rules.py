"""What a workstation gets a ticket for, by the settings."""

from __future__ import annotations

import pytest

from kiosk.service.policy.downtime_rules import DAY, downtime_rules_from
from kiosk.settings import SettingsError


def test_where_a_new_workspace_may_be_opened_it_is_for_the_longer_of_both() -> None:
    rules = downtime_rules_from({"downtime_stations": ["icu-2"], "downtime_reopen": 1800, "downtime_open": 3600})
    assert (rules.at("ward-3"), rules.at("icu-2")) == (("reopen", 1800), ("open", 3600))
    shorter = downtime_rules_from({"downtime_stations": ["icu-2"], "downtime_reopen": 7200, "downtime_open": 3600})
    assert shorter.at("icu-2") == ("open", 7200)


def test_no_seconds_means_no_ticket_anywhere() -> None:
    none = downtime_rules_from({"downtime_stations": ["icu-2"], "downtime_reopen": 0})
    assert (none.at("ward-3"), none.at("icu-2")) == (("reopen", 0), ("reopen", 0))


@pytest.mark.parametrize(
    ("name", "value"),
    [("downtime_reopen", -1), ("downtime_reopen", DAY + 1), ("downtime_open", 59), ("downtime_open", DAY + 1)],
)
def test_times_have_bounds(name: str, value: int) -> None:
    with pytest.raises(SettingsError, match=name):
        downtime_rules_from({name: value})
    inside = DAY if value > DAY else value + 1
    assert getattr(downtime_rules_from({name: inside}), name) == inside
