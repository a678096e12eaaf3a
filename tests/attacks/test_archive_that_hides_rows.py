"""Archiving is the one way by which rows leave the trail: nobody gets rid of a row by it, or by pretending it.

The attackers: somebody who can write to the database and no more; an administrator who wants rows gone; somebody
through whose hands an archive or an export goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, text

from kiosk.model.binding import Json
from kiosk.service.admin import holds, retention
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.admin.holds import HoldWish
from kiosk.service.audit import archiving, export, found, put_back, reading, scope, seal, search
from kiosk.service.audit.archived import KeptDigest
from kiosk.service.audit.event import SERVICE, Event, row_hash
from kiosk.service.audit.finding import NotCheckableError
from kiosk.service.audit.writer import append
from kiosk.service.store import archives
from kiosk.service.store.database import Database
from kiosk.service.store.schema import (
    audit_archive,
    audit_chain,
    audit_cut,
    audit_hold,
    audit_kept,
    audit_row,
    checkpoint,
    manifest,
)
from kiosk.service.store.sql_types import StoredRow
from kiosk.service.store.vouching import TamperedError
from tests.fakes.archive import forge
from tests.fakes.archived import LATER, OldTrail, admin_at
from tests.service.audit.trail import CHAIN, NOW

Rows = list[dict[str, Any]]


@pytest.fixture
def old(database_file: Database, tmp_path: Path) -> OldTrail:
    return OldTrail(database_file, tmp_path)


def sql(old: OldTrail, *statements: str) -> None:
    def run(conn: Connection) -> None:
        for statement in statements:
            assert conn.execute(text(statement)).rowcount != 0, statement

    old.db.write_now(run)


def every(conn: Connection, table: Table) -> list[StoredRow]:
    return list(conn.execute(select(table)).all())


def pruned(old: OldTrail) -> OldTrail:
    old.prune(old.archive())
    assert old.verify().status == 0
    return old


# Somebody who can write to the database


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


# A legal hold that somebody lifts silently

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


# An administrator who wants rows gone


def test_a_trail_that_does_not_hold_is_not_signed_away(old: OldTrail) -> None:
    """A row is changed, then archived: the archive does not verify, and nothing leaves."""
    sql(old, "UPDATE audit_row SET body=replace(body,'idle','look') WHERE chain='station-1' AND seq=5")
    folder = old.folder / "archive"
    folder.mkdir()
    old.db.read_now(archiving.write, folder, old.span(), old.keys.public, LATER)
    assert "its hash is wrong" in str(old.read(folder).report.finding)


def bent(folder: Path, change: Callable[[Rows], Rows]) -> None:
    path = folder / archiving.TRAIL
    rows = change([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def ended(rows: Rows) -> Rows:
    """With an end that says how many there are."""
    return [*rows[:-1], {"end": {**rows[-1]["end"], "rows": len(rows) - 2}}]


EDITED: dict[str, tuple[Callable[[Rows], Rows], str]] = {
    "a row taken out": (lambda rows: ended([row for row in rows if row.get("seq") != 2]), "Row 2"),
    "its last row taken out": (
        lambda rows: ended([row for row in rows if (row.get("chain"), row.get("seq")) != (CHAIN, 5)]),
        "Row 5",
    ),
    "a chain taken out": (lambda rows: ended([row for row in rows if row.get("chain") != CHAIN]), "it is missing"),
    "a text changed": (
        lambda rows: [{**row, "body": row["body"].replace("idle", "gone")} if "body" in row else row for row in rows],
        "Row 5",
    ),
    "rows said to have been archived before": (
        lambda rows: [{**row, "kept": True} if row.get("seq") == 2 else row for row in rows],
        "Row 2",
    ),
    "said to begin later": (
        lambda rows: [{"export": {**rows[0]["export"], "archived": 1}}, *rows[1:]],
        "does not show the act",
    ),
    "evidence taken out": (lambda rows: [{**row, "evidence": None} if "body" in row else row for row in rows], "miss"),
}


@pytest.mark.parametrize("how", EDITED)
def test_an_archive_that_was_edited_does_not_hold(old: OldTrail, how: str) -> None:
    folder = old.archive()
    change, why = EDITED[how]
    bent(folder, change)
    assert why in str(old.read(folder).report.finding)


@pytest.mark.parametrize("whole", [True, False], ids=["without its openings", "with other blanks"])
def test_an_archive_that_still_holds_but_is_not_what_was_written_takes_nothing_out(old: OldTrail, whole: bool) -> None:
    """Openings may be erased without breaking a chain: taken out of the archive, patients would be gone for good."""
    folder = old.archive()
    bent(folder, lambda rows: [{**row, "openings": []} if whole and "openings" in row else row for row in rows])
    read = old.read(folder)
    assert read.report.finding is None
    with pytest.raises(ActRefusedError, match="does not say that this file was written here"):
        old.db.read_now(retention.check, admin_at(LATER), read, two=False)


HIDES = {
    "another name": """body = replace(body, '"ada"', '"bob"')""",
    "no act any more": "asked = NULL",
    "one of another's behind the head": """seq = 1000, body = replace(body, '"ada"', '"bob"')""",
}


@pytest.mark.parametrize("how", HIDES)
def test_who_wrote_an_archive_is_not_said_by_a_row_that_nobody_vouches_for(old: OldTrail, how: str) -> None:
    """At the moment of the act itself: the trail was looked at before."""
    folder = old.archive(two=True)
    sql(old, f"UPDATE audit_row SET {HIDES[how]} WHERE chain = 'service' AND asked = 'audit.archive'")  # noqa: S608
    with pytest.raises(ActRefusedError):
        old.put_in_force(folder, two=True)
    assert old.db.read_now(archives.present) is None


def test_whoever_did_not_write_it_takes_it_out_while_the_trail_grows(old: OldTrail) -> None:
    folder = old.archive(two=True)
    old.db.write_now(append, SERVICE, Event("lock", "seen", LATER))
    old.put_in_force(folder, who="bob", two=True)
    assert old.db.read_now(archives.present) is not None


def test_an_archive_of_another_service_is_not_taken(old: OldTrail, tmp_path: Path) -> None:
    folder = old.archive()
    with pytest.raises(NotCheckableError, match="another service's"):
        archiving.read(folder, {})


def test_the_same_archive_takes_nothing_out_twice(old: OldTrail) -> None:
    folder = old.archive()
    old.prune(folder)
    with pytest.raises(ActRefusedError, match="out of the database already"):
        old.db.read_now(retention.check, admin_at(LATER), old.read(folder), two=False)


# Somebody through whose hands an export goes


def exported(old: OldTrail) -> tuple[Path, Rows]:
    path = old.folder / "bare.jsonl"
    with path.open("w", encoding="utf-8") as file:
        old.db.read_now(export.as_jsonl, file)
    return path, [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_an_export_whose_end_says_that_rows_were_archived_is_not_believed(old: OldTrail) -> None:
    """The end of an export is what no checkpoint covers yet: nobody can add there that its beginning was archived."""
    plan = old.plan()
    digest = KeptDigest()
    for row in plan.kept:
        digest.add(*row)
    detail: dict[str, Json] = {"act": "audit.prune", "by": "root", "sha256": "0" * 64, "checkpoint": 2}
    detail |= {"kept": digest.count, "kept_sha256": digest.hex()}
    old.db.write_now(forge, SERVICE, (Event("admin", "success", LATER, detail=detail),))
    path, rows = exported(old)
    stay = {(chain, seq) for chain, seq, _ in plan.kept}
    left = [
        {**row, "kept": True} if (row["chain"], row["seq"]) in stay else row
        for row in rows
        if row["at"] >= LATER or (row["chain"], row["seq"]) in stay
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in left), encoding="utf-8")
    assert "no checkpoint vouches for it" in str(old.verify_files(path).finding)


@pytest.mark.parametrize("chain", [SERVICE, CHAIN, "a-chain-that-nobody-has"])
@pytest.mark.parametrize("part", [False, True], ids=["whole trail", "a part"])
def test_a_row_that_is_said_to_have_stayed_where_nothing_was_archived_is_not_passed_over(
    old: OldTrail, chain: str, part: bool
) -> None:
    """Marked ``kept``, a made-up row would stand in no chain, and nobody would look at it."""
    path, rows = exported(old)
    if part:
        of = old.db.read_now(scope.of_store, LATER, 1, None, None, openings=True)
        path, _ = old.export("part.jsonl", of)
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    real = next(row for row in rows if "body" in row)
    made_up = {**real, "chain": chain, "seq": 999, "kept": True}
    before = [*rows[:1], made_up, *rows[1:]] if part else [made_up, *rows]
    if part:
        before[-1] = {"end": {**before[-1]["end"], "rows": len(before) - 2}}
    path.write_text("".join(json.dumps(row) + "\n" for row in before), encoding="utf-8")
    assert "rows that were archived, and was not" in str(old.verify_files(path).finding)


def test_an_export_without_the_rows_that_stay_does_not_hold(old: OldTrail) -> None:
    pruned(old)
    path, rows = exported(old)
    for left in ([row for row in rows if row.get("seq") != 3], [row for row in rows if not row.get("kept")]):
        path.write_text("".join(json.dumps(row) + "\n" for row in left), encoding="utf-8")
        assert old.verify_files(path).finding is not None


def test_a_copy_of_checkpoints_that_ends_before_the_archive_says_so(old: OldTrail) -> None:
    folder = old.archive()
    copy = folder / archiving.CHECKPOINTS
    copy.write_text(copy.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")
    assert "Checkpoint 2: it is not in the copy" in str(old.read(folder).report.finding)


def test_a_checkpoint_of_another_branch_is_no_end_of_an_archive(old: OldTrail) -> None:
    folder = old.archive()
    first, *rest = old.db.read_now(lambda conn: conn.execute(select(checkpoint).order_by(checkpoint.c.id)).all())
    lines = [json.dumps({**row._mapping}) + "\n" for row in (first, *rest)]
    lines[1] = lines[1].replace('"signature": "', '"signature": "AA')
    (folder / archiving.CHECKPOINTS).write_text("".join(lines), encoding="utf-8")
    with pytest.raises(NotCheckableError):
        old.read(folder)


def test_heads_of_chains_stay_as_they_were(old: OldTrail) -> None:
    before = old.db.read_now(every, audit_chain)
    old.remove()
    assert old.db.read_now(every, audit_chain) == before
    assert asdict(old.verify())["archived"] is None


# Rows that are said to have stayed, and nobody signed


def later_archive(old: OldTrail) -> tuple[Path, Path]:
    """The first archive, taken out, and a second one."""
    first = old.archive("first")
    old.prune(first)
    later = LATER + 7 * retention.YEAR
    old.lock(later)
    return first, old.archive("second", later)


def made_up(row: dict[str, Any]) -> dict[str, Any]:
    """A row that is right in itself, and that nobody wrote."""
    body = json.dumps({**json.loads(row["body"]), "login": "eve"}, sort_keys=True, separators=(",", ":"))
    link = row_hash(bytes.fromhex(row["prev"]), body).hex()
    return {**row, "login": "eve", "body": body, "hash": link}


def another(rows: Rows, place: tuple[str, int] = (SERVICE, 3)) -> Rows:
    return [made_up(row) if (row.get("chain"), row.get("seq")) == place else row for row in rows]


STAYED: dict[str, Callable[[Rows], Rows]] = {
    "a row that nobody wrote": another,
    "free text": lambda rows: [{**row, "login": "eve"} if row.get("kept") else row for row in rows],
    "a signature that its workstation did not give": lambda rows: [
        {**row, "signed": {"proof": "a.b.c", "told": "free text"}} if row.get("kept") else row for row in rows
    ],
    "a row more": lambda rows: ended(
        [rows[0], *({**made_up(row), "seq": 2, "kept": True} for row in rows if row.get("seq") == 3), *rows[1:]]
    ),
    "a row less": lambda rows: ended([row for row in rows if (row.get("chain"), row.get("seq")) != (SERVICE, 3)]),
    "the act not shown": lambda rows: [{"export": {**rows[0]["export"], "act": None}}, *rows[1:]],
    "another act": lambda rows: [{"export": {**rows[0]["export"], "act": other_act(rows)}}, *rows[1:]],
}


def other_act(rows: Rows) -> dict[str, Any]:
    act = rows[0]["export"]["act"]
    return {**act, "bodies": [act["bodies"][0].replace('"kept":5', '"kept":4'), *act["bodies"][1:]]}


@pytest.mark.parametrize("how", STAYED)
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "after the first"])
def test_rows_that_stayed_before_a_second_archive_are_those_that_the_act_names(
    old: OldTrail, how: str, alone: bool
) -> None:
    first, second = later_archive(old)
    files = ([] if alone else [first / archiving.TRAIL]) + [second / archiving.TRAIL]
    assert old.verify_files(*files).finding is None
    bent(second, STAYED[how])
    assert old.verify_files(*files).finding is not None


def part_of(old: OldTrail, most: int | None, since: int | None = None) -> Path:
    of = old.db.read_now(scope.of_store, LATER + 9, since, None, None, openings=True)
    return old.export("part.jsonl", of, most)[0]


@pytest.mark.parametrize("how", STAYED)
def test_rows_that_stayed_are_looked_at_in_a_part_too(old: OldTrail, how: str) -> None:
    """A part that has all of them, and not all that follows."""
    path = part_of(pruned(old), 8)
    report = old.verify_files(path)
    assert (report.finding, report.kept) == (None, 5)
    bent_file(path, STAYED[how])
    report = old.verify_files(path)
    assert report.finding is not None or (how == "a row less" and report.kept == 4)


def bent_file(path: Path, change: Callable[[Rows], Rows]) -> None:
    rows = change([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def test_an_export_of_a_time_cannot_say_by_itself_that_rows_were_archived(old: OldTrail) -> None:
    """It would leave out whatever it likes: checkpoints name rows of that time, and nothing was archived."""
    path = part_of(old, None, NOW - 10)
    assert old.verify_files(path).finding is None

    def without(rows: Rows) -> Rows:
        spans = [span for span in rows[0]["export"]["spans"] if span[0] != CHAIN]
        first = {"export": {**rows[0]["export"], "archived": 2, "spans": spans}}
        return ended([first, *(row for row in rows[1:] if row.get("chain") != CHAIN)])

    bent_file(path, without)
    assert "does not show the act" in str(old.verify_files(path).finding)


def test_a_chain_in_which_nothing_happened_since_is_in_the_later_archive(old: OldTrail) -> None:
    folders, at = [], LATER
    for name in ("first", "second", "third"):
        folders.append(old.archive(name, at))
        old.prune(folders[-1], at)
        at += 7 * retention.YEAR
        old.lock(at, SERVICE)
    files = [folder / archiving.TRAIL for folder in folders]
    assert [old.verify_files(file).status for file in files] == [0, 0, 0]
    assert old.verify_files(*files).status == 0
    assert old.verify().status == 0
