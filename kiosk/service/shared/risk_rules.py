"""The ``[risk]`` table of ``service.toml``.

::

    [risk]
    sign_in = 50
    [risk.weights]
    unusual_hour = 0                      # not looked at
    [risk.zones]
    wards = ["10.20.0.0/16"]
    [[risk.walk]]
    between = ["Ward 3", "Radiology"]
    minutes = 12
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import lru_cache
from types import MappingProxyType

from kiosk.service.risk import RiskRules, WalkingTime
from kiosk.service.risk.rules import MAX_SCORE, WEIGHTS
from kiosk.service.shared.place_names import place_of
from kiosk.settings import SettingsError, must
from kiosk.settings.checks import Range

MAX_ZONES, MAX_NETWORKS, MAX_WALKS, MAX_NAME = 200, 200, 2000, 100
RANGES = {
    "sign_in": Range(1, MAX_SCORE),
    "most_by_others": Range(0, MAX_SCORE),
    "recent_hours": Range(1, 168),
    "lost_hours": Range(1, 720),
    "calm_hours": Range(0, 24),
    "fresh_minutes": Range(0, 240),
    "burst": Range(1, 100),
    "burst_minutes": Range(1, 120),
    "prompts": Range(1, 1000),
    "turned_down": Range(1, 1000),
    "times": Range(1, 100),
    "least_records": Range(1, 1_000_000),
    "least_exports": Range(1, 10_000),
    "least_strangers": Range(1, 10_000),
    "hour_after": Range(1, 1000),
    "hour_percent": Range(1, 50),
}


def risk_rules_from(table: Mapping[str, object]) -> RiskRules:
    """The rules. Raises ``SettingsError`` with a sentence for whoever edits them."""
    known = {field.name for field in fields(RiskRules)} - {"walks"} | {"walk"}
    for name in table:
        if name not in known:
            raise SettingsError(f"[risk]: there is no rule called “{name}”.")
    enabled = table.get("enabled", True)
    if not isinstance(enabled, bool):
        raise _bad("enabled", "true or false", enabled)
    numbers = {name: _number(name, table[name], RANGES[name]) for name in RANGES if name in table}
    made = replace(
        RiskRules(enabled=enabled),
        weights=_weights(table.get("weights", {})),
        zones=_zones(table.get("zones", {})),
        walks=_walks(table.get("walk", [])),
    )
    return replace(made, **numbers)  # type: ignore[arg-type]  # each of them is a number


def zone_of(rules: RiskRules, source: str) -> str:
    """The zone of an address, the first that holds it; empty for none. ``source``: as ``request_sources`` makes it."""
    return _zone_of(tuple(rules.zones.items()), source)


@lru_cache(maxsize=4096)
def _zone_of(zones: tuple[tuple[str, tuple[str, ...]], ...], source: str) -> str:
    try:
        address = ipaddress.ip_address(source.partition("/")[0])
    except ValueError:
        return ""
    for name, networks in zones:
        if any(address in ipaddress.ip_network(network) for network in networks):
            return name
    return ""


def _weights(found: object) -> Mapping[str, int]:
    table = _table("weights", found)
    for name in table:
        if name not in WEIGHTS:
            raise SettingsError(f"[risk]: there is no signal called “{name}”. There are: {', '.join(WEIGHTS)}.")
    own = {name: _number(f"weights.{name}", weight, Range(0, MAX_SCORE)) for name, weight in table.items()}
    return MappingProxyType({**WEIGHTS, **own})


def _zones(found: object) -> Mapping[str, tuple[str, ...]]:
    table = _table("zones", found)
    if len(table) > MAX_ZONES:
        raise _bad("zones", f"at most {MAX_ZONES} zones", len(table))
    return MappingProxyType({name: _networks(f"zones.{name}", networks) for name, networks in table.items()})


def _networks(where: str, found: object) -> tuple[str, ...]:
    allowed = f"a list of 1 to {MAX_NETWORKS} networks, such as “10.20.0.0/16”"
    if not isinstance(found, list) or not 0 < len(found) <= MAX_NETWORKS:
        raise _bad(where, allowed, found)
    for network in found:
        try:
            ipaddress.ip_network(network if isinstance(network, str) else "")
        except ValueError:
            raise _bad(where, allowed, network) from None
    return tuple(found)


def _walks(found: object) -> tuple[WalkingTime, ...]:
    if not isinstance(found, list) or len(found) > MAX_WALKS:
        raise _bad("walk", f"at most {MAX_WALKS} tables [[risk.walk]]", found)
    made = []
    for walk in found:
        table = _table("walk", walk)
        if set(table) != {"between", "minutes"}:
            raise _bad("walk", "tables with “between” and “minutes”", ", ".join(table))
        between = table["between"]
        named = isinstance(between, list) and all(isinstance(x, str) and 0 < len(x) <= MAX_NAME for x in between)
        places = frozenset(place_of(place) for place in between) if named and isinstance(between, list) else frozenset()
        if len(places) != 2 or "" in places:
            raise _bad("walk.between", "two different places, as workstations name them", between)
        made.append(WalkingTime(places, _number("walk.minutes", table["minutes"], Range(1, 600))))
    return tuple(made)


def _table(where: str, found: object) -> Mapping[str, object]:
    if not isinstance(found, dict):
        raise _bad(where, "a table", found)
    return found


def _number(name: str, value: object, allowed: Range) -> int:
    if type(value) is not int or not allowed.least <= value <= allowed.most:
        raise _bad(name, f"a whole number from {allowed.least} to {allowed.most}", value)
    return value


def _bad(name: str, allowed: str, value: object) -> SettingsError:
    return SettingsError(f"[risk]: {must(name, allowed, value)}")
