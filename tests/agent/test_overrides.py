"""What a station's own settings make of the service's word."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from kiosk.agent.station import with_overrides
from kiosk.settings import AgentSettings
from tests.session.world import STATION

OWN = AgentSettings("https://localhost:1", "ws-1")


@pytest.mark.parametrize(
    ("service", "station", "shown"),
    [
        ("full", "initials", "initials"),
        ("initials", "full", "initials"),
        ("none", "full", "none"),
        ("full", "none", "none"),
        ("full", "full", "full"),
        ("pseudonyms", "full", "pseudonyms"),
    ],
)
def test_of_two_ways_to_show_names_the_stricter_holds(
    service: str, station: Literal["full", "initials", "none"], shown: str
) -> None:
    """A word that this version does not know counts as the strictest: the screen shows no names for it."""
    assert with_overrides(replace(STATION, names=service), replace(OWN, names=station)).names == shown


def test_times_of_the_station_s_own_come_first() -> None:
    assert with_overrides(STATION, OWN) == STATION
    own = replace(OWN, idle=90, warning=25)
    assert with_overrides(STATION, own) == replace(STATION, idle=90, warning=25)


def test_a_station_of_its_own_help_desk_shows_that_ones_number() -> None:
    told = replace(STATION, help_desk="ext. 4242")
    assert with_overrides(told, OWN).help_desk == "ext. 4242"
    assert with_overrides(told, replace(OWN, help_desk="ext. 7")).help_desk == "ext. 7"
