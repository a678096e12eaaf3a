"""Rows that were archived and stay, where no whole trail shows them: in a part of one, and in a later archive.

They stand in no chain, so each is looked at in itself, and something signed has to name it. The act that archived them
names all of them together, by a digest. A checkpoint names one alone, where it is the last row that this checkpoint
knew of.
"""

from __future__ import annotations

from collections.abc import Iterator
from hmac import compare_digest

from kiosk.service.audit import shown_act
from kiosk.service.audit.archived import NOT_THOSE, KeptDigest, ToldArchive
from kiosk.service.audit.began import NOT_ARCHIVED
from kiosk.service.audit.coverage import Coverage, Heads
from kiosk.service.audit.exported import ExportTrail
from kiosk.service.audit.finding import Finding, NotHeldError, VerificationReport
from kiosk.service.audit.lines import Body, TrailLine
from kiosk.service.audit.walk import Walk


def check_again(trail: ExportTrail, known: Coverage) -> None:
    """Those of each archive that follows another one, which has them too: nobody reads a line that is not checked.

    Raises ``NotHeldError``.
    """
    for part in trail.parts[1:]:
        scope = part.covers()
        told = shown_act.told(scope.act, scope.archived, known)
        digest = KeptDigest()
        for line in trail.again(part):
            _in_itself(trail, line, known, VerificationReport())
            digest.add(line.chain, line.seq, line.hash.hex())
        if told is None or (digest.count, digest.hex()) != (told.kept, told.kept_sha256):
            raise NotHeldError(Finding(NOT_THOSE))


def check_in_part(trail: ExportTrail, told: ToldArchive | None, known: Coverage, report: VerificationReport) -> int:
    """Those of a part of a whole trail, counted as its rows; how many something signed names. ``told``: the act, None
    for an export that cannot have such rows. Raises ``NotHeldError``."""
    heads = {head.chain: head for head in known.upto(told.checkpoint).ends()} if told is not None else {}
    digest, named = KeptDigest(), 0
    for line in _all(trail):
        if told is None or (known.times and (line.chain not in heads or line.seq > heads[line.chain].seq)):
            raise NotHeldError(Finding(NOT_ARCHIVED, line.chain, line.seq))
        _in_itself(trail, line, known, report)
        named += _named(line, known.heads.get(line.chain, Heads()))
        digest.add(line.chain, line.seq, line.hash.hex())
    report.rows += digest.count
    report.kept = digest.count
    if told is None or digest.count < told.kept:
        return named
    if (digest.count, digest.hex()) != (told.kept, told.kept_sha256):
        raise NotHeldError(Finding(NOT_THOSE))
    return digest.count if known.times else 0


def _all(trail: ExportTrail) -> Iterator[TrailLine]:
    """In the order of a trail. Raises ``NotHeldError`` for one that stands there twice, or before an earlier one."""
    for chain in trail.chains():
        before: int | None = None
        for line in trail.kept(chain):
            if before is not None and line.seq <= before:
                raise NotHeldError(Finding("there is no such number", chain, line.seq))
            before = line.seq
            yield line


def _in_itself(trail: ExportTrail, line: TrailLine, known: Coverage, report: VerificationReport) -> None:
    for _ in Walk(trail, line.chain, known, report, _nothing_more).keep([line]):
        pass


def _nothing_more(_line: TrailLine, _body: Body) -> None:
    """What else must be true of it, its archive shows."""


def _named(line: TrailLine, heads: Heads) -> bool:
    for seq, link, number in zip(heads.seqs, heads.hashes, heads.by, strict=True):
        if seq == line.seq and not compare_digest(link, line.hash):
            raise NotHeldError(Finding(f"it is not the row that checkpoint {number} names", line.chain, line.seq))
        if seq == line.seq:
            return True
    return False
