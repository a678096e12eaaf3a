"""Archiving is the one way by which rows leave the trail: who can write to the database gets rid of no row by it."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, delete, insert, select

from kiosk.model.binding import Json
from kiosk.service.admin import retention
from kiosk.service.audit import found, put_back, reading, seal, search
from kiosk.service.audit.archived import KeptDigest
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.store.schema import audit_archive, audit_cut, audit_kept, audit_row, manifest
from kiosk.service.store.vouching import TamperedError
from tests.fakes.archive import forge
from tests.fakes.archived import LATER, OldTrail
from tests.fakes.bent_archives import every, pruned, sql


def test_old_rows_that_are_just_deleted_are_missed(old: OldTrail) -> None:
    sql(old, "DELETE FROM audit_row WHERE chain='station-1' AND seq<5")
    assert "it is missing" in old.why()


def test_an_archive_that_is_only_rows_of_the_database_is_not_believed(old: OldTrail) -> None:
    """Rows with the right numbers, and an act that says so, and no code: what the service did not write."""
    plan = old.plan()
    digest = KeptDigest()
    for row in plan.kept:
        digest.add(*row)
    detail: dict[str, Json] = {"act": "audit.prune", "by": "root", "sha256": "0" * 64, "checkpoint": 2}
    detail |= {"kept": digest.count, "kept_sha256": digest.hex()}

    def pretend(conn: Connection) -> None:
        act = forge(conn, SERVICE, (Event("admin", "success", LATER, detail=detail),))
        archive = {"number": 1, "at": LATER, "checkpoint": 2, "act": act, "chains": 2, "kept": digest.count}
        conn.execute(insert(audit_archive).values(**archive))
        for chain, head in plan.span.heads.items():
            conn.execute(insert(audit_cut).values(archive=1, chain=chain, seq=head.seq))
        for chain, seq, link in plan.kept:
            conn.execute(insert(audit_kept).values(archive=1, chain=chain, seq=seq, hash=link))
        stay = {(chain, seq) for chain, seq, _ in plan.kept}
        for row in conn.execute(select(audit_row).where(audit_row.c.at < LATER)).all():
            if (row.chain, row.seq) not in stay:
                conn.execute(delete(audit_row).where(audit_row.c.chain == row.chain, audit_row.c.seq == row.seq))

    old.db.write_now(pretend)
    assert "the service's own record does not say so" in old.why()
    assert old.db.read_now(seal.read, old.keys.public).refused  # no checkpoint vouches for what follows
    assert any("was not written by the service" in fault for fault in old.db.read_now(reading.faults_at_a_glance))


PRETENDED: dict[str, tuple[str, str]] = {
    "a later cut": ("UPDATE audit_cut SET seq=seq+1", "not written by the service"),
    "an earlier cut": ("UPDATE audit_cut SET seq=seq-1", "not written by the service"),
    "no cut": ("DELETE FROM audit_cut", "it is missing"),
    "another checkpoint": ("UPDATE audit_archive SET checkpoint=checkpoint+1", "own record does not say so"),
    "another act": ("UPDATE audit_archive SET act=act-1", "own record does not say so"),
    "no archive": ("DELETE FROM audit_archive", "own record does not say so"),
    "a row that stays taken away": (
        "DELETE FROM audit_row WHERE chain='service' AND seq=3",
        "that were archived and stay are not those",
    ),
    "a row that stays changed": (
        "UPDATE audit_row SET body=replace(body,'ada','eve') WHERE chain='service' AND seq=3",
        "its hash is wrong",
    ),
    "a row that stays is no more said to": (
        "DELETE FROM audit_kept WHERE chain='service' AND seq=3",
        "that were archived and stay are not those",
    ),
}


@pytest.mark.parametrize("how", PRETENDED)
def test_whatever_is_changed_of_what_was_archived_shows(old: OldTrail, how: str) -> None:
    statement, why = PRETENDED[how]
    sql(pruned(old), statement)
    assert why in old.why(), old.why()


def test_a_row_put_among_those_that_were_archived_is_not_shown_and_binds_nothing(old: OldTrail) -> None:
    pruned(old)

    def add(conn: Connection) -> None:
        like = conn.execute(select(audit_row).where(audit_row.c.chain == SERVICE, audit_row.c.seq == 3)).one()
        conn.execute(insert(audit_row).values({**like._mapping, "seq": 1}))
        conn.execute(insert(audit_kept).values(archive=1, chain=SERVICE, seq=1, hash=bytes(like.hash).hex()))

    old.db.write_now(add)
    answer = old.db.read_now(found.answer, search.Question(person="ada"))
    assert any(row.place.seq == 1 and row.fault for row in answer.rows)
    assert "Row 1 of chain service" in old.why()


def test_the_archive_before_put_back_shows(old: OldTrail) -> None:
    """All rows of the first archive with their right codes, and nothing of the second one."""
    pruned(old)
    tables = (manifest, audit_archive, audit_cut, audit_kept)
    kept = {table: old.db.read_now(every, table) for table in tables}
    later = LATER + 7 * retention.YEAR
    old.lock(later)
    old.prune(old.archive("second", later), later)

    def put(conn: Connection) -> None:
        for table, rows in kept.items():
            conn.execute(delete(table))
            conn.execute(insert(table), [dict(row._mapping) for row in rows])

    old.db.write_now(put)
    assert "own record does not say so" in old.why()
    assert [fault.table for fault in old.db.read_now(put_back.older)] == ["manifest"]


def test_a_trail_that_does_not_hold_after_the_act_keeps_every_row(old: OldTrail) -> None:
    """Somebody changes a row between the look at the trail and the deletion: nothing that could tell of it goes."""
    folder = old.archive()
    old.put_in_force(folder)
    sql(old, "UPDATE audit_row SET body=replace(body,'lock','look') WHERE chain='station-1' AND seq=6")
    before = old.db.read_now(every, audit_row)
    old.remove()
    assert old.db.read_now(every, audit_row) == before
    sql(old, "UPDATE audit_archive SET cleared=at")  # only the service can say that it held
    with pytest.raises(TamperedError):
        old.remove()
    assert old.db.read_now(every, audit_row) == before
