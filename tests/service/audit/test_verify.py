"""Whatever is done to the trail, verify names the first row that does not hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, text

from kiosk.model.binding import Json
from kiosk.service.audit import checkpoint, reading, seal
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.finding import Finding, VerificationReport
from kiosk.service.audit.verify import verify
from kiosk.service.audit.writer import append
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreFullError
from tests.service.audit import trail
from tests.service.audit.trail import CHAIN, NOW, Key

KEYS = trail.checkpoint_keys()


@pytest.fixture
def whole(database: Database) -> Database:
    """A store with a trail."""
    database.write_now(trail.write_trail, KEYS)
    return database


def checked(database: Database, elsewhere: tuple[checkpoint.Checkpoint, ...] = ()) -> VerificationReport:
    return database.read_now(verify, KEYS.public, elsewhere)


def found(database: Database) -> Finding:
    finding = checked(database).finding
    assert finding is not None, "the tampering was not seen"
    return finding


def sql(*statements: str) -> Callable[[Connection], None]:
    """Each statement; ``@station`` stands for the station's chain."""

    def run(conn: Connection) -> None:
        for statement in statements:
            assert conn.execute(text(statement.replace("@station", f"chain='{CHAIN}'"))).rowcount != 0, (
                "the tampering itself did nothing"
            )

    return run


def test_an_untouched_trail_holds(whole: Database) -> None:
    report = checked(whole)
    assert report.finding is None
    assert (report.chains, report.rows, report.signatures, report.codes, report.checkpoints) == (2, 10, 2, 1, 2)


def test_an_empty_trail_holds(database: Database) -> None:
    assert checked(database) == VerificationReport()


TAMPERED: dict[str, tuple[tuple[str, ...], int, str]] = {
    "text": (("UPDATE audit_row SET body=replace(body,'lock','look') WHERE @station AND seq=5",), 5, "hash"),
    "time column": (("UPDATE audit_row SET at=at+1 WHERE @station AND seq=2",), 2, "columns"),
    "hash": (("UPDATE audit_row SET hash=prev WHERE @station AND seq=3",), 3, "hash"),
    "link": (("UPDATE audit_row SET prev=hash WHERE @station AND seq=3",), 3, "follow"),
    "number": (("UPDATE audit_row SET seq=6 WHERE @station AND seq=5",), 5, "missing"),
    "number below": (("UPDATE audit_row SET seq=0 WHERE @station AND seq=1",), 0, "no such number"),
    "chain": (("UPDATE audit_row SET chain='other' WHERE @station AND seq=5",), 1, "missing"),
    "row deleted": (("DELETE FROM audit_row WHERE @station AND seq=3",), 3, "missing"),
    "first row deleted": (("DELETE FROM audit_row WHERE @station AND seq=1",), 1, "missing"),
    "tail deleted": (("DELETE FROM audit_row WHERE @station AND seq>4",), 5, "checkpoint 2 names it"),
    "tail and head": (
        (
            "DELETE FROM audit_row WHERE @station AND seq=5",
            "UPDATE audit_chain SET head_seq=4, head_hash="
            "(SELECT hash FROM audit_row WHERE @station AND seq=4) WHERE @station",
        ),
        5,
        "checkpoint 2 names it",
    ),
    "chain deleted": (
        (
            "DELETE FROM audit_row WHERE @station",
            "DELETE FROM evidence WHERE @station",
            "DELETE FROM audit_chain WHERE @station",
        ),
        3,
        "checkpoint 1 names it",
    ),
    "rows swapped": (
        (
            "UPDATE audit_row SET seq=90 WHERE @station AND seq=4",
            "UPDATE audit_row SET seq=4 WHERE @station AND seq=5",
            "UPDATE audit_row SET seq=5 WHERE @station AND seq=90",
        ),
        4,
        "follow",
    ),
    "head": (("UPDATE audit_chain SET head_seq=6 WHERE @station",), 6, "head"),
    "evidence": (("UPDATE evidence SET body=replace(body,'export','import') WHERE @station AND seq=2",), 2, "changed"),
    "evidence deleted": (("DELETE FROM evidence WHERE @station AND seq=2",), 2, "missing"),
    "evidence moved": (("UPDATE evidence SET seq=5 WHERE @station AND seq=4",), 4, "missing"),
    "evidence astray": (("UPDATE evidence SET seq=9 WHERE @station AND seq=4",), 4, "missing"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_is_seen_and_its_row_named(whole: Database, how: str) -> None:
    statements, seq, why = TAMPERED[how]
    whole.write_now(sql(*statements))
    finding = found(whole)
    assert finding.seq == seq
    assert finding.chain == ("other" if how == "chain" else CHAIN)
    assert why in finding.why


@pytest.mark.parametrize(
    ("statement", "number", "why"),
    [
        ("UPDATE checkpoint SET body=replace(body,'station-1','station-2') WHERE id=1", 1, "signature"),
        ("UPDATE checkpoint SET signature='AAAA' WHERE id=2", 2, "signature"),
        ("UPDATE checkpoint SET kid='other' WHERE id=2", 2, "signature"),
        ("UPDATE checkpoint SET at=at+1 WHERE id=2", 2, "follow"),
        ("DELETE FROM checkpoint WHERE id=1", 1, "missing"),
    ],
)
def test_tampering_with_a_checkpoint_is_seen(whole: Database, statement: str, number: int, why: str) -> None:
    whole.write_now(sql(statement))
    finding = found(whole)
    assert (finding.chain, finding.checkpoint) == (None, number)
    assert why in finding.why


def test_a_deleted_checkpoint_shows_in_the_copy_kept_elsewhere(whole: Database) -> None:
    kept = tuple(whole.read_now(checkpoint.after, 0, 10))
    whole.write_now(sql("DELETE FROM checkpoint WHERE id=2"))
    assert checked(whole).finding is None
    assert checked(whole, kept).finding == Finding("it is missing in the database, but was kept", checkpoint=2)


def test_a_trail_rewritten_with_the_services_own_keys_shows_in_the_copy(database: Database) -> None:
    def begin(conn: Connection, action: str) -> None:
        trail.old_station(conn)
        append(conn, CHAIN, Event(action, "success", NOW))
        trail.sign_unread(conn, KEYS, NOW)

    database.write_now(begin, "granted")
    kept = tuple(database.read_now(checkpoint.after, 0, 10))
    database.write_now(sql("DELETE FROM audit_row", "DELETE FROM audit_chain", "DELETE FROM checkpoint"))
    database.write_now(begin, "refused")
    assert checked(database).finding is None
    finding = checked(database, kept).finding
    assert finding is not None
    assert "differs" in finding.why


def test_a_copy_that_we_never_signed_is_not_believed(whole: Database) -> None:
    one = whole.read_now(checkpoint.after, 0, 1)[0]
    forged = checkpoint.Checkpoint(one.id, one.at, one.body.replace("station-1", "station-2"), one.signature, one.kid)
    finding = checked(whole, (forged,)).finding
    assert finding is not None
    assert "wrong signature" in finding.why


def test_openings_can_be_deleted_and_the_trail_still_holds(whole: Database) -> None:
    whole.write_now(sql("DELETE FROM opening"))
    assert checked(whole).finding is None


def _forged(conn: Connection, make: Callable[[Key, tuple[str, int]], dict[str, Json]]) -> None:
    """A row that chains perfectly (its writer has the store), but whose evidence is not what a key signed."""
    key = Key(ec.generate_private_key(ec.SECP256R1()))
    trail.old_station(conn)
    append(conn, CHAIN, trail.proof(make(key, trail.enrol(conn, key))))


FORGED: dict[str, tuple[Callable[[Key, tuple[str, int]], dict[str, Json]], str]] = {
    "another statement": (
        lambda key, at: {**key.evidence(trail.bound(), at), "statement": '{"ceremony":"c1","records":9}'},
        "another challenge",
    ),
    "another nonce": (
        lambda key, at: {**key.evidence(trail.bound(), at), "nonce": "A" * 43},
        "another challenge",
    ),
    "another ceremony": (lambda key, at: key.evidence(trail.bound("c9"), at), "another ceremony"),
    "another key's signature": (
        lambda key, at: {
            **key.evidence(trail.bound(), at),
            "signature": Key(ec.generate_private_key(ec.SECP256R1())).evidence(trail.bound(), at)["signature"],
        },
        "does not verify",
    ),
    "a key that was not enrolled": (
        lambda key, at: Key(ec.generate_private_key(ec.SECP256R1())).evidence(trail.bound(), at),
        "tells of another",
    ),
    "an enrolment that is not there": (
        lambda key, at: key.evidence(trail.bound(), (SERVICE, 99)),
        "missing or changed",
    ),
    "another origin": (lambda key, at: key.evidence(trail.bound(), at, origin="https://evil.example"), "origin"),
    "another RP ID": (lambda key, at: key.evidence(trail.bound(), at, rp="evil.example"), "RP ID"),
    "no user verification": (lambda key, at: key.evidence(trail.bound(), at, flags=1), "verification"),
    "no presence": (lambda key, at: key.evidence(trail.bound(), at, flags=4), "presence"),
    "an unknown kind": (lambda key, at: {**key.evidence(trail.bound(), at), "kind": "oath"}, "unknown kind"),
    "rubbish": (lambda key, at: {**key.evidence(trail.bound(), at), "public_key": "AAAA"}, "cannot be read"),
}


@pytest.mark.parametrize("how", FORGED)
def test_evidence_that_no_key_signed_is_seen(sqlite: Database, how: str) -> None:
    make, why = FORGED[how]
    sqlite.write_now(_forged, make)
    finding = found(sqlite)
    assert (finding.chain, finding.seq) == (CHAIN, 1)
    assert why in finding.why


def test_a_card_that_its_ca_did_not_issue_is_seen(sqlite: Database) -> None:
    def write(conn: Connection) -> None:
        trail.old_station(conn)
        append(conn, CHAIN, trail.proof(trail.piv_evidence(conn, forged=True), "c2"))

    sqlite.write_now(write)
    assert "signature does not verify" in found(sqlite).why


def test_a_card_used_after_its_certificate_ended_is_seen(sqlite: Database) -> None:
    def write(conn: Connection) -> None:
        trail.old_station(conn)
        append(conn, CHAIN, trail.proof(trail.piv_evidence(conn), "c2", at=NOW + 3 * 86_400))

    sqlite.write_now(write)
    assert "not valid at the time" in found(sqlite).why


def test_a_row_that_cannot_be_written_takes_the_decision_with_it(sqlite: Database) -> None:
    sqlite.write_now(trail.write_trail, KEYS)
    rows = checked(sqlite).rows

    def fill(conn: Connection) -> None:
        pages = conn.execute(text("PRAGMA page_count")).scalar_one()
        conn.execute(text(f"PRAGMA max_page_count={pages}"))
        for _ in range(10_000):
            append(conn, CHAIN, Event("tap", "success", NOW, detail={"x": "y" * 500}))

    with pytest.raises(StoreFullError):
        sqlite.write_now(fill)
    report = checked(sqlite)
    assert (report.finding, report.rows) == (None, rows)


def test_the_clock_may_be_set_back(database: Database) -> None:
    database.write_now(trail.old_station)
    for at in (NOW, NOW - 10_000, NOW + 5):
        database.write_now(append, CHAIN, Event("tap", "success", at))
    report = checked(database)
    assert (report.finding, report.rows, report.clock_set_back) == (None, 5, 1), "a row of its own says so"


ODD = {
    "hash": ("UPDATE audit_row SET hash=1.5 WHERE @station AND seq=3", f"Row 3 of chain {CHAIN}: its column hash"),
    "link": ("UPDATE audit_row SET prev='x' WHERE @station AND seq=3", f"Row 3 of chain {CHAIN}: its column prev"),
    "text": ("UPDATE audit_row SET body=x'ff' WHERE @station AND seq=3", f"Row 3 of chain {CHAIN}: its column body"),
    "time": ("UPDATE audit_row SET at='soon' WHERE @station AND seq=3", f"Row 3 of chain {CHAIN}: its column at"),
    "number": ("UPDATE audit_row SET seq='x' WHERE @station AND seq=5", f"row {CHAIN} x"),
    "chain": ("UPDATE audit_row SET chain=x'ff' WHERE @station AND seq=5", "its column chain"),
    "person": ("UPDATE audit_row SET person=x'ff' WHERE @station AND seq=5", "its column person"),
    "head": ("UPDATE audit_chain SET head_hash=7 WHERE @station", "column head_hash"),
    "sealed": ("UPDATE audit_chain SET sealed_seq=1.5 WHERE @station", "column sealed_seq"),
    "evidence": ("UPDATE evidence SET body=x'00' WHERE @station AND seq=2", "column body"),
    "checkpoint": ("UPDATE checkpoint SET body=x'00' WHERE id=2", "Checkpoint 2: its column body"),
    "its number": ("UPDATE checkpoint SET signature=x'00' WHERE id=1", "Checkpoint 1: its column signature"),
}


AT_A_GLANCE = {"head", "sealed", "checkpoint", "its number"}


@pytest.mark.parametrize("how", ODD)
def test_a_value_of_another_kind_is_named_by_all_who_read(sqlite: Database, how: str) -> None:
    """SQLite keeps any value in any column. Nobody who reads the trail stumbles over it, and nothing is signed."""
    sqlite.write_now(trail.write_trail, KEYS)
    statement, said = ODD[how]
    sqlite.write_now(sql(statement))
    assert said in str(found(sqlite))
    read = sqlite.read_now(seal.read, KEYS.public, 2)
    assert not read.moved
    assert [said in str(refusal) for refusal in read.refused] == [True]
    seen = sqlite.read_now(reading.faults_at_a_glance)
    assert [said in refusal for refusal in seen] == [True] or how not in AT_A_GLANCE
