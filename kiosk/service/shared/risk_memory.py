"""What one request reads of the past of persons, workstations and roles, and what it makes of it: written at its end.

So everything that a request learns of somebody is one change of one row, in its own transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy import Connection

from kiosk.service.risk import PersonPast, Risk, RiskRules, RolePast, StationPast, learning
from kiosk.service.store import risk_rows, stored_json
from kiosk.service.store.risk_rows import RiskRow
from kiosk.service.store.stored_json import UnreadableError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance  # as in ``stored_json``

Past = TypeVar("Past", PersonPast, StationPast, RolePast)


@dataclass(slots=True)
class Remembered(Generic[Past]):
    """``past``: as it is now; ``read``: as it was. ``doubted``: what was read is not believed, so nothing of it is
    used. ``anew``: the person has proved themselves, so it is written from nothing."""

    past: Past
    read: Past
    doubted: bool = False
    anew: bool = False
    changed: int = 0
    lost: int = 0

    @property
    def due(self) -> bool:
        """Whether it is to be written."""
        return self.anew or (self.past != self.read and not self.doubted)


@dataclass(slots=True)
class RiskMemory:
    """By person, workstation and role. ``weighed``: the risk of each person's sign-in, once it was looked at."""

    persons: dict[str, Remembered[PersonPast]] = field(default_factory=dict)
    stations: dict[str, Remembered[StationPast]] = field(default_factory=dict)
    roles: dict[str, Remembered[RolePast]] = field(default_factory=dict)
    weighed: dict[str, Risk] = field(default_factory=dict)


def person(conn: Connection, memory: RiskMemory, person_id: str) -> Remembered[PersonPast]:
    """What is remembered of a person, who is locked."""
    known = memory.persons.get(person_id)
    if known is None:
        row = risk_rows.of_person(conn, person_id)
        known = _read(PersonPast, row)
        known.changed, known.lost = row.time("changed"), row.time("lost")
        memory.persons[person_id] = known
    return known


def station(conn: Connection, memory: RiskMemory, station_id: str) -> Remembered[StationPast]:
    """What is remembered of a workstation, which is locked."""
    known = memory.stations.get(station_id)
    if known is None:
        known = memory.stations[station_id] = _read(StationPast, risk_rows.of_station(conn, station_id))
    return known


def role(conn: Connection, memory: RiskMemory, name: str) -> Remembered[RolePast]:
    """What is remembered of a role."""
    known = memory.roles.get(name)
    if known is None:
        known = memory.roles[name] = _read(RolePast, risk_rows.of_role(conn, name))
    return known


def turned_down(conn: Connection, rules: RiskRules, person_id: str, now: int) -> None:
    """A step-up of a person, who is locked, was refused elsewhere than at a workstation."""
    if rules.enabled:
        memory = RiskMemory()
        found = person(conn, memory, person_id)
        found.past = learning.turned_down(found.past, now, rules.burst_minutes * 60)
        write(conn, memory, now)


def write(conn: Connection, memory: RiskMemory, now: int) -> None:
    """What is otherwise than it was read, persons and stations before roles (decision 33). ``now``: epoch seconds."""
    for person_id, found in sorted(memory.persons.items()):
        if found.due:
            _save(conn, risk_rows.of_person(conn, person_id), found.past, found.anew, now)
    for station_id, here in sorted(memory.stations.items()):
        if here.due:
            _save(conn, risk_rows.of_station(conn, station_id), here.past, here.anew, now)
    for name, of_role in sorted(memory.roles.items()):
        if of_role.due:
            _save(conn, risk_rows.of_role(conn, name), of_role.past, of_role.anew, now)


def _save(conn: Connection, row: RiskRow, past: DataclassInstance, anew: bool, now: int) -> None:
    body = json.dumps(stored_json.write(past), separators=(",", ":"))
    risk_rows.save(conn, row, {"body": body}, now, anew=anew)


def _read(kind: type[Past], row: RiskRow) -> Remembered[Past]:
    try:
        past = stored_json.read(kind, stored_json.parse(row.body))
    except UnreadableError:
        return Remembered(kind(), kind(), doubted=True)
    return Remembered(past, past, doubted=row.doubted)
