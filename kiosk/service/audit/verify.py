"""Reads the whole trail again and names the first row that does not hold. Streams; needs one snapshot of the store.

1. Each chain: numbers without a gap from 1, each row's hash over its exact bytes and the hash before, its columns
   the same as its bytes, its evidence there, unchanged, and its signatures right; the head where the rows end.
2. The checkpoints: a chain of their own, signed; every head that one names is still a row here. A copy that was
   kept elsewhere must be among them, word for word: so a trail that was rewritten with the service's own keys shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Row

from kiosk.model.binding import canonical
from kiosk.service.audit import checkpoint, reading, signatures
from kiosk.service.audit.checkpoint import FIRST_PREV, Checkpoint
from kiosk.service.audit.event import first_link, row_hash
from kiosk.service.audit.signatures import Broken

PAGE = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that does not hold: a row (``chain``, ``seq``) or a checkpoint, and why."""

    why: str
    chain: str | None = None
    seq: int | None = None
    checkpoint: int | None = None

    def __str__(self) -> str:
        if self.chain is not None:
            return f"Row {self.seq} of chain {self.chain}: {self.why}."
        return f"Checkpoint {self.checkpoint}: {self.why}."


@dataclass(slots=True)
class Report:
    """What was read. ``signatures`` were verified again; ``codes`` are proofs that carry none."""

    chains: int = 0
    rows: int = 0
    signatures: int = 0
    codes: int = 0
    checkpoints: int = 0
    finding: Finding | None = None


class _Bad(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def verify(conn: Connection, keys: Mapping[str, Ed25519PublicKey], elsewhere: Iterable[Checkpoint] = ()) -> Report:
    """Verify everything under the checkpoints' public ``keys``. ``elsewhere``: those kept outside the database."""
    report = Report()
    try:
        for chain in reading.chains(conn):
            _check_chain(conn, chain, report)
            report.chains += 1
        _check_checkpoints(conn, keys, report)
        for kept in elsewhere:
            _check_kept(conn, keys, kept)
    except _Bad as bad:
        report.finding = bad.finding
    return report


def _check_chain(conn: Connection, chain: str, report: Report) -> None:
    seq, link = 0, first_link(chain)
    for row in reading.rows(conn, chain):
        seq += 1
        if row.seq != seq:
            raise _Bad(
                Finding("it is missing" if row.seq > seq else "there is no such number", chain, min(seq, row.seq))
            )
        body = _check_row(chain, row, link)
        _check_evidence(conn, chain, seq, body, report)
        link = bytes(row.hash)
        report.rows += 1
    head = reading.head(conn, chain)
    if head is None or head.head_seq != seq or bytes(head.head_hash) != link:
        raise _Bad(Finding("the chain's head does not agree with its last row", chain, seq + 1))
    stray = reading.stray_evidence(conn, chain, seq)
    if stray is not None:
        raise _Bad(Finding("there is evidence for it, but no row", chain, stray))


def _check_row(chain: str, row: Row[*tuple[Any, ...]], link: bytes) -> dict[str, Any]:
    """Its body, if hash, link, form and columns are right."""
    if not compare_digest(bytes(row.prev), link):
        raise _Bad(Finding("it does not follow the row before", chain, row.seq))
    if not compare_digest(bytes(row.hash), row_hash(link, row.body)):
        raise _Bad(Finding("it was changed: its hash is wrong", chain, row.seq))
    try:
        body = json.loads(row.body)
        exact = canonical(body).decode("utf-8") == row.body
    except (ValueError, TypeError, RecursionError):
        raise _Bad(Finding("it is not canonical JSON", chain, row.seq)) from None
    if not exact or (body.get("chain"), body.get("seq"), body.get("at")) != (chain, row.seq, row.at):
        raise _Bad(Finding("its columns do not agree with its text", chain, row.seq))
    return dict(body)


def _check_evidence(conn: Connection, chain: str, seq: int, row: dict[str, Any], report: Report) -> None:
    kept = reading.evidence_of(conn, chain, seq)
    named = row.get("evidence")
    if kept is None and named is None:
        return
    if kept is None:
        raise _Bad(Finding("its evidence is missing", chain, seq))
    digest, body = kept
    if named != digest or hashlib.sha256(body.encode("utf-8")).hexdigest() != digest:
        raise _Bad(Finding("its evidence was changed", chain, seq))
    try:
        signed = signatures.check(json.loads(body), row, lambda c, s: _intact(conn, c, s))
    except (Broken, ValueError) as broken:
        raise _Bad(Finding(str(broken), chain, seq)) from None
    report.signatures += signed
    report.codes += not signed


def _intact(conn: Connection, chain: str, seq: int) -> dict[str, Any] | None:
    """The body of a row that another refers to, if its hash is right (its chain is walked on its own turn)."""
    row = reading.row(conn, chain, seq)
    if row is None or not compare_digest(bytes(row.hash), row_hash(bytes(row.prev), row.body)):
        return None
    return dict(json.loads(row.body))


def _check_checkpoints(conn: Connection, keys: Mapping[str, Ed25519PublicKey], report: Report) -> None:
    number, prev = 0, FIRST_PREV
    while page := checkpoint.after(conn, number, PAGE):
        for one in page:
            number += 1
            body = _signed(one, number, keys)
            if (body["id"], body["at"], body["prev"]) != (one.id, one.at, prev.hex()):
                raise _Bad(Finding("it does not follow the checkpoint before", checkpoint=number))
            for head in body["heads"]:
                _check_head(conn, head, number)
            prev = one.hash()
            report.checkpoints += 1


def _signed(one: Checkpoint, number: int, keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    if one.id != number:
        raise _Bad(Finding("it is missing", checkpoint=number))
    if not one.signed_by(keys):
        raise _Bad(Finding("its signature is wrong", checkpoint=number))
    return dict(json.loads(one.body))


def _check_head(conn: Connection, head: Mapping[str, Any], number: int) -> None:
    row = reading.row(conn, head["chain"], head["seq"])
    if row is None:
        raise _Bad(Finding(f"it is missing, but checkpoint {number} names it", head["chain"], head["seq"]))
    if bytes(row.hash).hex() != head["hash"]:
        raise _Bad(Finding(f"it is not the row that checkpoint {number} names", head["chain"], head["seq"]))


def _check_kept(conn: Connection, keys: Mapping[str, Ed25519PublicKey], kept: Checkpoint) -> None:
    here = next(iter(checkpoint.after(conn, kept.id - 1, 1)), None)
    if not kept.signed_by(keys):
        raise _Bad(Finding("what checkpoints.jsonl or its copy holds of it has a wrong signature", checkpoint=kept.id))
    if here is None or here.id != kept.id:
        for head in json.loads(kept.body)["heads"]:
            _check_head(conn, head, kept.id)
        raise _Bad(Finding("it is missing in the database, but was kept", checkpoint=kept.id))
    if here != kept:
        raise _Bad(Finding("it differs from the one that was kept", checkpoint=kept.id))
