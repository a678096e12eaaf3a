"""Signals about the workstation: where it asks from, and what it says of itself."""

from __future__ import annotations

from kiosk.service.risk.facts import RiskFacts
from kiosk.service.risk.past import recent
from kiosk.service.risk.rules import RiskRules


def station_address(facts: RiskFacts, rules: RiskRules) -> bool:
    """It asks from another address than before, or did so lately."""
    station = facts.station
    other = bool(station.source) and facts.source != station.source
    return other or facts.unsettled(station.source_at, rules.recent_hours)


def station_zone(facts: RiskFacts, rules: RiskRules) -> bool:
    """It asks from another part of the network, or did so lately. Where none was named before there is no other one."""
    station = facts.station
    other = bool(station.zone) and facts.zone != station.zone
    return other or facts.unsettled(station.zone_at, rules.recent_hours)


def station_hardware(facts: RiskFacts, rules: RiskRules) -> bool:
    """It says that it is another computer."""
    return facts.unsettled(facts.station.hardware_at, rules.recent_hours)


def station_system(facts: RiskFacts, rules: RiskRules) -> bool:
    """It has another operating system."""
    return facts.unsettled(facts.station.system_at, rules.recent_hours)


def station_version(facts: RiskFacts, rules: RiskRules) -> bool:
    """It has another version of our program."""
    return facts.unsettled(facts.station.version_at, rules.recent_hours)


def station_package(facts: RiskFacts, rules: RiskRules) -> bool:
    """Files of our program are other ones, of the same version."""
    return facts.unsettled(facts.station.package_at, rules.recent_hours)


def station_reported(facts: RiskFacts, rules: RiskRules) -> bool:
    """Another system said that it breaks the rules for devices. Nobody's proof makes that better."""
    return recent(facts.station.reported, facts.now, rules.lost_hours * 3600)


def past_unreadable(facts: RiskFacts, rules: RiskRules) -> bool:
    """Somebody else has written to what is remembered."""
    return bool(facts.doubts)


def clock_back(facts: RiskFacts, rules: RiskRules) -> bool:
    """The clock was set back: the last session was opened in what is the future now."""
    return facts.person.seen > facts.now + CLOCK_SKEW


CLOCK_SKEW = 60
"""Seconds by which replicas' clocks may differ here."""
