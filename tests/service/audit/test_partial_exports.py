"""A part of a trail: what it covers, that parts go together, and what is said where rows of it are missing."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, select, text

from kiosk.model.binding import b64u
from kiosk.service.audit import checkpoint, evidence, export, scope
from kiosk.service.audit.checkpoint import Checkpoint
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.exported import ExportTrail
from kiosk.service.audit.finding import ExportCoverage, NotCheckableError, VerificationReport
from kiosk.service.audit.partial import verify_files, verify_parts
from kiosk.service.audit.writer import append
from kiosk.service.platform.keys import CheckpointKeys
from kiosk.service.store.database import Database
from kiosk.service.store.schema_audit import audit_chain
from tests.service.audit import trail
from tests.service.audit.trail import CHAIN, NOW, Key, admin, bound, proof

HOUR = 3600
Lines = list[dict[str, Any]]


def hours(conn: Connection, keys: CheckpointKeys) -> None:
    """Six hours: every one a tap of ada and one of bob at the station, an act of the service, and a checkpoint."""
    append(conn, SERVICE, admin("service.init"))
    trail.old_station(conn)
    key = Key(ec.generate_private_key(ec.SECP256R1()), credential_id=b64u(b"k" * 16))
    enrolled = trail.enrol(conn, key)
    for number in range(6):
        at = NOW + number * HOUR
        for person in ("ada", "bob"):
            append(conn, CHAIN, Event("tap", "success", at, person=person, workstation=CHAIN))
        if number == 3:
            append(conn, CHAIN, proof(key.evidence(bound(), enrolled), at=at))
            append(conn, CHAIN, proof(evidence.of_code(bound("c3"), method="pin"), "c3", at=at))
        append(conn, SERVICE, Event("tidy", "success", at))
        trail.sign_unread(conn, keys, at + 60)


class Exports:
    """Parts of one store, and what a third party says of them."""

    def __init__(self, store: Database) -> None:
        self.store = store
        self.keys = trail.checkpoint_keys()
        store.write_now(hours, self.keys)
        self.copy: list[Checkpoint] = store.read_now(checkpoint.after, 0, 100)

    def parts(
        self, most: int | None = None, since: int | None = None, until: int | None = None, person: str | None = None
    ) -> list[Lines]:
        """Every part of so many rows."""
        covers = self.store.read_now(scope.of_store, NOW + 6 * HOUR, since, until, person, openings=True)
        found = []
        while True:
            out = io.StringIO()
            end = self.store.read_now(export.part, out, covers, most)
            found.append([json.loads(line) for line in out.getvalue().splitlines()])
            if end.whole:
                return found
            assert end.last is not None
            covers = covers.next(covers.made, end.last)

    def verify(self, *parts: Lines, cut: int = 0) -> VerificationReport:
        """``cut``: bytes that the last part lacks at its end."""
        return verify_files(self.trail(*parts, cut=cut), self.keys.public, self.copy)

    def trail(self, *parts: Lines, cut: int = 0) -> ExportTrail:
        """The files of these parts."""
        texts = ["".join(json.dumps(row, ensure_ascii=False) + "\n" for row in part).encode() for part in parts]
        texts[-1] = texts[-1][: len(texts[-1]) - cut]
        files = [(io.BytesIO(text), Path(f"part-{number}")) for number, text in enumerate(texts, 1)]
        return ExportTrail(files)

    def covers(self, *parts: Lines) -> tuple[VerificationReport, ExportCoverage]:
        """Of parts in which nothing is wrong."""
        report = self.verify(*parts)
        assert report.finding is None
        assert report.covers is not None
        return report, report.covers


@pytest.fixture
def exports(database: Database) -> Exports:
    return Exports(database)


def test_parts_of_everything_are_the_whole_trail_together(exports: Exports) -> None:
    for most in (1, 4, 7, 100):
        parts = exports.parts(most)
        report = exports.verify(*parts)
        assert (report.finding, report.covers, report.rows, report.status) == (None, None, 23, 0)


def test_one_part_alone_says_that_it_is_one_and_what_follows_is_not_here(exports: Exports) -> None:
    first, second, third = exports.parts(9)
    report, covers = exports.covers(first)
    assert (covers.parts, covers.complete, covers.last, report.rows) == ((1, 1), False, (SERVICE, 9), 9)
    report, covers = exports.covers(second)
    assert (covers.parts, covers.complete, covers.last) == ((2, 2), False, (CHAIN, 9))
    assert covers.unbound == 1, "the row that bound the key is in the first part"
    assert exports.covers(first, second)[1].unbound == 0
    assert exports.covers(second, third)[1].complete is False


def test_parts_that_do_not_follow_one_another_are_not_checked(exports: Exports) -> None:
    first, second, third = exports.parts(9)
    others = exports.parts(5)
    for parts in ((first, third), (second, first), (first, first), (first, others[1])):
        with pytest.raises(NotCheckableError):
            exports.verify(*parts)
    with pytest.raises(NotCheckableError, match="parts of two exports"):
        exports.verify(first, exports.parts(2, until=NOW + HOUR)[1])


def test_a_part_that_was_cut_off_anywhere_is_checked_as_far_as_it_goes(exports: Exports) -> None:
    (whole,) = exports.parts()
    for cut in (1, 30, 400, 3000):
        report = exports.verify(whole, cut=cut)
        assert report.finding is None
        assert report.covers is not None
        assert not report.covers.complete


def test_a_time_has_the_rows_of_that_time_and_says_which_a_checkpoint_vouches_for(exports: Exports) -> None:
    (part,) = exports.parts(since=NOW + HOUR, until=NOW + 3 * HOUR + 30)
    report, covers = exports.covers(part)
    assert (report.rows, report.chains, covers.vouched, covers.unbound) == (11, 2, 11, 1)
    assert (covers.since, covers.until, covers.complete) == (NOW + HOUR, NOW + 3 * HOUR + 30, True)
    assert (report.signatures, report.codes, report.status) == (1, 1, 0)


def test_without_a_checkpoint_in_it_a_part_is_not_said_to_hold(exports: Exports) -> None:
    (part,) = exports.parts(since=NOW + HOUR, until=NOW + HOUR)
    exports.copy = exports.copy[:1]
    report, covers = exports.covers(part)
    assert (report.rows, covers.vouched, report.status) == (3, 0, 3)


def test_a_persons_rows_are_each_right_in_itself_and_no_more_is_said(exports: Exports) -> None:
    (part,) = exports.parts(person="ada")
    report, covers = exports.covers(part)
    assert (report.rows, covers.person) == (9, "ada"), "six taps, two proofs, and the key that was given to them"
    assert 0 < covers.vouched < report.rows
    part[2]["body"] = part[2]["body"].replace("ada", "eve")
    finding = exports.verify(part).finding
    assert finding is not None
    assert "its hash is wrong" in finding.why


def test_a_time_in_which_nothing_was_written_is_an_empty_part(exports: Exports) -> None:
    (part,) = exports.parts(since=NOW + 100 * HOUR)
    report, _ = exports.covers(part)
    assert (report.rows, report.status) == (0, 0)


def without(*places: int) -> Callable[[Lines], Lines]:
    """Lines taken away; the frame says what it now has."""

    def bend(lines: Lines) -> Lines:
        kept = [line for number, line in enumerate(lines) if number not in {place % len(lines) for place in places}]
        rows = [line for line in kept if "chain" in line]
        spans: dict[str, list[Any]] = {}
        for row in rows:
            spans.setdefault(row["chain"], [row["chain"], row["seq"], 0])[2] = row["seq"]
        kept[0]["export"]["spans"] = list(spans.values())
        kept[-1]["end"].update(rows=len(rows), last=[rows[-1]["chain"], rows[-1]["seq"]])
        return kept

    return bend


@pytest.mark.parametrize(
    ("taken", "why"),
    [
        ((2,), "it is missing"),
        ((6,), "it is missing"),
        ((-2, -3), "checkpoint 5 names it"),
        ((1, 2, 3, 4), "checkpoint 3 names it"),
        (tuple(range(5, 13)), "checkpoint 3 names it"),
    ],
    ids=["in the service's chain", "in the station's", "the last ones", "a chain", "the other chain"],
)
def test_rows_taken_out_of_a_time_show_by_their_neighbours_or_a_checkpoint(
    exports: Exports, taken: tuple[int, ...], why: str
) -> None:
    (part,) = exports.parts(since=NOW + 600, until=NOW + 5 * HOUR - 600)
    finding = exports.verify(without(*taken)(part)).finding
    assert finding is not None
    assert why in finding.why


def test_a_span_that_the_rows_do_not_reach_is_seen(exports: Exports) -> None:
    (part,) = exports.parts(since=NOW + HOUR, until=NOW + 2 * HOUR)
    bent = part[:-2] + part[-1:]
    bent[-1]["end"]["rows"] -= 1
    finding = exports.verify(bent).finding
    assert finding is not None
    assert "the export says that it has it" in finding.why


def test_a_frame_that_is_no_frame_is_damage(exports: Exports) -> None:
    for bent in (
        {"format": 2},
        {"spans": [["service", "1", 2]]},
        {"since": "yesterday"},
        {"person": 5},
        {"made": None},
    ):
        (part,) = exports.parts(since=NOW + HOUR)
        part[0]["export"].update(bent)
        with pytest.raises(NotCheckableError, match="line 1 cannot be read"):
            exports.verify(part)


def test_a_part_that_says_another_number_of_rows_than_it_has_is_told(exports: Exports) -> None:
    [whole] = exports.parts()
    for rows, said in (
        (22, "says that it has 22 rows, and has 23"),
        ("23", "cannot be read"),
        (None, "cannot be read"),
    ):
        with pytest.raises(NotCheckableError, match=said):
            exports.verify([*whole[:-1], {scope.END: {**whole[-1][scope.END], "rows": rows}}])


def test_rows_after_the_end_are_told(exports: Exports) -> None:
    [whole] = exports.parts()
    with pytest.raises(NotCheckableError, match="cannot be read"):
        exports.verify([*whole, whole[1]])


def test_rows_alone_are_one_file_or_none(exports: Exports) -> None:
    [whole] = exports.parts()
    rows = whole[1:-1]
    assert exports.verify(rows).finding is None
    with pytest.raises(NotCheckableError, match="does not say which part"):
        exports.verify(rows[:5], rows[5:])
    with pytest.raises(ValueError, match="a whole trail, or none"):
        verify_parts(exports.trail(rows), exports.keys.public, exports.copy)


def test_a_file_that_shrinks_while_it_is_read_is_told(exports: Exports) -> None:
    [whole] = exports.parts()
    trail_ = exports.trail(whole)
    trail_.parts[0].file.seek(0)
    trail_.parts[0].file.truncate(100)
    with pytest.raises(NotCheckableError, match="cannot be read"):
        list(trail_.lines(CHAIN))


def test_a_whole_export_that_says_more_than_it_has_is_told(exports: Exports) -> None:
    [whole] = exports.parts()
    spans = [[chain, first, last + (chain == CHAIN)] for chain, first, last in whole[0][scope.BEGIN]["spans"]]
    finding = exports.verify([{scope.BEGIN: {**whole[0][scope.BEGIN], "spans": spans}}, *whole[1:]]).finding
    assert finding is not None
    assert (finding.chain, finding.seq) == (CHAIN, spans[-1][2] if spans[-1][0] == CHAIN else spans[0][2])


def test_a_part_that_begins_later_than_it_says_is_told(exports: Exports) -> None:
    [part] = exports.parts(since=NOW + 2 * HOUR)
    spans = [[chain, first - (chain == CHAIN), last] for chain, first, last in part[0][scope.BEGIN]["spans"]]
    finding = exports.verify([{scope.BEGIN: {**part[0][scope.BEGIN], "spans": spans}}, *part[1:]]).finding
    assert finding is not None
    assert finding.chain == CHAIN


def test_a_part_is_checked_without_any_checkpoint_too(exports: Exports) -> None:
    exports.copy = []
    report, covers = exports.covers(exports.parts(9)[0])
    assert (report.rows, covers.vouched) == (9, 0)


def test_a_part_whose_row_is_not_the_one_that_a_checkpoint_names_is_told(exports: Exports) -> None:
    part = exports.parts(9)[1]
    exports.store.write_now(misnamed, exports.keys)
    exports.copy = exports.store.read_now(checkpoint.after, 0, 100)
    finding = exports.verify(part).finding
    assert finding is not None
    assert "is not the row that checkpoint" in finding.why


def misnamed(conn: Connection, keys: CheckpointKeys) -> None:
    """Checkpoints signed anew, as by a stolen key: the workstation's rows are others than those that are there."""
    conn.execute(text("DELETE FROM checkpoint"))
    row = conn.execute(select(audit_chain).where(audit_chain.c.chain == CHAIN)).one()
    other = checkpoint.Head(CHAIN, row.head_seq - 8, b"x" * 32)
    checkpoint.sign(conn, keys, NOW + 6 * HOUR, [other], {CHAIN: other})
