"""What a tap reads does not grow with what once was: every table is filled with history, and the same tap is measured.

On PostgreSQL by the rows that the server read (``pg_stat_xact_user_tables``), on SQLite by the steps of its machine;
neither depends on a clock. And the plans are looked at: no table is read from end to end.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, UniqueConstraint, insert, select, text
from sqlalchemy.sql.sqltypes import Integer

from kiosk.service.store.schema import METADATA
from tests.fakes.meter import Meter, plans_of
from tests.fakes.service import Hospital

ADA = "04A1B2C3D4E5F6"
MANY = 3000
OVER: dict[str, dict[str, Any]] = {
    "session": {"state": "ended", "active_of": None},
    "ceremony": {"state": "done", "request": None},
    "challenge": {"used": 1},
    "badge": {"revoked": 1},
    "message": {"sent": 1},
    "enrolment": {"step": "done", "expires": 1},
    "workstation": {"state": "revoked", "jkt": None, "code_hash": None},
}
"""How a row looks that belongs to the past."""
AS_EVER = {"person_role"}
"""What does not grow: somebody has a few."""


def fill(conn: Connection) -> set[str]:
    """Copies of a row of every table that has one, as the past would have left them; which tables."""
    filled = set()
    for table in METADATA.sorted_tables:
        row = conn.execute(select(table).limit(1)).first()
        if row is None or table.name in AS_EVER:
            continue
        own = _alone(table)
        like = {**row._mapping, **OVER.get(table.name, {})}
        conn.execute(insert(table), [{**like, **{name: _other(table, name, at) for name in own}} for at in range(MANY)])
        filled.add(table.name)
    return filled


def _alone(table: Table) -> set[str]:
    """Columns whose values no two rows may share. Of a key that refers to others, the part that does not."""
    key = [column.name for column in table.primary_key if not column.foreign_keys] or [
        column.name for column in table.primary_key
    ]
    unique = {column.name for index in table.indexes if index.unique for column in index.columns}
    rules = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    unique |= {column.name for rule in rules for column in rule.columns}
    skip = set(OVER.get(table.name, {}))
    return ({key[-1]} | unique) - skip - {"form", "key_id"} | ({"hmac"} & set(table.c.keys()))


def _other(table: Table, name: str, at: int) -> Any:
    kind = table.c[name].type
    if isinstance(kind, LargeBinary):
        return f"past {at}".encode()
    return 1_000_000 + at if isinstance(kind, Integer) or kind.python_type is int else f"past-{at:06}"


async def test_a_tap_costs_the_same_after_years(either: Hospital) -> None:
    station = await either.station()
    await either.badge(await either.person("ada"), ADA)
    await station.open(ADA)
    await station.tap(ADA)
    meter = Meter(either)

    async def tap() -> int:
        meter.cost, meter.statements = 0, []
        assert (await station.tap(ADA)).body["state"] == "done"
        return meter.cost

    before = min([await tap() for _ in range(3)])
    filled = await either.db.write(fill)
    assert len(filled) >= 12
    either.tampered = True
    if either.db.kind == "postgresql":
        await _analyse(either)
    after = min([await tap() for _ in range(3)])
    plans = await either.db.read(plans_of, meter.statements, either.db.kind)
    scans = [plan for plan in plans if ("SCAN " in plan and "USING" not in plan) or "Seq Scan on" in plan]
    whole = [plan for plan in scans if filled & set(re.split(r"\W+", plan))]
    assert whole == [], "\n".join(whole)
    assert after <= before * 1.5 + 30, (before, after, "\n".join(plans))


async def _analyse(hospital: Hospital) -> None:
    await hospital.db._postgres.scrub(["session", "ceremony"], rewrite=False)  # type: ignore[union-attr]
    await hospital.db.write(lambda conn: conn.execute(text("ANALYZE")))
