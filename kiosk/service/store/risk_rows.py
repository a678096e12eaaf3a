"""The rows of what is remembered of persons, workstations and roles. What their texts mean, ``service/risk`` knows.

A row that is not as the service wrote it, is missing though there was one, or is an earlier one, is never used and
never mended by a plain change. Whoever asks is told so (``doubted``), which counts as a high risk. It is written anew
from nothing where its person has proved themselves by other means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Table, Transaction, bindparam, select

from kiosk.service.store import integrity, manifests
from kiosk.service.store.manifests import PUT_BACK
from kiosk.service.store.schema_risk import risk_person, risk_role, risk_station
from kiosk.service.store.sql_types import StoredValues
from kiosk.service.store.unit import send, unit_of
from kiosk.service.store.vouching import WRITES, TamperedError, guard_of, refused

LISTED = "risk"
"""What the manifest of a person or workstation calls the row, once it has one: so that it cannot be taken away."""
GONE = "has been taken away"
AHEAD = 1000
"""By how much a new row's turn is ahead of the clock: above whatever was written within the same seconds."""
_SAVED: WeakKeyDictionary[Transaction, set[str]] = WeakKeyDictionary()
"""Rows that a transaction has written: their turns count once it is committed, and are nobody's if it is not."""
# Built once: every tap asks these, and to build a statement takes longer than to run it.
_OF = {table.name: select(table).where(*(column == bindparam("wanted") for column in table.primary_key))
       for table in (risk_person, risk_station, risk_role)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RiskRow:
    """A row as it was read: ``values`` None where there is none. ``doubted``: it is not believed."""

    table: Table
    key: str
    values: StoredValues | None = field(default=None, repr=False)
    doubted: bool = False

    @property
    def body(self) -> str:
        """JSON; that of nothing where there is no row, or none that is believed."""
        return str(self.values["body"]) if self.values is not None and not self.doubted else "{}"

    def time(self, name: str) -> int:
        """One of its columns of times; 0 where there is none."""
        return int(self.values[name]) if self.values is not None and not self.doubted else 0


def of_person(conn: Connection, person: str) -> RiskRow:
    """What is remembered of ``person``, who is locked."""
    return _kept(conn, risk_person, person)


def of_station(conn: Connection, station: str) -> RiskRow:
    """What is remembered of ``station``, which is locked."""
    return _kept(conn, risk_station, station)


def of_role(conn: Connection, role: str) -> RiskRow:
    """What is remembered of ``role``."""
    return _kept(conn, risk_role, role)


def keep(conn: Connection, table: Table, key: str, values: StoredValues | None) -> None:
    """Another query has read the row along, after its person or station was locked; None for none."""
    unit = unit_of(conn)
    if unit is not None:
        unit.kept["risk", f"{table.name}/{key}"] = values


def save(conn: Connection, found: RiskRow, values: dict[str, object], now: int, *, anew: bool = False) -> None:
    """Write ``values`` to the row that was ``found``. One that is not believed stays as it is unless it is written
    ``anew``."""
    table, unit = found.table, unit_of(conn)
    if unit is not None and unit.kept.get(("risk saved", found.key)):
        send(conn)  # two changes of one row cannot go in one statement
    if found.doubted:
        if not anew:
            return
        made = {_name(table): found.key, **values, "turn": now + AHEAD}
        if found.values is None:
            integrity.add(conn, table, made)
        else:
            integrity.replace(conn, table, made)
        if unit is not None:
            unit.kept.pop(("risk", f"{table.name}/{found.key}"), None)
    elif found.values is None:
        new = integrity.add_soon(conn, table, {_name(table): found.key, **values, "turn": now})
        if table is not risk_role:
            manifests.enlist(conn, found.key, LISTED)
        keep(conn, table, found.key, new)
    else:
        turn = max(now, int(found.values["turn"]) + 1)
        keep(conn, table, found.key, integrity.change_values_soon(conn, table, found.values, {**values, "turn": turn}))
    if unit is not None:
        unit.kept["risk saved", found.key] = True
    if (own := conn.get_transaction()) is not None:
        _SAVED.setdefault(own, set()).add(f"{table.name}:{found.key}")


def note(conn: Connection, person: str, what: Literal["added", "lost", "reset"], now: int) -> None:
    """Something was done to a factor of ``person``."""
    found = of_person(conn, person)
    save(conn, found, {"lost" if what == "lost" else "changed": now}, now)


def _name(table: Table) -> str:
    return next(column.name for column in table.primary_key)


def _kept(conn: Connection, table: Table, key: str) -> RiskRow:
    unit, name = unit_of(conn), ("risk", f"{table.name}/{key}")
    if unit is not None and name in unit.kept:
        return _believed(conn, table, key, unit.kept[name])
    row = conn.execute(_OF[table.name], {"wanted": key}).first()
    return _believed(conn, table, key, None if row is None else row._mapping)


def _believed(conn: Connection, table: Table, key: str, values: StoredValues | None) -> RiskRow:
    try:
        if values is None:
            if table is not risk_role and LISTED in manifests.manifest_of(conn, key).body:
                raise refused(conn, table.name, key, GONE)
        else:
            integrity.check(conn, table, values)
            name, own = f"{table.name}:{key}", conn.get_transaction()
            mine = own is not None and name in _SAVED.get(own, ())
            newest = mine or guard_of(conn).is_newest(name, int(values["turn"]))
            if not newest and conn.get_execution_options().get(WRITES):
                raise refused(conn, table.name, key, PUT_BACK)
    except TamperedError:
        return RiskRow(table, key, values, doubted=True)
    return RiskRow(table, key, values)
