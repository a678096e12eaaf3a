"""A trail in a store, its export, and what an auditor keeps elsewhere: checkpoints and public keys, as files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, text, true

from kiosk.__main__ import main
from kiosk.model.binding import canonical
from kiosk.service.audit import checkpoint, reading
from kiosk.service.audit.checkpoint import public_jwks
from kiosk.service.audit.event import Event, asked_in, first_link, row_body, row_hash
from kiosk.service.audit.export import as_jsonl
from kiosk.service.platform.keys import CheckpointKeys
from kiosk.service.store import integrity
from kiosk.service.store.database import Database
from kiosk.service.store.schema import audit_chain, audit_row, evidence, opening
from tests.fakes.stores import empty_file, guard
from tests.service.audit import trail


@dataclass
class Archive:
    """``verify`` runs the command as a third party would, on files alone; ``said`` is what it printed."""

    folder: Path
    db: Database
    capsys: pytest.CaptureFixture[str]
    keys: CheckpointKeys
    said: str = ""

    @property
    def export(self) -> Path:
        return self.folder / "trail.jsonl"

    @property
    def copy(self) -> Path:
        return self.folder / "copy.jsonl"

    @property
    def jwks(self) -> Path:
        return self.folder / "keys.json"

    def tamper(self, *statements: str) -> None:
        """SQL, with write access to the database and nothing else; each must change something."""

        def act(conn: Connection) -> None:
            for statement in statements:
                assert conn.execute(text(statement)).rowcount != 0, statement

        self.db.write_now(act)

    def cut(self, chain: str, after: int) -> None:
        """Take away every row of ``chain`` above ``after``, and move its head, as the writer would have left it."""
        row = self.db.read_now(reading.row, chain, after)
        assert row is not None
        self.db.write_now(cut, chain, after, row.hash)

    def move_head(self, **values: int) -> None:
        """Change every chain's head, with a right code: as for ``_head_is``."""
        self.db.write_now(integrity.change, audit_chain, true(), values)

    def forge(self, chain: str, *events: Event) -> int:
        """Append rows that chain perfectly, as whoever can write to the database can; the last one's number."""
        return self.db.write_now(forge, chain, events)

    def write_export(self) -> None:
        with self.export.open("w", encoding="utf-8") as file:
            self.db.read_now(as_jsonl, file)

    def keep(self) -> None:
        """Copy the checkpoints, and the public keys, elsewhere."""
        kept = self.db.read_now(checkpoint.after, 0, 1000)
        self.copy.write_text("".join(checkpoint.line() + "\n" for checkpoint in kept), encoding="utf-8")
        self.jwks.write_text(json.dumps(public_jwks(self.keys.public)), encoding="utf-8")

    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.export.read_text(encoding="utf-8").splitlines()]

    def rewrite(self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        """Write the export anew, as ``change`` makes it."""
        lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in change(self.rows())]
        self.export.write_text("".join(lines), encoding="utf-8")

    def verify(self, *words: str) -> int:
        """The exit status; the words are those of an auditor who has all three files, unless given."""
        files = ("--checkpoints", str(self.copy), "--keys", str(self.jwks))
        self.capsys.readouterr()
        status = main(["audit", "verify", "--export", str(self.export), *(words or files)])
        out, err = self.capsys.readouterr()
        assert "Traceback" not in out + err
        self.said = out + err
        return status


def cut(conn: Connection, chain: str, after: int, link: bytes) -> None:
    """Take away every row above ``after``, whose hash is ``link``, as if it had never been written."""
    for table in (audit_row, evidence, opening):
        conn.execute(delete(table).where(table.c.chain == chain, table.c.seq > after))
    _head_is(conn, chain, after, link)


def forge(conn: Connection, chain: str, events: tuple[Event, ...], request: str | None = None) -> int:
    """Append rows that chain perfectly and name ``request``; the last one's number."""
    head = reading.head(conn, chain)
    seq, link = (head.head_seq, bytes(head.head_hash)) if head else (0, first_link(chain))
    if head is None:
        integrity.add(conn, audit_chain, {"chain": chain, "head_seq": 0, "head_hash": link})
    for event in events:
        seq, prev = seq + 1, link
        digest = None
        if event.evidence is not None:
            kept = canonical(event.evidence)
            digest = hashlib.sha256(kept).hexdigest()
            conn.execute(insert(evidence).values(digest=digest, chain=chain, seq=seq, body=kept.decode()))
        body = row_body(chain, seq, event, digest, request)
        link = row_hash(prev, body)
        asked = asked_in(event.action, event.detail)
        found_by = {"action": event.action, "person": event.person, "workstation": event.workstation, "asked": asked}
        row = {"chain": chain, "seq": seq, "at": event.at, "body": body, "prev": prev, "hash": link}
        conn.execute(insert(audit_row).values(**row, **found_by))
    _head_is(conn, chain, seq, link)
    return seq


def _head_is(conn: Connection, chain: str, seq: int, link: bytes) -> None:
    """With a right code, as if the service's own key had been got at: what verifies must not lean on it."""
    integrity.change(conn, audit_chain, audit_chain.c.chain == chain, {"head_seq": seq, "head_hash": link})


def open_archive(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str], write: Callable[..., None] = trail.write_trail
) -> Archive:
    """A migrated store at the URL ``database`` (empty: SQLite) with a trail that ``write`` wrote, exported and kept."""
    db = Database(database or empty_file(tmp_path / "trail.db"), guard())
    made = Archive(tmp_path, db, capsys, trail.checkpoint_keys())
    db.write_now(write, made.keys)
    made.keep()
    made.write_export()
    return made
