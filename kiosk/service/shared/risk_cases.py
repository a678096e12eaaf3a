"""The risk of a case that is only asked about: from what is remembered of the person and their roles, changing nothing.

What only a request of a workstation shows, is not part of it: its address, and what it says of itself.
"""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.policy import Asking
from kiosk.service.risk import Risk, RiskFacts, RiskRules, WishFacts, assess
from kiosk.service.shared import risk_memory
from kiosk.service.shared.place_names import place_of
from kiosk.service.shared.risk_memory import RiskMemory

LEAVING = (".export", ".print")
"""Ends of actions by which records leave."""


def risk_of(conn: Connection, rules: RiskRules, now: int, asking: Asking) -> Risk:
    """The risk if ``asking`` came ``now`` (epoch seconds), at its place."""
    memory, export = RiskMemory(), asking.action.endswith(LEAVING)
    person = risk_memory.person(conn, memory, asking.person)
    roles = [risk_memory.role(conn, memory, role) for role in sorted(asking.roles)] if export else []
    facts = RiskFacts(
        kind="step_up",
        now=now,
        person=person.past,
        roles=tuple(role.past for role in roles),
        place=place_of(asking.place) or person.past.place,
        changed=person.changed,
        lost=person.lost,
        wish=WishFacts(export, asking.records, asking.patients),
        doubts=frozenset({"person"} if person.doubted else ()),
    )
    return assess(facts, rules)
