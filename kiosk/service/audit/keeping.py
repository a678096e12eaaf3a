"""Which archived rows stay in the database all the same, because rows after them rest on them, or somebody holds them.

- the last archived row of each chain, which the next one is linked to, and the last one that its workstation signed;
- whatever bound a key, card, badge, CA or workstation: later signatures are checked against it;
- acts of erasing, which name rows that may be held;
- restores and what workstations saw of them, which explain copies of checkpoints;
- the last row that told of a manifest's revision, so that an earlier state that is put back shows;
- step-ups of the hour before the cut, whose tokens may have been used after it;
- rows of legal holds, and the acts by which these were asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kiosk.service.audit import openings, put_back, restores
from kiosk.service.audit.checkpoint import Head
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.scope import order
from kiosk.service.audit.signatures import BINDS
from kiosk.service.audit.stations import ENROLLED, KEY
from kiosk.service.store import archives, vouching
from kiosk.service.store.schema import audit_row, opening, station_request
from kiosk.service.store.sql_types import AnyColumn

ACTS = (*BINDS.values(), restores.ACT, openings.ERASED)
ACTIONS = (ENROLLED, KEY, "factor_added", restores.RESTORED, restores.CONFLICT)
BEFORE_CUT = 3600
"""Seconds. No token and no approval is good for longer."""
AT_ONCE = 500
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class HeldRows:
    """One legal hold. ``person``, ``workstation``: ids; ``patient``: as it reads; ``since``, ``until``: epoch seconds.
    ``act``: the row of the service's chain by which it was asked for."""

    person: str | None
    workstation: str | None
    patient: str | None
    since: int | None
    until: int | None
    act: int


def places(conn: Connection, heads: Mapping[str, Head], held: Sequence[HeldRows]) -> list[Place]:
    """Rows up to ``heads`` that stay, chain by chain in the order of a trail."""
    found: set[Place] = {(head.chain, head.seq) for head in heads.values()}
    found |= _with(conn, audit_row.c.asked, ACTS) | _with(conn, audit_row.c.action, ACTIONS)
    found |= {(told.chain, told.seq) for told in put_back.last_told(conn).values()}
    for head in heads.values():
        found |= _near(conn, head)
    for hold in held:
        found |= {(SERVICE, hold.act), *_held(conn, hold)}
    mine = (place for place in found if place[0] in heads and place[1] <= heads[place[0]].seq)
    return sorted(mine, key=lambda place: (order(place[0]), place[1]))


def hashes(conn: Connection, wanted: Sequence[Place]) -> Iterator[tuple[str, int, str]]:
    """Chain, number and hash of these rows, in their order. Those that are not there are left out."""
    for chain, seqs in _by_chain(wanted):
        for at in range(0, len(seqs), AT_ONCE):
            mine = (audit_row.c.chain == chain, audit_row.c.seq.in_(seqs[at : at + AT_ONCE]))
            rows = conn.execute(select(audit_row.c.seq, audit_row.c.hash).where(*mine).order_by(audit_row.c.seq))
            yield from ((chain, row.seq, bytes(row.hash).hex()) for row in rows)


def _by_chain(wanted: Iterable[Place]) -> list[tuple[str, list[int]]]:
    found: dict[str, list[int]] = {}
    for chain, seq in wanted:
        found.setdefault(chain, []).append(seq)
    return list(found.items())


def _with(conn: Connection, column: AnyColumn, names: Sequence[str]) -> set[Place]:
    wanted = select(audit_row.c.chain, audit_row.c.seq).where(column.in_(names), archives.standing(conn))
    return {(row.chain, row.seq) for row in conn.execute(wanted)}


def _near(conn: Connection, head: Head) -> set[Place]:
    """The last row that was signed for, and step-ups just before the cut."""
    mine = (station_request.c.chain == head.chain, station_request.c.seq <= head.seq)
    signed = conn.execute(select(func.max(station_request.c.seq)).where(*mine)).scalar()
    found = set() if signed is None else {(head.chain, int(signed))}
    same = (audit_row.c.chain == head.chain, audit_row.c.seq <= head.seq)
    at = conn.execute(
        select(func.max(audit_row.c.at)).where(audit_row.c.chain == head.chain, audit_row.c.seq == head.seq)
    )
    begin = int(at.scalar() or 0) - BEFORE_CUT
    late = select(audit_row.c.seq).where(*same, audit_row.c.action == "stepup", audit_row.c.at >= begin)
    return found | {(head.chain, int(seq)) for seq in conn.execute(late).scalars()}


def _held(conn: Connection, hold: HeldRows) -> set[Place]:
    """Rows that agree with everything that it names."""
    wanted = select(audit_row.c.chain, audit_row.c.seq).where(archives.standing(conn))
    if hold.patient is not None:
        marks = vouching.guard_of(conn).marks.marks(hold.patient)
        same = (opening.c.chain == audit_row.c.chain) & (opening.c.seq == audit_row.c.seq)
        wanted = wanted.join(opening, same).where(opening.c.mark.in_(marks)).distinct()
    if hold.person is not None:
        wanted = wanted.where(audit_row.c.person == hold.person)
    if hold.workstation is not None:
        wanted = wanted.where(audit_row.c.workstation == hold.workstation)
    if hold.since is not None:
        wanted = wanted.where(audit_row.c.at >= hold.since)
    if hold.until is not None:
        wanted = wanted.where(audit_row.c.at <= hold.until)
    return {(row.chain, row.seq) for row in conn.execute(wanted)}
