"""What the trail says of restores: from when on a chain is another one, and which rows are gone with the one before.

A restore writes the act ``service.restore`` into the service's chain, and a row ``restored`` into each workstation's.
Whatever had come after the backup is another branch, which nobody has any more. Checkpoints that were copied elsewhere,
and workstations, still name rows of it: they are gone, and said to be.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from kiosk.service.audit import clocks, coverage
from kiosk.service.audit.checkpoint import Checkpoint
from kiosk.service.audit.event import SERVICE
from kiosk.service.platform.json_fields import JsonObject, members, number, text
from kiosk.service.store import archives
from kiosk.service.store.schema import audit_row

ACT, RESTORED = "service.restore", "restored"
CONFLICT = "trail_conflict"
"""The action of the row that says that a workstation saw another chain."""
LOST = "restored"
"""The reason of a ``trail_conflict`` that a restore explains."""


@dataclass(slots=True)
class ToldRestore:
    """One restore. ``at``, ``made``: epoch seconds, of it and of its backup. ``checkpoint``: the last in the backup.

    ``first``: by chain, the number of the first row after it. ``gone``: by chain, up to which row of the branch before
    somebody still knows.
    """

    at: int
    made: int
    checkpoint: int
    by: str
    seq: int
    first: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)

    def lose(self, chain: str, seq: int) -> None:
        """Somebody knows of this row of the branch before."""
        if seq >= self.first.get(chain, 1):
            self.gone[chain] = max(seq, self.gone.get(chain, 0))

    def ranges(self) -> list[tuple[str, int, int]]:
        """Chain, first and last row that are gone."""
        return [(chain, self.first.get(chain, 1), last) for chain, last in sorted(self.gone.items())]


def told(conn: Connection) -> list[ToldRestore]:
    """Every restore, the first one first, with what workstations and the act itself say is gone."""
    counts = archives.standing(conn)
    acts = select(audit_row).where(audit_row.c.asked == ACT, audit_row.c.chain == SERVICE, counts)
    acts = acts.order_by(audit_row.c.seq)
    found = [read for row in conn.execute(acts) if (read := _read(row.body)) is not None]
    if not found:
        return []
    chains = (
        select(audit_row).where(audit_row.c.action == RESTORED, counts).order_by(audit_row.c.chain, audit_row.c.seq)
    )
    for row in conn.execute(chains):
        mine = _of(found, _detail(row.body).get("restore"))
        if mine is not None:
            mine.first[row.chain] = row.seq
    conflicts = select(audit_row).where(audit_row.c.action == CONFLICT, counts).order_by(audit_row.c.chain)
    for row in conn.execute(conflicts):
        said = members(json.loads(row.body))
        seq, of = (
            _detail(row.body).get("seq"),
            [restore for restore in found if restore.first.get(row.chain, row.seq) < row.seq],
        )
        if said.get("reason") == LOST and type(seq) is int and of:
            of[-1].lose(row.chain, seq)
    return found


def explain(restores: list[ToldRestore], kept: Checkpoint) -> bool:
    """Whether a checkpoint that was kept elsewhere is of a branch that a restore ended; then its rows are gone."""
    for restore in restores:
        if restore.checkpoint < kept.id and kept.at <= restore.at + clocks.TOLERANCE:
            for head in coverage.heads_in(members(json.loads(kept.body))):
                restore.lose(head.chain, head.seq)
            return True
    return False


def last_in(conn: Connection, chain: str, upto: int = 2**62) -> int | None:
    """The number of the last row ``restored`` of a workstation's chain, up to row ``upto``."""
    mine = (audit_row.c.chain == chain) & (audit_row.c.action == RESTORED) & (audit_row.c.seq <= upto)
    counts = archives.standing(conn)
    return conn.execute(select(audit_row.c.seq).where(mine, counts).order_by(audit_row.c.seq.desc()).limit(1)).scalar()


def _of(found: list[ToldRestore], seq: object) -> ToldRestore | None:
    return next((restore for restore in found if restore.seq == seq), None)


def _detail(body: str) -> JsonObject:
    try:
        return members(members(json.loads(body)).get("detail") or {})
    except (ValueError, TypeError, RecursionError):
        return {}


def _read(body: str) -> ToldRestore | None:
    """None for a row of another form: its hash says whether the service wrote it."""
    try:
        said = members(json.loads(body))
        detail = members(said["detail"])
        seq = number(said, "seq")
        made = ToldRestore(
            number(said, "at"), number(detail, "made"), number(detail, "checkpoint"), text(detail, "by"), seq
        )
        made.first[SERVICE] = seq
        for name, last in members(detail.get("gone") or {}).items():
            if type(last) is int:
                made.gone[name] = last
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return made
