"""What was archived out of the trail, and which of its rows stay: only rows that the service wrote count.

The newest archive alone counts (``present``). Up to its cut (``audit_cut``) a chain's rows are archived; those among
them that ``audit_kept`` names stay, and every other one is to be removed, and is not shown meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, true, update

from kiosk.service.store import integrity, manifests
from kiosk.service.store.guarded import ARCHIVES
from kiosk.service.store.schema import (
    audit_archive,
    audit_chain,
    audit_cut,
    audit_kept,
    audit_row,
    evidence,
    opening,
    station_request,
)
from kiosk.service.store.vouching import NOT_OURS, refused

BATCH = 500
"""Rows that one transaction removes: nobody's tap waits for more."""
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class StoredArchive:
    """One archive. ``checkpoint``: up to which all is archived; ``act``: number of the service's row that says so.
    ``cleared``: since when its rows may be removed, epoch seconds; None while that is not decided."""

    number: int
    at: int
    checkpoint: int
    act: int
    chains: int
    kept: int
    cleared: int | None = None


def present(conn: Connection) -> StoredArchive | None:
    """The archive that counts, None before the first. Raises ``TamperedError`` where one was changed or taken away."""
    rows = integrity.rows(conn, audit_archive, order=(audit_archive.c.number,))
    listed = manifests.manifest_of(conn, ARCHIVES).body
    if len(rows) != len(listed):
        raise refused(conn, audit_archive.name, "-", "has been taken away")
    if not rows:
        return None
    last = rows[-1]
    return StoredArchive(last.number, last.at, last.checkpoint, last.act, last.chains, last.kept, last.cleared)


def cuts(conn: Connection, of: StoredArchive) -> dict[str, int]:
    """By chain, the number of its last archived row. Raises ``TamperedError``."""
    found = {row.chain: row.seq for row in integrity.rows(conn, audit_cut, audit_cut.c.archive == of.number)}
    if len(found) != of.chains:
        raise refused(conn, audit_cut.name, str(of.number), NOT_OURS)
    return found


def cut_of(conn: Connection, chain: str) -> int:
    """Of one chain, 0 where nothing of it was archived. Raises ``TamperedError``."""
    newest = select(func.max(audit_archive.c.number)).scalar_subquery()
    found = integrity.one(conn, audit_cut, audit_cut.c.archive == newest, audit_cut.c.chain == chain)
    return 0 if found is None else int(found.seq)


def kept_hash(conn: Connection, chain: str, seq: int) -> str | None:
    """The hash of an archived row that stays; None for one that does not. Raises ``TamperedError``."""
    newest = select(func.max(audit_archive.c.number)).scalar_subquery()
    mine = (audit_kept.c.chain == chain, audit_kept.c.seq == seq)
    found = integrity.one(conn, audit_kept, audit_kept.c.archive == newest, *mine)
    return None if found is None else str(found.hash)


def standing(conn: Connection) -> ColumnElement[bool]:
    """Which rows of ``audit_row`` count: those that are not archived, and those that stay all the same."""
    newest = conn.execute(select(func.max(audit_archive.c.number))).scalar()
    return true() if newest is None else or_(audit_row.c.seq > _cut(newest), _is_kept(newest))


def after_the_cut(conn: Connection) -> ColumnElement[bool]:
    """Which rows of ``audit_row`` are not archived."""
    newest = conn.execute(select(func.max(audit_archive.c.number))).scalar()
    return true() if newest is None else audit_row.c.seq > _cut(newest)


def kept_alone(conn: Connection) -> ColumnElement[bool]:
    """Archived rows of ``audit_row`` that stay. Only where there is an archive."""
    newest = conn.execute(select(func.max(audit_archive.c.number))).scalar()
    return and_(audit_row.c.seq <= _cut(newest or 0), _is_kept(newest or 0))


def _cut(number: int) -> ColumnElement[int]:
    mine = (audit_cut.c.archive == number, audit_cut.c.chain == audit_row.c.chain)
    return func.coalesce(select(audit_cut.c.seq).where(*mine).scalar_subquery(), 0)


def _is_kept(number: int) -> ColumnElement[bool]:
    same = (audit_kept.c.chain == audit_row.c.chain, audit_kept.c.seq == audit_row.c.seq)
    return exists().where(audit_kept.c.archive == number, *same)


def next_number(conn: Connection) -> int:
    """Of the archive that comes next."""
    return int(conn.execute(select(func.max(audit_archive.c.number))).scalar() or 0) + 1


def prepare(conn: Connection, number: int) -> None:
    """Forget what an archive of this number that never came into force had written. The caller has the lock."""
    for table in (audit_cut, audit_kept):
        conn.execute(delete(table).where(table.c.archive >= number))


def write_cuts(conn: Connection, number: int, heads: Mapping[str, int]) -> None:
    """Before ``put_in_force``: they say nothing until then."""
    rows = ((number, chain, seq) for chain, seq in sorted(heads.items()))
    integrity.add_rows(conn, audit_cut, ("archive", "chain", "seq"), rows)


def write_kept(conn: Connection, number: int, kept: Iterable[tuple[str, int, str]]) -> None:
    """Chain, number and hash of rows that stay, in batches; before ``put_in_force``."""
    rows = ((number, *row) for row in kept)
    integrity.add_rows(conn, audit_kept, ("archive", "chain", "seq", "hash"), rows)


def is_as_planned(
    conn: Connection, number: int, heads: Mapping[str, int], kept: Iterable[tuple[str, int, str]]
) -> bool:
    """Whether exactly these cuts, and these rows that stay, were written for an archive that is not in force yet:
    somebody else may have begun one of the same number."""
    cuts = conn.execute(select(audit_cut.c.chain, audit_cut.c.seq).where(audit_cut.c.archive == number)).all()
    stay = select(audit_kept.c.chain, audit_kept.c.seq, audit_kept.c.hash).where(audit_kept.c.archive == number)
    same = {(row.chain, row.seq) for row in cuts} == set(heads.items())
    return same and {(row.chain, row.seq, row.hash) for row in conn.execute(stay)} == set(kept)


def clear(conn: Connection, of: StoredArchive, now: int) -> None:
    """From now on its rows may be removed."""
    integrity.change(conn, audit_archive, audit_archive.c.number == of.number, {"cleared": now})


def put_in_force(conn: Connection, new: StoredArchive) -> None:
    """From now on it is the archive that counts. Raises ``IntegrityError`` for a number that is taken."""
    integrity.add(
        conn,
        audit_archive,
        {
            "number": new.number,
            "at": new.at,
            "checkpoint": new.checkpoint,
            "act": new.act,
            "chains": new.chains,
            "kept": new.kept,
        },
    )


def remove_some(conn: Connection) -> int:
    """Remove at most ``BATCH`` archived rows, of one chain, with all that is kept beside them; how many it looked for.

    ``BATCH`` means that there may be more. Nothing until a checkpoint vouches for the act that archived them, and the
    trail was found whole after it (``clear``): a refusal leaves everything where it is.
    """
    now = present(conn)
    if now is None or now.cleared is None or not is_vouched(conn, now):
        return 0
    mine = (audit_cut.c.archive == now.number, audit_cut.c.removed == 0)
    cut = integrity.one(conn, audit_cut, *mine)
    if cut is None:
        return 0
    gone = _to_go(conn, now.number, cut.chain, cut.seq)
    for table in (evidence, opening, station_request, audit_row):
        for some in (gone[at : at + 100] for at in range(0, len(gone), 100)):
            conn.execute(delete(table).where(table.c.chain == cut.chain, table.c.seq.in_(some)))
    if len(gone) < BATCH:
        conn.execute(
            update(audit_cut).where(audit_cut.c.archive == now.number, audit_cut.c.chain == cut.chain).values(removed=1)
        )
        for table in (audit_kept, audit_cut):
            conn.execute(delete(table).where(table.c.archive < now.number))
    return BATCH


def _to_go(conn: Connection, number: int, chain: str, cut: int) -> Sequence[int]:
    wanted = select(audit_row.c.seq).where(audit_row.c.chain == chain, audit_row.c.seq <= cut, ~_is_kept(number))
    return conn.execute(wanted.order_by(audit_row.c.seq).limit(BATCH)).scalars().all()


def is_vouched(conn: Connection, now: StoredArchive) -> bool:
    """Whether a checkpoint vouches for its act, by what the service itself has kept."""
    service = integrity.one(conn, audit_chain, audit_chain.c.chain == "service")
    return service is not None and int(service.sealed_seq) >= now.act
