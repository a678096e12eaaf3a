"""What the trail says of rows that were archived out of it: up to which checkpoint, and which of them stay.

The act ``audit.prune`` in the service's chain says it. Where each chain was cut, signed checkpoints say: the last rows
that are vouched for up to that one. The rows that stay are named by a digest of their numbers and hashes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from kiosk.model.binding import canonical
from kiosk.service.audit.checkpoint import Head
from kiosk.service.audit.coverage import Coverage
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.finding import Finding, NotHeldError
from kiosk.service.platform.json_fields import members, number, text
from kiosk.service.store import archives
from kiosk.service.store.schema import audit_row
from kiosk.service.store.vouching import TamperedError

ARCHIVE, PRUNE, HOLD, LIFT = "audit.archive", "audit.prune", "audit.hold", "audit.lift"
"""Acts: rows were written to an archive; they were taken out of the database; a legal hold; it is over."""
REMOVE = "audit.remove"
"""Act: the trail held after ``PRUNE``, and the rows are deleted from now on."""
LABEL = b"kiosk/kept-rows/v1\x00"
NOT_VOUCHED = "it says that rows were archived, but no checkpoint vouches for it"
NOT_THOSE = "the rows that were archived and stay are not those that the trail names"
NOT_SO = "it says that rows were archived, but the service's own record does not say so"


@dataclass(frozen=True, slots=True)
class ToldArchive:
    """The act: row ``seq`` of the service's chain. ``checkpoint``: up to which all is archived. ``kept``,
    ``kept_sha256``: of the rows that stay (``KeptDigest``). ``sha256``: of the archive's file. ``vouched``: whether
    the service's own record says the same, so that no checkpoint need vouch for it."""

    seq: int
    at: int
    checkpoint: int
    kept: int
    kept_sha256: str
    sha256: str
    by: str
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class TrailBase:
    """Where a trail begins. ``heads``: by chain, its last archived row; a chain that is not there begins with row 1.

    ``kept``, ``kept_sha256``: what is known of the rows that stay, None where nothing is."""

    heads: Mapping[str, Head] = field(default_factory=dict)
    kept: int | None = None
    kept_sha256: str | None = None

    def seq(self, chain: str) -> int:
        """Number of the last archived row, 0 for none."""
        return self.heads[chain].seq if chain in self.heads else 0


class KeptDigest:
    """SHA-256 over chain, number and hash of rows that stay, chain by chain in the order of a trail."""

    def __init__(self) -> None:
        self._digest, self.count = hashlib.sha256(LABEL), 0

    def add(self, chain: str, seq: int, link: str) -> None:
        """The next row; ``link``: its hash in lower-case hex."""
        self._digest.update(canonical({"row": [chain, seq, link]}) + b"\n")
        self.count += 1

    def hex(self) -> str:
        """Lower-case."""
        return self._digest.hexdigest()


def told_by(body: str) -> ToldArchive | None:
    """What a row says that has this text; None for one of another form."""
    try:
        said = members(json.loads(body))
        detail = members(said["detail"])
        if said.get("action") != "admin" or detail.get("act") != PRUNE or said.get("chain") != SERVICE:
            return None
        return ToldArchive(
            number(said, "seq"),
            number(said, "at"),
            number(detail, "checkpoint"),
            number(detail, "kept"),
            text(detail, "kept_sha256"),
            text(detail, "sha256"),
            text(detail, "by"),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def of_store(conn: Connection) -> ToldArchive | None:
    """The act that counts, None before the first. Raises ``NotHeldError`` where it and the service's own record do not
    agree."""
    mine = (audit_row.c.asked == PRUNE, audit_row.c.chain == SERVICE)
    row = conn.execute(select(audit_row).where(*mine).order_by(audit_row.c.seq.desc()).limit(1)).first()
    try:
        kept = archives.present(conn)
    except TamperedError as error:
        raise NotHeldError(Finding(f"{NOT_SO} ({error.found})", SERVICE, 0 if row is None else row.seq)) from None
    if kept is None and row is None:
        return None
    if kept is None or row is None or row.seq != kept.act:
        raise NotHeldError(Finding(NOT_SO, SERVICE, row.seq if row is not None else kept.act if kept else 0))
    told = told_by(row.body)
    if told is None or (told.checkpoint, told.kept) != (kept.checkpoint, kept.kept):
        raise NotHeldError(Finding(NOT_SO, SERVICE, row.seq))
    return ToldArchive(
        told.seq, told.at, told.checkpoint, told.kept, told.kept_sha256, told.sha256, told.by, vouched=True
    )


def base_of(told: ToldArchive | None, known: Coverage) -> TrailBase:
    """Where the trail begins, by the checkpoints ``known``. Raises ``NotHeldError``."""
    if told is None:
        return TrailBase()
    if not 0 < told.checkpoint <= len(known.times):
        raise NotHeldError(Finding("it names a checkpoint that is not there", SERVICE, told.seq))
    if not told.vouched and known.of(SERVICE, told.seq) is None:
        raise NotHeldError(Finding(NOT_VOUCHED, SERVICE, told.seq))
    heads = {head.chain: head for head in known.upto(told.checkpoint).ends()}
    if told.seq <= (heads[SERVICE].seq if SERVICE in heads else 0):
        raise NotHeldError(Finding("it says that it was archived itself", SERVICE, told.seq))
    return TrailBase(heads, told.kept, told.kept_sha256)
