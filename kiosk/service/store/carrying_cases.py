"""Cases of downtimes that an earlier version kept in a table of their own: carried over once, after an upgrade."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, MetaData, Table, Text, insert, inspect, select, text

from kiosk.service.store import integrity, review_cases, vouching
from kiosk.service.store.guarded import Guard
from kiosk.service.store.row_message import message
from kiosk.service.store.schema import review_case, workstation
from kiosk.service.store.sql_types import StoredRow

OLD_NAME = "offline_case"
_OLD = Table(
    OLD_NAME,
    MetaData(),
    Column("id", Text, primary_key=True),
    *(Column(name, Text) for name in ("workstation", "person", "session", "reason")),
    *(Column(name, BigInteger) for name in ("at", "arrived", "seq")),
    Column("mac", LargeBinary),
)
"""As migration 0031 made it: the codes of its rows are over these columns, in this order."""


def carry_over(conn: Connection) -> int:
    """Every row of the old table becomes an open case, and the table is gone; how many. One that the service did not
    write stays one that it did not write: it is kept without a code, and told of by the alarm."""
    if not inspect(conn).has_table(OLD_NAME):
        return 0
    guard, done = Guard(_OLD), 0
    places = {row.id: row.place for row in conn.execute(select(workstation.c.id, workstation.c.place))}
    for row in conn.execute(select(_OLD).order_by(_OLD.c.arrived, _OLD.c.seq)).all():
        values = _values(row, places.get(row.workstation, ""))
        if vouching.guard_of(conn).keys.right(OLD_NAME, row.mac, message(guard, row._mapping)):
            integrity.add(conn, review_case, values)
        else:
            conn.execute(insert(review_case), values)
        done += 1
    conn.execute(text(f'DROP TABLE "{OLD_NAME}"'))
    return done


def _values(row: StoredRow, place: str) -> dict[str, object]:
    who = {"person": row.person, "workstation": row.workstation, "place": place}
    what = {"kind": "offline", "subject": row.session or review_cases.JOURNAL, "why": row.reason}
    happened = row.arrived if row.at is None else row.at
    return {"id": review_cases.fresh_id(), **who, **what, "happened": happened, "opened": row.arrived, "seq": row.seq}
