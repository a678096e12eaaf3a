"""Archives, exports and the store of a trail as somebody changed them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select, text

from kiosk.service.audit import archiving, export
from kiosk.service.store.sql_types import StoredRow
from tests.fakes.archived import OldTrail

Rows = list[dict[str, Any]]


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


def bent(folder: Path, change: Callable[[Rows], Rows]) -> None:
    """The rows of an archive changed."""
    bent_file(folder / archiving.TRAIL, change)


def ended(rows: Rows) -> Rows:
    """With an end that says how many there are."""
    return [*rows[:-1], {"end": {**rows[-1]["end"], "rows": len(rows) - 2}}]


def exported(old: OldTrail) -> tuple[Path, Rows]:
    path = old.folder / "bare.jsonl"
    with path.open("w", encoding="utf-8") as file:
        old.db.read_now(export.as_jsonl, file)
    return path, [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def bent_file(path: Path, change: Callable[[Rows], Rows]) -> None:
    rows = change([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
