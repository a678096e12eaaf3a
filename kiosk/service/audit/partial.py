"""Verifies a part of a trail: what it has, against what it says it covers and what checkpoints name of that time.

What a part cannot show is counted and said, never taken for granted. That is rows that no checkpoint in it vouches for,
keys that were bound by a row outside of it, and workstations' signatures: their keys and counters begin with the chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.service.audit import clocks, coverage, requests, shown_act, stayed
from kiosk.service.audit.checkpoint import Checkpoint
from kiosk.service.audit.coverage import Coverage
from kiosk.service.audit.exported import ExportTrail
from kiosk.service.audit.finding import (
    ArchiveCoverage,
    ExportCoverage,
    Finding,
    NotCheckableError,
    NotHeldError,
    VerificationReport,
)
from kiosk.service.audit.lines import Body, TrailLine
from kiosk.service.audit.requests import BadRequestError
from kiosk.service.audit.scope import ExportScope
from kiosk.service.audit.signatures import EvidenceBrokenError, Place
from kiosk.service.audit.verify import verify_archive, verify_export
from kiosk.service.audit.walk import Walk

GONE = "it is missing, though the export says that it has it"
Keys = Mapping[str, Ed25519PublicKey]


class UnboundError(EvidenceBrokenError):
    """The signature is right, but the row that bound its key is not in this part."""


def verify_files(trail: ExportTrail, keys: Keys, checkpoints: Sequence[Checkpoint]) -> VerificationReport:
    """An export's files: as a whole trail where they are one, and otherwise what can be said of them."""
    first, last = trail.parts[0], trail.parts[-1]
    if first.scope is None:
        return verify_export(trail, keys, checkpoints)
    if first.scope.upto is not None:
        return _verify_archives(trail, keys, checkpoints, first.scope.archived or 0)
    complete = first.scope.part == 1 and last.end is not None and last.end.whole
    if not (first.scope.whole and complete):
        return verify_parts(trail, keys, checkpoints)
    report = verify_export(trail, keys, checkpoints)
    said = None if report.archived is None else report.archived.checkpoint
    if report.finding is None and first.scope.archived != said:
        number = first.scope.archived if said is None else said
        report.finding = Finding("what the export says of archived rows is not what the trail says", checkpoint=number)
    for chain, _, seq in first.scope.spans if report.finding is None else ():
        if trail.ends.get(chain, 0) != seq:
            report.finding = Finding(GONE, chain, trail.ends.get(chain, 0) + 1)
    return report


def _verify_archives(
    trail: ExportTrail, keys: Keys, checkpoints: Sequence[Checkpoint], after: int
) -> VerificationReport:
    """An archive, or several that follow one another. Raises ``NotCheckableError``."""
    last = trail.parts[-1]
    if last.end is None or not last.end.whole:
        raise NotCheckableError(f"{last.path} was cut off: it is no whole archive. Copy it again.")
    report = verify_archive(trail, keys, checkpoints, after, last.covers().upto or 0, trail.parts[0].covers().act)
    try:
        if report.finding is None:
            stayed.check_again(trail, coverage.read(checkpoints, keys))
    except NotHeldError as bad:
        report.finding = bad.finding
    report.archive = ArchiveCoverage(after, last.covers().upto or 0)
    for chain, _, seq in last.covers().spans if report.finding is None else ():
        if trail.ends.get(chain, 0) != seq:
            report.finding = Finding(GONE, chain, trail.ends.get(chain, 0) + 1)
    return report


def verify_parts(trail: ExportTrail, keys: Keys, checkpoints: Sequence[Checkpoint]) -> VerificationReport:
    """What there is to say of parts that are not the whole trail. Each has its ``scope``."""
    first, last = trail.parts[0], trail.parts[-1]
    scope = first.covers()
    report = VerificationReport()
    report.covers = covers = ExportCoverage(
        since=scope.since,
        until=scope.until,
        person=scope.person,
        made=scope.made,
        parts=(scope.part, last.covers().part),
        complete=scope.part == 1 and last.end is not None and last.end.whole,
        last=last.last or last.covers().after,
        archived=scope.archived,
    )
    try:
        known = coverage.read(checkpoints, keys)
        report.checkpoints = len(known.times)
        told = shown_act.told(scope.act, scope.archived, known)
        covers.vouched = stayed.check_in_part(trail, told if scope.whole else None, known, report)
        walks = {chain: _walked(trail, chain, known, report, scope) for chain in trail.chains()}
        covers.vouched += sum(walk.vouched for walk in walks.values())
        covers.unbound = sum(walk.unbound for walk in walks.values())
        if scope.person is None:
            _check_spans(walks, known, scope, covers.complete)
    except NotHeldError as bad:
        report.finding = bad.finding
    return report


def _walked(
    trail: ExportTrail, chain: str, known: Coverage, report: VerificationReport, scope: ExportScope
) -> PartWalk:
    walk = PartWalk(trail, chain, known, report, _named_by_it, gaps=scope.person is not None)
    walk.run()
    report.chains += 1
    return walk


def _named_by_it(line: TrailLine, body: Body) -> None:
    """Whose key signed is not asked: see above. That what stands beside a row is what it names, it shows itself."""
    try:
        requests.check_kept(line.request, body.get("request"))
    except BadRequestError as broken:
        raise EvidenceBrokenError(str(broken)) from None


def _check_spans(walks: Mapping[str, PartWalk], known: Coverage, scope: ExportScope, complete: bool) -> None:
    """The rows that the part says it has, and those that checkpoints of that time name. Raises ``NotHeldError``."""
    for chain, first, last in _left(scope, known):
        walk = walks.get(chain)
        begun = None if walk is None else walk.first
        if scope.after is None and begun != first and (complete or begun is not None):
            raise NotHeldError(Finding(GONE, chain, first))
        if complete and walk is not None and walk.seq != last:
            raise NotHeldError(Finding(GONE, chain, walk.seq + 1))
    spans = {chain for chain, *_ in scope.spans}
    bare = {chain for chain, walk in walks.items() if walk.first is None}
    for chain in sorted(walks.keys() - spans - bare) if known.times or scope.archived is None else ():
        raise NotHeldError(Finding("the export does not say that it has it", chain, walks[chain].first))
    for chain, heads in known.heads.items() if complete else ():
        walk = walks.get(chain)
        for seq, number in zip(heads.seqs, heads.by, strict=True):
            inside = walk is not None and walk.first is not None and walk.first <= seq <= walk.seq
            gone = number <= (scope.archived or 0)
            if not inside and not gone and _surely_within(known.window(number), scope):
                why = f"it is missing, but checkpoint {number} names it, and was signed in the time that is covered"
                raise NotHeldError(Finding(why, chain, seq))


def _left(scope: ExportScope, known: Coverage) -> list[tuple[str, int, int]]:
    """Its spans, but for what was archived before: rows that stay of that have gaps between them."""
    if scope.archived is None or not scope.whole:
        return list(scope.spans)
    cuts = {head.chain: head.seq for head in known.upto(scope.archived).ends()}
    spans = [(chain, max(first, cuts.get(chain, 0) + 1), last) for chain, first, last in scope.spans]
    return [span for span in spans if span[1] <= span[2]] if known.times else []


def _surely_within(window: tuple[int, int], scope: ExportScope) -> bool:
    """Whether a row that was written in ``window`` belongs to the export, whatever clocks said."""
    earliest, latest = window[0] - clocks.TOLERANCE, window[1] + clocks.TOLERANCE
    until = scope.made if scope.until is None else min(scope.until, scope.made)
    return (scope.since is None or earliest >= scope.since) and latest <= until


@dataclass(slots=True)
class PartWalk(Walk):
    """A ``Walk`` that may begin anywhere. ``gaps``: rows may be left out between those that are there.

    ``vouched``: rows that a checkpoint vouches for, itself or through the rows after it. ``first``: its first row.
    """

    gaps: bool = False
    first: int | None = None
    vouched: int = 0
    unbound: int = 0
    _stretch: int = 0  # rows since the last one that a checkpoint names, without a gap
    _named: dict[int, tuple[bytes, int]] = field(default_factory=dict)

    def run(self) -> None:
        """Every row that is there. Raises ``NotHeldError``."""
        heads = self.coverage.heads.get(self.chain)
        if heads is not None:
            self._named = dict(zip(heads.seqs, zip(heads.hashes, heads.by, strict=True), strict=True))
        for line in self.trail.lines(self.chain):
            self._step(line)

    def _step(self, line: TrailLine) -> None:
        follows = self.first is not None and line.seq == self.seq + 1
        if self.first is not None and not follows and (line.seq <= self.seq or not self.gaps):
            self._not_held("it is missing" if line.seq > self.seq else "there is no such number", self.seq + 1)
        if not follows:
            self.link, self._stretch, self._untried = line.prev, 0, None
        body = self._body(line)
        self._checked(line, body, self.coverage.of(self.chain, line.seq))
        self._vouch(line)
        self.first = line.seq if self.first is None else self.first
        self.seq, self.link, self.at = line.seq, line.hash, line.at
        self.report.rows += 1

    def _vouch(self, line: TrailLine) -> None:
        self._stretch += 1
        named = self._named.get(line.seq)
        if named is None:
            return
        if not compare_digest(named[0], line.hash):
            self._not_held(f"it is not the row that checkpoint {named[1]} names", line.seq)
        self.vouched, self._stretch = self.vouched + self._stretch, 0

    def _check(self, line: TrailLine, body: Body, number: int | None) -> None:
        if self.gaps and self.first is not None and line.seq != self.seq + 1:
            self.at = -(2**62)  # a row that says that the clock was set back may be about nobody
        Walk._check(self, line, body, number)

    def _prove(self, evidence: Body, line: TrailLine, body: Body) -> None:
        try:
            Walk._prove(self, evidence, line, body)
        except UnboundError:
            self.unbound += 1
            self.report.signatures += 1

    def _earlier(self, place: Place, line: TrailLine) -> Body | None:
        found = Walk._earlier(self, place, line)
        if found is None and self.trail.find(*place) is None:
            raise UnboundError("the row that bound it is not in this part")
        return found
