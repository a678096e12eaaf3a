"""A legal hold stops every archive, and nobody who can write to the database lifts it without a word."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, delete, insert

from kiosk.service.admin import holds
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.admin.holds import HoldWish
from kiosk.service.audit import put_back
from kiosk.service.store.schema import audit_hold, manifest
from kiosk.service.store.vouching import TamperedError
from tests.fakes.archived import LATER, OldTrail, admin_at
from tests.fakes.bent_archives import every, sql
from tests.service.audit.trail import NOW

SILENT: dict[str, str] = {
    "the row taken away": "DELETE FROM audit_hold",
    "said to be lifted": "UPDATE audit_hold SET lifted=2000000000",
    "made narrower": "UPDATE audit_hold SET until=1",
    "its patient taken away": "DELETE FROM opening WHERE chain='service'",
}


@pytest.mark.parametrize("how", SILENT)
def test_a_hold_that_is_lifted_by_sql_stops_every_archive(old: OldTrail, how: str) -> None:
    old.db.write_now(holds.add, admin_at(LATER), HoldWish(patient="Patient/123"), "claim 7")
    sql(old, SILENT[how])
    with pytest.raises((TamperedError, ActRefusedError)):
        old.plan()


def test_a_hold_put_back_to_before_it_was_asked_for_shows(old: OldTrail) -> None:
    """With its manifest as it was: the trail has told of a later one."""
    first = old.db.write_now(holds.add, admin_at(LATER), HoldWish(since=NOW), "claim 6")
    before = old.db.read_now(every, manifest)
    second = old.db.write_now(holds.add, admin_at(LATER), HoldWish(patient="Patient/123"), "claim 7")

    def put(conn: Connection) -> None:
        conn.execute(delete(audit_hold).where(audit_hold.c.id == second))
        conn.execute(delete(manifest))
        conn.execute(insert(manifest), [dict(row._mapping) for row in before])

    old.db.write_now(put)
    assert first == 1
    told = old.db.read_now(put_back.older)
    assert [(fault.table, fault.key) for fault in told] == [("manifest", "holds")]
