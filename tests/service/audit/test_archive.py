"""The oldest part of the trail leaves the database: what stays verifies, what left verifies, and all else goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, func, select, update

from kiosk.service.admin import erasing, holds, retention
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.admin.holds import HoldWish
from kiosk.service.audit import archiving, export, found, put_back, reading, scope, search
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.finding import NotCheckableError
from kiosk.service.store import archives, integrity
from kiosk.service.store.database import Database
from kiosk.service.store.schema import audit_hold, audit_row, evidence, opening
from tests.fakes.archived import LATER, OldTrail, admin_at
from tests.service.audit.trail import CHAIN, NOW


def count(conn: Connection, table: Table) -> int:
    return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture
def old(database: Database, tmp_path: Path) -> OldTrail:
    return OldTrail(database, tmp_path)


def test_the_archive_verifies_by_itself_and_so_does_what_stays(old: OldTrail) -> None:
    folder = old.archive()
    report = old.read(folder).report
    assert (report.status, report.rows, report.signatures, report.checkpoints) == (0, 10, 2, 2)
    assert old.verify_files(folder / "trail.jsonl").finding is None
    old.prune(folder)
    report = old.verify()
    assert (report.status, report.rows, report.kept) == (0, 4, 5)
    assert report.archived is not None
    assert report.archived.checkpoint == 2
    assert old.db.read_now(put_back.examine).found == []


def test_rows_evidence_and_openings_are_gone_from_the_database(old: OldTrail) -> None:
    old.prune(old.archive())
    counted = [old.db.read_now(count, table) for table in (audit_row, evidence, opening)]
    assert counted == [9, 0, 0]


def test_the_chain_goes_on(old: OldTrail) -> None:
    old.prune(old.archive())
    old.lock(LATER + 10)
    old.lock(LATER + 20, SERVICE)
    assert old.verify().status == 0
    assert old.db.read_now(reading.faults_at_a_glance) == []


def test_an_act_that_no_checkpoint_vouches_for_yet_removes_nothing(old: OldTrail) -> None:
    folder, plan = old.archive(), old.plan()
    old.db.write_now(retention.prepare, plan)
    old.db.write_now(retention.prepare_kept, plan, plan.kept)
    old.db.write_now(retention.put_in_force, admin_at(LATER), plan, old.read(folder), "yearly", two=False)
    assert old.db.write_now(archives.remove_some) == 0
    assert old.verify().status == 0  # the service's own record says the same
    with pytest.raises(ActRefusedError):
        old.clear(folder)
    old.sign(LATER + 1)
    assert old.db.write_now(archives.remove_some) == 0  # nobody has said yet that the trail held
    old.clear(folder)
    assert old.db.write_now(archives.remove_some) > 0


def test_while_rows_are_being_removed_everything_holds_and_they_are_not_shown(old: OldTrail) -> None:
    old.put_in_force(old.archive())
    answer = old.db.read_now(found.answer, search.Question())
    assert answer.faults == ()
    assert (CHAIN, 2) not in {(row.place.chain, row.place.seq) for row in answer.rows}
    assert old.verify().status == 0


def test_what_stays_is_found_without_a_fault(old: OldTrail) -> None:
    old.prune(old.archive())
    answer = old.db.read_now(found.answer, search.Question(person="ada"))
    assert answer.faults == ()
    assert [row.place.seq for row in answer.rows] == [3, 5]


@pytest.mark.parametrize("most", [1, 3, 5, 8])
def test_exports_of_what_stays_hold_whole_and_in_parts(old: OldTrail, most: int) -> None:
    old.prune(old.archive())
    of = old.db.read_now(scope.of_store, LATER + 9, None, None, None, openings=True)
    whole, _ = old.export("whole.jsonl", of)
    report = old.verify_files(whole)
    assert (report.status, report.rows, report.kept) == (0, 4, 5)
    paths: list[Path] = []
    end = scope.ScopeEnd(0, None, whole=False)
    while not end.whole:
        path, end = old.export(f"part-{len(paths)}.jsonl", of, most)
        paths.append(path)
        of = of.next(LATER + 9, end.last or (SERVICE, 0))
    assert old.verify_files(*paths).status == 0
    assert old.verify_files(paths[0]).finding is None


def test_exports_of_rows_alone_of_a_time_and_of_a_person_hold(old: OldTrail) -> None:
    old.prune(old.archive())
    bare = old.folder / "bare.jsonl"
    with bare.open("w", encoding="utf-8") as file:
        old.db.read_now(export.as_jsonl, file)
    assert (old.verify_files(bare).status, old.verify_files(bare).rows) == (0, 4)
    for since, person in ((NOW - 10, None), (None, "ada")):
        of = old.db.read_now(scope.of_store, LATER + 9, since, None, person, openings=True)
        report = old.verify_files(old.export(f"{since}.jsonl", of)[0])
        assert report.finding is None
        assert report.covers is not None
        assert report.covers.archived == 2


def test_a_second_archive_goes_on_where_the_first_ended(old: OldTrail) -> None:
    first = old.archive("first")
    old.prune(first)
    later = LATER + 7 * retention.YEAR
    old.lock(later)
    second = old.archive("second", later)
    alone = old.verify_files(second / "trail.jsonl")
    assert (alone.status, alone.kept) == (0, 5)
    both = old.verify_files(first / "trail.jsonl", second / "trail.jsonl")
    assert (both.status, both.signatures, both.kept) == (0, 2, 0)
    with pytest.raises(NotCheckableError, match="in their order"):
        old.verify_files(second / "trail.jsonl", first / "trail.jsonl")
    old.prune(second, later)
    assert old.verify().status == 0
    assert old.db.read_now(put_back.examine).found == []


HELD: dict[str, tuple[HoldWish, set[tuple[str, int]]]] = {
    "a patient": (HoldWish(patient="PATIENT/123"), {(CHAIN, 2)}),
    "a workstation": (HoldWish(workstation=CHAIN), {(CHAIN, number) for number in range(1, 6)} | {(SERVICE, 2)}),
    "a workstation and another time": (HoldWish(workstation=CHAIN, since=NOW + 1), set()),
    "a time": (
        HoldWish(until=NOW + 1),
        {(CHAIN, number) for number in range(1, 6)} | {(SERVICE, number) for number in range(1, 6)},
    ),
}


@pytest.mark.parametrize("what", HELD)
def test_rows_under_a_legal_hold_stay_with_all_that_is_kept_beside_them(old: OldTrail, what: str) -> None:
    wish, rows = HELD[what]
    bare = {(chain, seq) for chain, seq, _ in old.plan().kept}
    number = old.db.write_now(holds.add, admin_at(LATER), wish, "claim 7")
    folder = old.archive()
    old.prune(folder)
    answer = old.db.read_now(found.answer, search.Question(until=NOW + 9))
    assert answer.faults == ()
    assert {(row.place.chain, row.place.seq) for row in answer.rows} == rows | bare
    report = old.verify()
    assert (report.status, report.kept) == (0, len(rows | bare))
    if wish.patient:
        assert report.openings.opened == 2  # of the row, and of the act that asked for the hold
        assert old.db.read_now(found.answer, search.Question(patient="Patient/123")).rows[0].opened == ("Patient/123",)
    old.db.write_now(holds.lift, admin_at(LATER), number, "settled", two=False)
    later = LATER + 7 * retention.YEAR
    old.lock(later)
    old.prune(old.archive("second", later), later)
    assert old.verify().status == 0
    left = {(chain, seq) for chain, seq in bare if chain == SERVICE}
    answer = old.db.read_now(found.answer, search.Question(until=NOW + 9))
    assert {(row.place.chain, row.place.seq) for row in answer.rows} >= left


def test_a_held_patient_cannot_be_erased(old: OldTrail) -> None:
    number = old.db.write_now(holds.add, admin_at(LATER), HoldWish(patient="Patient/123"), "claim 7")
    with pytest.raises(ActRefusedError, match=f"hold {number}"):
        old.db.write_now(erasing.erase, admin_at(LATER), "Patient/123", "their wish")


def test_nothing_is_archived_that_is_younger_than_the_retention(old: OldTrail) -> None:
    with pytest.raises(ActRefusedError, match="kept for 6 years"):
        retention.latest(admin_at(LATER), 6, LATER - 5 * retention.YEAR)
    assert retention.latest(admin_at(LATER), 6, None) == LATER - 6 * retention.YEAR
    assert old.span(NOW + 1000).upto == 2
    assert old.db.read_now(archiving.span_before, old.keys.public, NOW) is None


def test_a_row_that_was_written_late_keeps_its_checkpoint_back(old: OldTrail) -> None:
    """A checkpoint's time alone says nothing of its rows, where a clock ran ahead."""
    late = update(audit_row).where(audit_row.c.chain == CHAIN, audit_row.c.seq == 5).values(at=LATER)
    old.db.write_now(lambda conn: conn.execute(late))
    assert old.span().upto == 1


def test_two_administrators(old: OldTrail) -> None:
    folder = old.archive(who="ada")
    with pytest.raises(ActRefusedError, match="ada wrote this archive"):
        old.put_in_force(folder, who="ada", two=True)
    for nobody in ("root", ""):
        with pytest.raises(ActRefusedError, match="the system has to say which person"):
            old.archive(f"by {nobody}", who=nobody, two=True)
    nameless = old.archive("nameless", LATER + 1, who="root")
    with pytest.raises(ActRefusedError, match="does not say which person wrote this archive"):
        old.put_in_force(nameless, LATER + 1, who="ben", two=True)
    old.put_in_force(folder, who="ben", two=True)
    number = old.db.write_now(holds.add, admin_at(LATER), HoldWish(person=None, since=NOW), "claim 7")
    assert not old.db.write_now(holds.lift, admin_at(LATER, "ada"), number, "settled", two=True)
    with pytest.raises(ActRefusedError, match="Another administrator"):
        old.db.write_now(holds.lift, admin_at(LATER + 5, "ada"), number, "settled", two=True)
    late = admin_at(LATER + holds.SECONDS, "ben")
    assert not old.db.write_now(holds.lift, late, number, "settled", two=True)  # too late: it is asked anew
    assert old.db.write_now(holds.lift, admin_at(LATER + holds.SECONDS + 5, "ada"), number, "settled", two=True)
    row = old.db.read_now(integrity.one, audit_hold, audit_hold.c.id == number)
    assert row is not None
    assert row.lifted == LATER + holds.SECONDS + 5


def test_a_hold_that_came_meanwhile_is_heeded(old: OldTrail) -> None:
    folder, plan = old.archive(), old.plan()
    old.db.write_now(retention.prepare, plan)
    old.db.write_now(retention.prepare_kept, plan, plan.kept)
    old.db.write_now(holds.add, admin_at(LATER), HoldWish(patient="Patient/123"), "claim 7")
    with pytest.raises(ActRefusedError, match="at this moment"):
        old.db.write_now(retention.put_in_force, admin_at(LATER), plan, old.read(folder), "yearly", two=False)


def test_two_prunes_at_once_do_not_mix_what_stays(old: OldTrail) -> None:
    """What the act puts in force is what its own plan says, row for row."""
    folder, plan = old.archive(), old.plan()
    other = replace(plan, kept=(*plan.kept[:-1], (CHAIN, 4, "0" * 64)))
    for each in (plan, other):  # as many rows, and one of them another
        old.db.write_now(retention.prepare, each)
        old.db.write_now(retention.prepare_kept, each, each.kept)
    with pytest.raises(ActRefusedError, match="at this moment"):
        old.db.write_now(retention.put_in_force, admin_at(LATER), plan, old.read(folder), "yearly", two=False)
    old.prune(folder)
    for late in (retention.prepare, lambda conn, of: retention.prepare_kept(conn, of, other.kept)):
        with pytest.raises(ActRefusedError, match="at this moment"):
            old.db.write_now(late, other)
    assert old.verify().status == 0
