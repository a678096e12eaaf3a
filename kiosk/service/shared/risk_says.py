"""What a workstation says of itself, remembered so that a change of it can be told."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.wire import StationSays
from kiosk.service.risk import RiskRules, learning
from kiosk.service.shared import risk_memory
from kiosk.service.shared.risk_memory import RiskMemory
from kiosk.service.shared.risk_rules import zone_of

MAX_MARK = 64
"""Characters of each that are kept."""


def take(conn: Connection, rules: RiskRules, station: str, says: StationSays, source: str, now: int) -> None:
    """``station`` (locked) says this, from the address ``source``."""
    if not rules.enabled:
        return
    memory = RiskMemory()
    here = risk_memory.station(conn, memory, station)
    past = learning.at_source(here.past, now, source, zone_of(rules, source))
    here.past = learning.says(
        past,
        now,
        hardware=says.hardware[:MAX_MARK],
        system=says.system[:MAX_MARK],
        version=says.version[:MAX_MARK],
        package=says.package[:MAX_MARK],
    )
    risk_memory.write(conn, memory, now)
