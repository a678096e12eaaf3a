"""Rows of one person that were put back together to what they were once: only the trail knows of their later state.

Each row of the trail says at which revision the manifests stand that its transaction read or changed (``revisions``). A
manifest that stands below what was told of it is an earlier one, however right its code and the rows that it lists.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from sqlalchemy import Connection, select

from kiosk.service.platform.row_keys import MAC_BYTES, Tampered, revision_of
from kiosk.service.store import archives, examining, manifests
from kiosk.service.store.examining import MAX_FOUND, Examined
from kiosk.service.store.schema import audit_row, manifest


class Told(NamedTuple):
    """The highest revision of a manifest that the trail has told of, and the row that did."""

    revision: int
    chain: str
    seq: int


def examine(conn: Connection) -> Examined:
    """``examining.examine``, and manifests that are older than the trail says, in one snapshot."""
    examined = examining.examine(conn)
    named = {fault.key for fault in examined.found if fault.table == "manifest"}
    for found in older(conn):
        if found.key not in named and len(examined.found) < MAX_FOUND:
            examined.found.append(found)
    return examined


def older(conn: Connection) -> list[Tampered]:
    """Each manifest that stands at an earlier revision than the trail has told of, or is gone."""
    here = {row.subject: _revision(row.mac) for row in conn.execute(select(manifest.c.subject, manifest.c.mac))}
    return [
        Tampered("manifest", subject, f"{manifests.PUT_BACK}, with the rows it lists: see {_row(told)} of the trail")
        for subject, told in sorted(last_told(conn).items())
        if here.get(subject, 0) < told.revision
    ]


def last_told(conn: Connection, subject: str | None = None) -> dict[str, Told]:
    """What the trail has told last of each manifest, or of that of ``subject``. Its rows' hashes are not looked at."""
    told: dict[str, Told] = {}
    wanted = '"revisions":{' if subject is None else f'"{subject}":'
    rows = select(audit_row.c.chain, audit_row.c.seq, audit_row.c.body).where(
        audit_row.c.body.contains(wanted, autoescape=True), archives.standing(conn)
    )
    for row in conn.execute(rows):
        for name, revision in _revisions(row.body).items():
            if isinstance(revision, int) and (name not in told or revision > told[name].revision):
                told[name] = Told(revision, row.chain, row.seq)
    return told if subject is None else {name: fault for name, fault in told.items() if name == subject}


def _revisions(body: str) -> dict[str, object]:
    """Of a row that is not JSON, or holds something else under that name, ``audit verify`` tells."""
    try:
        found = json.loads(body).get("revisions")
    except (ValueError, RecursionError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}


def _revision(mac: bytes | None) -> int:
    """Of a code of another length or kind ``examining`` tells."""
    return revision_of(mac) if isinstance(mac, bytes) and len(mac) == MAC_BYTES else 0


def _row(told: Told) -> str:
    return f"row {told.seq} of chain {told.chain}"
