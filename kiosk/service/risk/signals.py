"""Every signal by its name, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from kiosk.service.risk import of_persons, of_records, of_stations
from kiosk.service.risk.facts import RiskFacts
from kiosk.service.risk.rules import RiskRules

Signal = Callable[[RiskFacts, RiskRules], bool]
_EVERY: tuple[Signal, ...] = (
    of_stations.past_unreadable,
    of_stations.clock_back,
    of_persons.counter_back,
    of_persons.too_far,
    of_stations.station_hardware,
    of_stations.station_package,
    of_stations.station_reported,
    of_stations.station_zone,
    of_records.export_volume,
    of_records.export_beyond_role,
    of_records.export_rate,
    of_records.strangers,
    of_persons.prompt_bombing,
    of_persons.warned_high,
    of_persons.warned,
    of_persons.failed_proofs,
    of_persons.badge_lost,
    of_persons.factor_changed,
    of_persons.unusual_hour,
    of_stations.station_system,
    of_stations.station_address,
    of_persons.elsewhere,
    of_stations.station_version,
)
SIGNALS: Mapping[str, Signal] = MappingProxyType({signal.__name__: signal for signal in _EVERY})
BY_OTHERS = frozenset(
    {"too_far", "prompt_bombing", "failed_proofs", "badge_lost", "elsewhere", "warned_high", "warned"}
)
"""What somebody else can bring about without a proof of the person's: with their badge in hand, by a program, or by a
system that sends us signals."""
