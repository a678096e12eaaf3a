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
from kiosk.service.audit import archived, keeping, leading
from kiosk.service.audit.archived import ARCHIVE, PRUNE, REMOVE, KeptDigest
from kiosk.service.audit.archiving import ArchiveSpan, ReadArchive
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.keeping import HeldRows
from kiosk.service.platform.json_fields import JsonObject, members
from kiosk.service.store import archives, holds, manifests
from kiosk.service.store.archives import StoredArchive
from kiosk.service.store.guarded import ARCHIVES, HOLDS
from kiosk.service.store.schema import audit_row

YEAR = 366 * 86_400
"""Seconds; never less than a year of any calendar."""
MAX_REASON = 300
MEANWHILE = "A legal hold was changed, or somebody else archived, at this moment. Do it again."


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
    conn: Connection, admin: Admin, span: ArchiveSpan, rows: int, sha256: str, reason: str, years: int, *, two: bool
) -> None:
    """Who wrote which rows to an archive; with ``two``, a person. Raises ``ActRefusedError``."""
    if two:
        the_administrator(admin)
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
    if not wrote:
        raise ActRefusedError("The trail does not say that this file was written here, as it stands. Archive again.")
    who = the_administrator(admin) if two else None
    for each in wrote if two else ():
        if not _is_person(each):
            raise ActRefusedError(
                "The trail does not say which person wrote this archive, and two_administrators is set. Archive again."
            )
        if who == each.get("administrator"):
            raise ActRefusedError(f"{who} wrote this archive. Another administrator has to take it out.")


def _is_person(said: JsonObject) -> bool:
    """By ``the_administrator``'s rule, of an act in the trail: it may be of before ``two_administrators`` was set."""
    return said.get("administrator") not in (None, "root") and said.get("known_by") != "not known"


def _who_wrote(conn: Connection, sha256: str) -> list[JsonObject]:
    """Each act that says so, of rows that lead to the head which the service wrote: a row that somebody put in, or in
    which another name was put, vouches for nobody. Raises ``ActRefusedError``."""
    acts = audit_row.c.body.contains(sha256, autoescape=True)  # and not by ``asked``, which is no part of the hash
    mine = select(func.min(audit_row.c.seq)).where(acts, audit_row.c.chain == SERVICE)
    first = conn.execute(mine.where(archives.after_the_cut(conn))).scalar()
    if first is None:
        return []
    try:
        bodies = [members(json.loads(body)) for body in leading.bodies(conn, SERVICE, first) if sha256 in body]
        details = [detail for body in bodies if isinstance(detail := body.get("detail"), dict)]
    except leading.BrokenLinkError as error:
        raise ActRefusedError(
            f"The trail does not hold from row {error} on. Verify it: nothing is taken out."
        ) from None
    return [members(said) for said in details if said.get("act") == ARCHIVE and said.get("sha256") == sha256]


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
    """Where each chain is cut; this says nothing until the act. Raises ``ActRefusedError``."""
    _not_in_force(conn, of)
    archives.prepare(conn, of.number)
    archives.write_cuts(conn, of.number, _cuts(of))


def prepare_kept(conn: Connection, of: Pruning, some: Sequence[tuple[str, int, str]]) -> None:
    """The same of some rows that stay."""
    _not_in_force(conn, of)
    archives.write_kept(conn, of.number, some)


def _not_in_force(conn: Connection, of: Pruning) -> None:
    manifests.lock(conn, ARCHIVES)
    if of.number != archives.next_number(conn):
        raise ActRefusedError(MEANWHILE)


def _cuts(of: Pruning) -> dict[str, int]:
    return {chain: head.seq for chain, head in of.span.heads.items()}


def put_in_force(conn: Connection, admin: Admin, of: Pruning, archive: ReadArchive, reason: str, *, two: bool) -> int:
    """The act: from now on these rows are archived. Number of its row. Raises ``ActRefusedError`` where a hold came, or
    somebody else archived, meanwhile."""
    why = worded(reason, MAX_REASON, "The reason")
    manifests.lock(conn, ARCHIVES, HOLDS)
    check(conn, admin, archive, two=two)
    same = tuple(row.id for row in holds.lasting(conn)) == of.holds and of.number == archives.next_number(conn)
    if not same or not archives.is_as_planned(conn, of.number, _cuts(of), of.kept):
        raise ActRefusedError(MEANWHILE)
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


def waits(conn: Connection, archive: ReadArchive) -> bool:
    """Whether the act was done by this very ``archive``, and its rows may not be removed yet."""
    now = archives.present(conn)
    if now is None or now.cleared is not None or archive.scope.upto != now.checkpoint:
        return False
    told = archived.of_store(conn)
    return told is not None and told.sha256 == archive.sha256


def clear(conn: Connection, admin: Admin, archive: ReadArchive) -> None:
    """The trail was found whole after the act, which a checkpoint vouches for: its rows are removed from now on.

    Raises ``ActRefusedError`` where that is not so at this moment; then nothing is removed.
    """
    manifests.lock(conn, ARCHIVES)
    now = archives.present(conn)
    if now is None or not waits(conn, archive) or not archives.is_vouched(conn, now):
        raise ActRefusedError(MEANWHILE)
    archives.clear(conn, now, admin.now)
    record(conn, admin, REMOVE, detail={"sha256": archive.sha256, "checkpoint": now.checkpoint})
