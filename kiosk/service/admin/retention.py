"""The oldest part of the trail leaves the database: written to an archive first, taken out by a second act.

Between the two there is time to copy the archive elsewhere. Where ``two_administrators`` is set, the second act is
another person's (decision 51). Nothing is younger than the retention, and nothing leaves that a legal hold names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kiosk.model.binding import Json
from kiosk.model.counted import counted
from kiosk.service.admin import holds as legal_holds
from kiosk.service.admin.act import ActRefusedError, Admin, record, worded
from kiosk.service.admin.policy_proposals import the_administrator
from kiosk.service.audit import keeping
from kiosk.service.audit.archived import ARCHIVE, PRUNE, KeptDigest
from kiosk.service.audit.archiving import ArchiveSpan, ReadArchive
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.keeping import HeldRows
from kiosk.service.platform.json_fields import JsonObject, members
from kiosk.service.store import archives, holds, manifests
from kiosk.service.store.archives import StoredArchive
from kiosk.service.store.guarded import ARCHIVES, HOLDS
from kiosk.service.store.schema import audit_cut, audit_kept, audit_row

YEAR = 366 * 86_400
"""Seconds; never less than a year of any calendar."""
MAX_REASON = 300


@dataclass(frozen=True, slots=True)
class Pruning:
    """What is about to be taken out. ``number``: of the archive that comes into force; ``holds``: by number, those that
    were looked at; ``kept``: chain, number and hash of rows that stay."""

    number: int
    span: ArchiveSpan
    holds: tuple[int, ...]
    kept: tuple[tuple[str, int, str], ...]


def latest(admin: Admin, years: int, before: int | None) -> int:
    """Before when rows may be archived, epoch seconds. Raises ``ActRefusedError`` for a time within the retention."""
    end = admin.now - years * YEAR
    if before is not None and before > end:
        raise ActRefusedError(
            f"The trail is kept for {counted(years, 'year')} (audit_years in service.toml): "
            "nothing is archived that is younger."
        )
    return end if before is None else before


def record_archive(
    conn: Connection, admin: Admin, span: ArchiveSpan, rows: int, sha256: str, reason: str, years: int
) -> None:
    """Who wrote which rows to an archive. Raises ``ActRefusedError``."""
    why = worded(reason, MAX_REASON, "The reason")
    detail: dict[str, Json] = {"sha256": sha256, "checkpoint": span.upto, "after": span.after, "rows": rows}
    record(conn, admin, ARCHIVE, detail={**detail, "reason": why, "years": years})


def check(conn: Connection, admin: Admin, archive: ReadArchive, *, two: bool) -> None:
    """Whether ``archive`` is one that was written here, and may be taken out now by this person. Raises
    ``ActRefusedError``."""
    now = archives.present(conn)
    if (archive.scope.archived or 0) != (0 if now is None else now.checkpoint):
        raise ActRefusedError(
            "This archive does not go on where the one before ended: its rows are out of the database already, or an "
            "earlier one is to be taken out first."
        )
    wrote = _who_wrote(conn, archive.sha256)
    if wrote is None:
        raise ActRefusedError("The trail does not say that this file was written here, as it stands. Archive again.")
    if two and the_administrator(admin) == wrote.get("administrator"):
        raise ActRefusedError(f"{admin.person} wrote this archive. Another administrator has to take it out.")


def _who_wrote(conn: Connection, sha256: str) -> JsonObject | None:
    acts = select(audit_row.c.body).where(audit_row.c.asked == ARCHIVE, audit_row.c.chain == SERVICE)
    for body in conn.execute(acts.where(archives.standing(conn)).order_by(audit_row.c.seq.desc())).scalars():
        detail = members(members(json.loads(body))["detail"])
        if detail.get("sha256") == sha256:
            return detail
    return None


def plan(conn: Connection, span: ArchiveSpan) -> Pruning:
    """Which rows stay, in one snapshot. Raises ``ActRefusedError`` where a hold cannot be read, ``TamperedError``."""
    lasting = holds.lasting(conn)
    held = [
        HeldRows(row.person, row.workstation, legal_holds.patient_of(conn, row), row.since, row.until, row.act)
        for row in lasting
    ]
    kept = tuple(keeping.hashes(conn, keeping.places(conn, span.heads, held)))
    return Pruning(archives.next_number(conn), span, tuple(row.id for row in lasting), kept)


def prepare(conn: Connection, of: Pruning) -> None:
    """Where each chain is cut; this says nothing until the act."""
    archives.prepare(conn, of.number)
    archives.write_cuts(conn, of.number, {chain: head.seq for chain, head in of.span.heads.items()})


def prepare_kept(conn: Connection, of: Pruning, some: Sequence[tuple[str, int, str]]) -> None:
    """The same of some rows that stay."""
    archives.write_kept(conn, of.number, some)


def put_in_force(conn: Connection, admin: Admin, of: Pruning, archive: ReadArchive, reason: str, *, two: bool) -> int:
    """The act: from now on these rows are archived. Number of its row. Raises ``ActRefusedError`` where a hold came, or
    somebody else archived, meanwhile."""
    why = worded(reason, MAX_REASON, "The reason")
    manifests.lock(conn, ARCHIVES, HOLDS)
    check(conn, admin, archive, two=two)
    there = [
        conn.execute(select(func.count()).select_from(table).where(table.c.archive == of.number)).scalar_one()
        for table in (audit_cut, audit_kept)
    ]
    same = tuple(row.id for row in holds.lasting(conn)) == of.holds
    if not same or there != [len(of.span.heads), len(of.kept)]:
        raise ActRefusedError("A legal hold was changed, or somebody else archived, at this moment. Do it again.")
    digest = KeptDigest()
    for chain, seq, link in of.kept:
        digest.add(chain, seq, link)
    detail: dict[str, Json] = {"sha256": archive.sha256, "checkpoint": of.span.upto, "reason": why}
    detail |= {"kept": digest.count, "kept_sha256": digest.hex(), "holds": list(of.holds)}
    manifests.enlist(conn, ARCHIVES, f"archive:{of.number}")  # before the row, so that it tells of it
    _, act = record(conn, admin, PRUNE, detail=detail)
    new = StoredArchive(of.number, admin.now, of.span.upto, act, len(of.span.heads), digest.count)
    archives.put_in_force(conn, new)
    return act
