"""The trail page by page, in order: no table is ever loaded whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, func, select, true, union

from kiosk.model.challenge import CommitmentOpening
from kiosk.service.audit import odd_values
from kiosk.service.audit.finding import NotHeldError
from kiosk.service.platform.json_fields import items, members, number, text
from kiosk.service.store import archives, integrity
from kiosk.service.store.schema import audit_chain, audit_row, checkpoint, evidence, opening, station_request
from kiosk.service.store.sql_types import StoredRow
from kiosk.service.store.vouching import TamperedError

PAGE = 500
REFUSED = "checkpoint_refused"
"""The action of the row that says that a chain does not hold, and was not signed."""


def has_rows(conn: Connection) -> bool:
    """Whether anything was ever written."""
    return conn.execute(select(audit_chain.c.chain).limit(1)).first() is not None


def chains(conn: Connection) -> list[str]:
    """Every chain that has a head, rows or evidence, in the order of their names."""
    every = union(select(audit_chain.c.chain), select(audit_row.c.chain), select(evidence.c.chain))
    return sorted(conn.execute(every).scalars())


def rows(conn: Connection, chain: str, after: int = -(2**62)) -> Iterator[StoredRow]:
    """Rows of one chain in order, from the first above ``after``."""
    for page in pages(conn, chain, after):
        yield from page


def pages(
    conn: Connection, chain: str, after: int, which: ColumnElement[bool] | None = None
) -> Iterator[Sequence[StoredRow]]:
    """The same, page by page; of ``which`` alone, where given. No page is empty."""
    while True:
        wanted = select(audit_row).where(audit_row.c.chain == chain, audit_row.c.seq > after)
        wanted = wanted.where(true() if which is None else which)
        page = conn.execute(wanted.order_by(audit_row.c.seq).limit(PAGE)).all()
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = page[-1].seq


def with_action(conn: Connection, action: str, among: Sequence[str] | None = None) -> Iterator[StoredRow]:
    """Rows of every chain that tell of ``action``, or of the chains ``among``, each chain in order."""
    told = audit_row.c.body.contains(f'"action":"{action}"', autoescape=True)
    for chain in chains(conn) if among is None else among:
        for page in pages(conn, chain, -(2**62), told):
            yield from page


def evidence_between(conn: Connection, chain: str, first: int, last: int) -> dict[int, tuple[str, str]]:
    """Text and digest of the evidence kept for rows ``first`` to ``last``, by row."""
    mine = (evidence.c.chain == chain) & evidence.c.seq.between(first, last)
    found = conn.execute(select(evidence.c.seq, evidence.c.body, evidence.c.digest).where(mine))
    return {row.seq: (row.body, row.digest) for row in found}


def openings_between(conn: Connection, chain: str, first: int, last: int) -> dict[int, list[CommitmentOpening]]:
    """What is still kept of the openings of rows ``first`` to ``last``, by row."""
    mine = (opening.c.chain == chain) & opening.c.seq.between(first, last)
    kept: dict[int, list[CommitmentOpening]] = {}
    for row in conn.execute(select(opening).where(mine).order_by(opening.c.seq, opening.c.commitment)):
        kept.setdefault(row.seq, []).append(CommitmentOpening(row.commitment, row.salt, row.value))
    return kept


def requests_between(conn: Connection, chain: str, first: int, last: int) -> dict[int, tuple[str, str]]:
    """Proof and kept body of what the workstation signed, by the first row of ``first`` to ``last`` that it led to."""
    mine = (station_request.c.chain == chain) & station_request.c.seq.between(first, last)
    found = conn.execute(select(station_request.c.seq, station_request.c.proof, station_request.c.told).where(mine))
    return {row.seq: (row.proof, row.told) for row in found}


def last_request(conn: Connection, chain: str, seq: int) -> str | None:
    """The proof of the last request that the workstation signed for row ``seq`` or one before."""
    mine = (station_request.c.chain == chain) & (station_request.c.seq <= seq)
    wanted = select(station_request.c.proof).where(mine).order_by(station_request.c.seq.desc()).limit(1)
    return conn.execute(wanted).scalar_one_or_none()


def heads(conn: Connection) -> list[StoredRow]:
    """Of every chain that the writer has begun: its head, how far it is said to be vouched for, and that row's hash."""
    sealed = (audit_row.c.chain == audit_chain.c.chain) & (audit_row.c.seq == audit_chain.c.sealed_seq)
    wanted = select(audit_chain, audit_row.c.hash.label("sealed_hash")).select_from(
        audit_chain.outerjoin(audit_row, sealed)
    )
    return list(conn.execute(wanted.order_by(audit_chain.c.chain)).all())


def stray_evidence(conn: Connection, chain: str, last: int) -> int | None:
    """The lowest number, outside 1 to ``last``, for which evidence is kept."""
    outside = (evidence.c.seq < 1) | (evidence.c.seq > last)
    return conn.execute(select(func.min(evidence.c.seq)).where(evidence.c.chain == chain, outside)).scalar()


def row(conn: Connection, chain: str, seq: int) -> StoredRow | None:
    """One row."""
    wanted = select(audit_row).where(audit_row.c.chain == chain, audit_row.c.seq == seq)
    return conn.execute(wanted).one_or_none()


def head(conn: Connection, chain: str) -> StoredRow | None:
    """What the writer will link the next row to."""
    return conn.execute(select(audit_chain).where(audit_chain.c.chain == chain)).one_or_none()


def faults_at_a_glance(conn: Connection) -> list[str]:
    """What shows without reading the rows: heads that are not the service's, chains that lack rows, a last checkpoint
    that names other rows, and that the service refused to sign. A sentence each."""
    try:
        odd_values.check(conn, odd_values.SMALL)
    except NotHeldError as bad:
        return [str(bad.finding)]
    try:
        now = archives.present(conn)
        cuts = {} if now is None else archives.cuts(conn, now)
    except TamperedError as error:
        return [f"What says which rows were archived was not written by the service ({error.found})."]
    there = {row.chain: row for row in conn.execute(_COUNTED.where(archives.after_the_cut(conn)))}
    found = []
    for chain_row in conn.execute(select(audit_chain).order_by(audit_chain.c.chain)).all():
        counted = there.pop(chain_row.chain, None)
        if integrity.fault(conn, audit_chain, chain_row._mapping) is not None:
            found.append(f"Chain {chain_row.chain}: its head was not written by the service.")
            continue
        head, cut = chain_row.head_seq, cuts.get(chain_row.chain, 0)
        if (head, counted) != (cut, None) and (counted is None or tuple(counted)[1:] != (head - cut, head)):
            found.append(f"Chain {chain_row.chain}: rows of it are missing, or rows were added.")
    found += [f"Chain {chain}: it has rows, and no head." for chain in sorted(there)]
    return found + _of_checkpoints(conn)


_COUNTED = select(audit_row.c.chain, func.count(), func.max(audit_row.c.seq)).group_by(audit_row.c.chain)


def _of_checkpoints(conn: Connection) -> list[str]:
    last = conn.execute(select(checkpoint).order_by(checkpoint.c.id.desc()).limit(1)).one_or_none()
    found = []
    heads = _heads_of(str(last.body)) if last is not None else []
    if heads is None:
        found.append("The last checkpoint is not as the service wrote it.")
    for head in heads or ():
        chain, seq, link = head
        named = row(conn, chain, seq)
        if named is None or bytes(named.hash).hex() != link:
            found.append(f"Row {seq} of chain {chain}: it is not the row that the last checkpoint names.")
    return found + [f"Chain {chain}: the service does not sign it. {why}" for chain, why in _unsigned(conn).items()]


def _heads_of(body: str) -> list[tuple[str, int, str]] | None:
    """Of a checkpoint: chain, number and hash in hex; None for one that somebody else wrote, whatever it is."""
    try:
        heads = [members(head) for head in items(members(json.loads(body))["heads"])]
        return [(text(head, "chain"), number(head, "seq"), text(head, "hash")) for head in heads]
    except (ValueError, RecursionError, TypeError, KeyError):
        return None


def _unsigned(conn: Connection) -> dict[str, str]:
    """Chains of which the service said that it does not sign them, and has not since."""
    sealed = {chain.chain: chain.sealed_seq for chain in conn.execute(select(audit_chain))}
    found = {}
    for body in conn.execute(select(audit_row.c.body).where(audit_row.c.action == REFUSED)).scalars():
        try:
            said = json.loads(body)["detail"]
            chain, seq = said.get("chain"), said.get("seq")
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
            continue  # somebody else wrote it: ``audit verify`` tells
        if isinstance(chain, str) and (seq is None or (isinstance(seq, int) and sealed.get(chain, 0) < seq)):
            found[str(chain)] = f"Row {seq}: {said.get('why')}."
    return found
