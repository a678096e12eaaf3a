"""Rows and checkpoints that nobody of ours would write, in a store whose writer knows how chains are linked."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, Table, select, text

from kiosk.model.binding import Json, canonical
from kiosk.service.audit import checkpoint, lines, reading
from kiosk.service.audit.checkpoint import Head, append_to, last_in, sign
from kiosk.service.audit.event import SERVICE, Event, row_hash
from kiosk.service.audit.evidence import digest
from kiosk.service.audit.verify import verify
from kiosk.service.audit.writer import append
from kiosk.service.store.database import Database
from kiosk.service.store.schema_audit import audit_chain, audit_row
from tests.service.audit import trail
from tests.service.audit.trail import CHAIN, NOW, Key, bound, proof

KEYS = trail.checkpoint_keys()
DEEP = "[" * 100_000


@pytest.fixture
def store(sqlite: Database) -> Database:
    """The service's own rows, and a workstation's first."""

    def write(conn: Connection) -> None:
        append(conn, SERVICE, trail.admin("service.init"))
        trail.old_station(conn)
        append(conn, CHAIN, Event("tap", "success", NOW, person="ada", workstation=CHAIN))

    sqlite.write_now(write)
    return sqlite


def why(store: Database, *elsewhere: checkpoint.Checkpoint) -> str:
    found = store.read_now(verify, KEYS.public, elsewhere).finding
    assert found is not None, "it was not seen"
    return found.why


def last_row(conn: Connection, make: Callable[[dict[str, Any]], str], kept: str | None = None) -> None:
    """The last row of the workstation with another text, linked as the service would link it."""
    wanted = select(audit_row).where(audit_row.c.chain == CHAIN).order_by(audit_row.c.seq.desc()).limit(1)
    row = conn.execute(wanted).one()
    body = make(json.loads(row.body))
    link = row_hash(bytes(row.prev), body)
    this = (audit_row.c.chain == CHAIN, audit_row.c.seq == row.seq)
    conn.execute(audit_row.update().where(*this).values(body=body, hash=link))
    conn.execute(audit_chain.update().where(audit_chain.c.chain == CHAIN).values(head_hash=link))
    if kept is not None:
        keep = text("INSERT INTO evidence (chain, seq, digest, body) VALUES (:chain, :seq, :digest, :body)")
        conn.execute(keep, {"chain": CHAIN, "seq": row.seq, "digest": digest(kept.encode()), "body": kept})


# Texts


@pytest.mark.parametrize("body", ["not json", DEEP, '{"at": 1}', '"text"'])
def test_a_row_that_is_no_canonical_json_is_told(store: Database, body: str) -> None:
    store.write_now(last_row, lambda _: body)
    assert "not canonical JSON" in why(store) or "columns" in why(store) or "cannot" in why(store)


@pytest.mark.parametrize("kept", ["not json", DEEP, "[]", '"text"'])
def test_evidence_that_is_none_is_told(store: Database, kept: str) -> None:
    named = {"evidence": digest(kept.encode())}
    store.write_now(last_row, lambda body: canonical({**body, **named}).decode(), kept)
    assert why(store) == "its evidence is not JSON"


def test_a_statement_that_nests_too_deep_stops_no_other_chain(store: Database) -> None:
    kept = json.dumps({"label": "l", "nonce": "A" * 43, "statement": DEEP})
    named = {"evidence": digest(kept.encode())}
    store.write_now(last_row, lambda body: canonical({**body, **named}).decode(), kept)
    assert "nested too deep" in why(store)


def test_evidence_for_a_row_that_is_not_there_is_told(store: Database) -> None:
    keep = text("INSERT INTO evidence (chain, seq, digest, body) VALUES (:chain, 9, :digest, '{}')")
    store.write_now(lambda conn: conn.execute(keep, {"chain": CHAIN, "digest": digest(b"{}")}))
    assert why(store) == "there is evidence for a row that is not there"


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ('{"seq": 1, "at": 2}', True),
        ('{"seq": 1, "at": 2, "detail": null}', True),
        ('{"seq": 1, "at": 2, "detail": 7}', False),
        ('{"seq": true, "at": 2}', False),
        ('{"seq": 1}', False),
        ("[]", False),
        ("no json", False),
        (DEEP, False),
    ],
)
def test_a_report_reads_rows_and_leaves_out_what_is_none(body: str, read: bool) -> None:
    assert bool(lines.told_by(body)) is read


# A factor that was bound at a workstation


def added(conn: Connection, key: Key, tried: bool) -> None:
    told: dict[str, Json] = {"credential_id": key.credential_id, "public_key_sha256": digest(key.public)}
    row = Event("factor_added", "success", NOW, person="ada", workstation=CHAIN, method="fido2", detail=told)
    seq, _ = append(conn, CHAIN, row)
    if tried:
        append(conn, CHAIN, proof(key.evidence(bound(), (CHAIN, seq))))
        append(conn, CHAIN, Event("tap", "success", NOW, person="ada", workstation=CHAIN))


@pytest.mark.parametrize("tried", [True, False])
def test_a_key_that_was_bound_has_signed_in_the_next_row(store: Database, tried: bool) -> None:
    store.write_now(added, Key(ec.generate_private_key(ec.SECP256R1())), tried)
    found = store.read_now(verify, KEYS.public).finding
    assert (found is None) is tried
    assert tried or "was not tried" in why(store)


# Checkpoints


def test_a_row_that_a_kept_checkpoint_names_is_missed_or_seen_to_be_another(store: Database) -> None:
    made = store.write_now(trail.sign_unread, KEYS, NOW + 1)
    assert made is not None
    store.write_now(lambda conn: conn.execute(text("DELETE FROM checkpoint")))
    assert "missing in the database" in why(store, made)
    store.write_now(last_row, lambda body: canonical({**body, "action": "lock"}).decode())
    named = audit_row.update().where(audit_row.c.chain == CHAIN).values(action="lock")
    store.write_now(lambda conn: conn.execute(named))
    assert "is not the row that checkpoint 1 names" in why(store, made)
    for table in (audit_row, audit_chain):
        store.write_now(_without, table)
    assert why(store, made) == "it is missing, but checkpoint 1 names it"


def _without(conn: Connection, table: Table) -> None:
    conn.execute(table.delete().where(table.c.chain == CHAIN))


def _rewritten(conn: Connection, body: str) -> None:
    conn.execute(text("UPDATE checkpoint SET body=:body"), {"body": body})


def test_a_checkpoint_that_forgets_a_chain_is_told(store: Database) -> None:
    def forget(conn: Connection) -> None:
        row = conn.execute(select(audit_chain).where(audit_chain.c.chain == CHAIN)).one()
        mine = Head(row.chain, row.head_seq, bytes(row.head_hash))
        sign(conn, KEYS, NOW + 1, [mine], {})

    store.write_now(forget)
    assert why(store) == "it does not say how far every chain had come"


@pytest.mark.parametrize(
    ("content", "number"),
    [
        (b"", 0),
        (b'{"id": 3}', 0),
        (b'{"id": 3}\n{"id": 4', 3),
        (b'{"id": 3}\n' + b'{"id": 4, "pad": "' + b"x" * 200_000 + b'"}\n', 4),
    ],
    ids=["nothing", "half a line", "half a second line", "a long line"],
)
def test_the_last_whole_checkpoint_of_a_copy_counts(tmp_path: Path, content: bytes, number: int) -> None:
    copy = tmp_path / "checkpoints.jsonl"
    assert last_in(copy) == 0, "there is none yet"
    copy.write_bytes(content)
    assert last_in(copy) == number


def test_two_that_bring_a_copy_up_to_date_at_once_leave_each_checkpoint_in_it_once(tmp_path: Path) -> None:
    """The service and ``audit checkpoint`` both saw that 2 and 3 are missing: an auditor would not take 3 after 3."""
    copy = tmp_path / "checkpoints.jsonl"
    made = [checkpoint.Checkpoint(number, NOW, "{}", "", "kid") for number in (1, 2, 3)]
    append_to(copy, made[:1])
    with ThreadPoolExecutor(4) as writers:
        list(writers.map(lambda missing: append_to(copy, missing), [made[1:]] * 4))
    assert [json.loads(line)["id"] for line in copy.read_text().splitlines()] == [1, 2, 3]


@pytest.mark.parametrize("line", ["[]", '{"id": "3"}', "{}", DEEP, "no json"])
def test_a_copy_that_holds_something_else_is_told(tmp_path: Path, line: str) -> None:
    copy = tmp_path / "checkpoints.jsonl"
    copy.write_text(f"{line}\n")
    with pytest.raises(ValueError):
        last_in(copy)


# What shows without reading the rows


def test_at_a_glance_a_checkpoint_that_is_none_and_a_chain_that_is_not_signed_are_told(store: Database) -> None:
    store.write_now(trail.sign_unread, KEYS, NOW + 1)
    assert store.read_now(reading.faults_at_a_glance) == []
    for body in ("no json", "{}", '{"heads": [7]}', '{"heads": [{"chain": 1, "seq": 1, "hash": ""}]}', DEEP):
        store.write_now(_rewritten, body)
        told = store.read_now(reading.faults_at_a_glance)
        assert "The last checkpoint is not as the service wrote it." in told


def test_at_a_glance_what_the_service_refused_to_sign_is_told_until_it_signs_again(store: Database) -> None:
    refused: dict[str, Json] = {"chain": CHAIN, "seq": 1, "why": "it was changed"}
    store.write_now(append, SERVICE, Event(reading.REFUSED, "refused", NOW, detail=refused))
    store.write_now(append, SERVICE, Event(reading.REFUSED, "refused", NOW, detail={"chain": None}))
    told = store.read_now(reading.faults_at_a_glance)
    assert told == [f"Chain {CHAIN}: the service does not sign it. Row 1: it was changed."]
    store.write_now(trail.sign_unread, KEYS, NOW + 1)
    assert store.read_now(reading.faults_at_a_glance) == []


def test_long_chains_are_read_page_by_page(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    for _ in range(3):
        store.write_now(append, CHAIN, Event("tap", "success", NOW))
    assert [row.seq for row in store.read_now(lambda conn: list(reading.rows(conn, CHAIN)))] == [1, 2, 3, 4]
