"""Reads the whole trail again and names the first thing that does not hold. Streams; needs one snapshot of the store.

0. What was archived out of it (``archived``, ``began``): then each chain begins after its last archived row.
1. The checkpoints (``coverage``): a chain of their own, signed, in which no chain of rows ever shrinks.
2. Each chain (``walk``), the service's own first, and that workstations signed for their rows (``stations``).
3. What no checkpoint covers: at most ten minutes of rows. What the database says of this is not asked.
4. A copy of the checkpoints that was kept elsewhere must be among them, word for word: so a trail that was rewritten
   with the service's own keys shows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from kiosk.service.audit import archived, began, checkpoint, coverage, odd_values, restores, shown_act
from kiosk.service.audit.archived import NOT_THOSE, KeptDigest, TrailBase
from kiosk.service.audit.checkpoint import Checkpoint
from kiosk.service.audit.coverage import MAX_UNCOVERED, Coverage
from kiosk.service.audit.finding import Finding, FoundArchive, FoundRestore, NotHeldError, VerificationReport
from kiosk.service.audit.lines import DatabaseTrail, Trail
from kiosk.service.audit.restores import ToldRestore
from kiosk.service.audit.shown_act import ShownAct
from kiosk.service.audit.stations import OldStations, Requests, rules_of
from kiosk.service.audit.walk import Walk

PAGE = 100
Keys = Mapping[str, Ed25519PublicKey]


def verify(conn: Connection, keys: Keys, elsewhere: Iterable[Checkpoint] = ()) -> VerificationReport:
    """Verify a store under the checkpoints' public ``keys``. ``elsewhere``: those kept outside the database."""
    report = VerificationReport()
    try:
        odd_values.check(conn)
        known = coverage.read(_stored(conn), keys)
        _check_trail(DatabaseTrail(conn), known, report)
        told = restores.told(conn)
        for kept in elsewhere:
            _check_kept(conn, keys, kept, told)
        report.restores = [
            FoundRestore(told_of.at, told_of.made, told_of.by, tuple(told_of.ranges())) for told_of in told
        ]
    except NotHeldError as bad:
        report.finding = bad.finding
    return report


def verify_export(trail: Trail, keys: Keys, checkpoints: Iterable[Checkpoint]) -> VerificationReport:
    """The same for an export and a copy of the checkpoints: nothing private, no store, no settings."""
    report = VerificationReport()
    try:
        _check_trail(trail, coverage.read(checkpoints, keys), report)
    except NotHeldError as bad:
        report.finding = bad.finding
    return report


def verify_archive(
    trail: Trail, keys: Keys, checkpoints: Iterable[Checkpoint], after: int, upto: int, act: ShownAct | None
) -> VerificationReport:
    """The same for an archive: all that checkpoints above number ``after`` and up to ``upto`` vouch for.

    ``act``: by which all before was archived; it names the rows of before that stayed."""
    report = VerificationReport()
    try:
        known = coverage.read(checkpoints, keys)
        if not 0 <= after < upto <= len(known.times):
            raise NotHeldError(Finding("it is not in the copy, and the archive ends with it", checkpoint=upto))
        heads = {head.chain: head for head in known.upto(after).ends()}
        told = shown_act.told(act, after or None, known)
        base = TrailBase() if told is None else TrailBase(heads, told.kept, told.kept_sha256)
        _check_trail(trail, known.upto(upto), report, base)
        for chain, bare in report.uncovered.items():
            raise NotHeldError(
                Finding(f"{bare} of its rows are beyond checkpoint {upto}, where the archive ends", chain)
            )
    except NotHeldError as bad:
        report.finding = bad.finding
    return report


def _check_trail(trail: Trail, known: Coverage, report: VerificationReport, base: TrailBase | None = None) -> None:
    """``base``: where it begins, if not where its own act of archiving says."""
    report.checkpoints = len(known.times)
    if base is None:
        told = trail.archived()
        base = archived.base_of(told, known)
        report.archived = None if told is None else FoundArchive(told.at, told.checkpoint, told.by, told.sha256)
    walks, old, digest = [], OldStations(), KeptDigest()
    for chain in trail.chains():
        rule = rules_of(chain, old)
        walk = Walk(trail, chain, known, report, rule)
        before = began.begin(walk, rule, base, digest)
        walk.run()
        walks.append(walk)
        report.chains += 1
        if isinstance(rule, Requests):
            report.asked += rule.signed - before
            report.unsigned += Counter({chain: rule.unsigned} if rule.unsigned else {})
    report.kept = digest.count
    if base.kept is not None and (digest.count, digest.hex()) != (base.kept, base.kept_sha256):
        raise NotHeldError(Finding(NOT_THOSE))
    gone = known.heads.keys() - {walk.chain for walk in walks}
    for chain in sorted(gone):
        heads = known.heads[chain]
        raise NotHeldError(Finding(f"it is missing, but checkpoint {heads.by[0]} names it", chain, heads.seqs[0]))
    _check_uncovered(walks, known)


def _check_uncovered(walks: list[Walk], known: Coverage) -> None:
    """Rows that no checkpoint covers are as good as their writer; the service signs every five minutes."""
    if not known.times:  # which is said apart: ``VerificationReport.status``
        return
    newest = max([known.times[-1], *(walk.at for walk in walks)])
    for walk in walks:
        if walk.first_bare is not None and newest - walk.first_bare > MAX_UNCOVERED:
            why = f"no checkpoint covers it, nor the rows after it, though {newest - walk.first_bare} seconds went by"
            raise NotHeldError(Finding(why, walk.chain, known.covered(walk.chain) + 1))


def _stored(conn: Connection) -> Iterator[Checkpoint]:
    number = 0
    while page := checkpoint.after(conn, number, PAGE):
        yield from page
        number = page[-1].id


def _check_kept(conn: Connection, keys: Keys, kept: Checkpoint, told: list[ToldRestore]) -> None:
    if not kept.signed_by(keys):
        why = "what checkpoints.jsonl or its copy holds of it has a wrong signature"
        raise NotHeldError(Finding(why, checkpoint=kept.id))
    here = next(iter(checkpoint.after(conn, kept.id - 1, 1)), None)
    if here != kept and restores.explain(told, kept):
        return
    if here is None or here.id != kept.id:
        for head in json.loads(kept.body)["heads"]:
            _check_head(conn, head, kept.id)
        raise NotHeldError(Finding("it is missing in the database, but was kept", checkpoint=kept.id))
    if here != kept:
        raise NotHeldError(Finding("it differs from the one that was kept", checkpoint=kept.id))


def _check_head(conn: Connection, head: Mapping[str, object], number: int) -> None:
    chain, seq = str(head["chain"]), int(str(head["seq"]))
    row = DatabaseTrail(conn).find(chain, seq)
    if row is None:
        raise NotHeldError(Finding(f"it is missing, but checkpoint {number} names it", chain, seq))
    if row.hash.hex() != head["hash"]:
        raise NotHeldError(Finding(f"it is not the row that checkpoint {number} names", chain, seq))
