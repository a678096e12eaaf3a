"""Walks one chain from its first row: numbers, hashes, evidence, openings, order in time, what checkpoints name."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import NoReturn

from kiosk.model.binding import Json, canonical
from kiosk.service.audit import clocks, openings, requests, signatures
from kiosk.service.audit.checkpoint import Head
from kiosk.service.audit.coverage import Coverage, Heads
from kiosk.service.audit.event import first_link, row_hash
from kiosk.service.audit.finding import Finding, NotHeldError, VerificationReport
from kiosk.service.audit.lines import ALL, BESIDE, Body, Trail, TrailLine, body_of, found_by_of
from kiosk.service.audit.requests import BadRequestError
from kiosk.service.audit.signatures import EvidenceBrokenError, Place
from kiosk.service.audit.signed_findings import SignedFindings
from kiosk.service.audit.spent_tokens import SpentTokens
from kiosk.service.platform.json_fields import as_json

BOUND, SIGN = "factor_added", frozenset({"fido2", "piv", "pkoc", "phone"})
UNTRIED = "it binds a key or card that was not tried: the next row holds no signature by it"
COLUMNS = "its columns do not agree with its text"
SAID = "what the export says of it is not what its text says"
Rule = Callable[[TrailLine, Body], None]
"""What else must be true of each row. Raises ``EvidenceBrokenError``."""


@dataclass(slots=True)
class Walk:
    """One chain of ``trail``. ``seq``, ``link``, ``at``: of the last row that was right.

    ``first_bare``: the time of the first that no checkpoint covers. ``rule``: see ``Rule``.
    """

    trail: Trail
    chain: str
    coverage: Coverage
    report: VerificationReport
    rule: Rule
    seq: int = 0
    link: bytes = b""
    at: int = -(2**62)
    first_bare: int | None = None
    _heads: Heads = field(default_factory=Heads)
    _next: int = 0
    _untried: int | None = None
    _tokens: SpentTokens = field(default_factory=SpentTokens)
    _findings: SignedFindings = field(default_factory=SignedFindings)

    def go_on(self, lines: Iterable[TrailLine], seq: int, link: bytes, at: int) -> None:
        """``lines`` alone, which follow the row ``seq`` of that hash and time. Raises ``NotHeldError``."""
        self.seq, self.link, self.at = seq, link, at
        self._tokens.whole = seq == 0
        for line in lines:
            self._step(line)
        self._end()

    def begin(self, after: Head, at: int) -> None:
        """Begin after the row ``after`` of that time, which was archived."""
        self.seq, self.link, self.at = after.seq, after.link, at
        self._tokens.whole = False
        self._next = bisect_right(self.coverage.heads.get(self.chain, Heads()).seqs, after.seq)

    def keep(self, lines: Iterable[TrailLine]) -> Iterator[tuple[TrailLine, Body]]:
        """Look at ``lines``, rows that were archived and stay: each in itself. What else must be true of them, their
        archive shows. Raises ``NotHeldError``."""
        for line in lines:
            self.link = line.prev
            body = self._body(line)
            try:
                openings.check(line, body, self._kept_evidence(line, body), self.report.openings)
                requests.check_kept(line.request, body.get("request"))
            except (EvidenceBrokenError, BadRequestError) as broken:
                self._not_held(str(broken), line.seq)
            yield line, body

    def run(self) -> None:
        """Every row, or each after the one to ``begin`` after. Raises ``NotHeldError``."""
        self._heads = self.coverage.heads.get(self.chain, self._heads)
        if self.seq == 0:
            self.link = first_link(self.chain)
        for line in self.trail.lines(self.chain, self.seq or ALL):
            self._step(line)
        if self._next < len(self._heads.seqs):
            self._not_held(f"it is missing, but checkpoint {self._heads.by[self._next]} names it", self._next_head())
        self._end()

    def _end(self) -> None:
        if self._untried is not None:
            self._not_held(UNTRIED, self._untried)
        why = self.trail.ends_at(self.chain, self.seq, self.link)
        if why is not None:
            self._not_held(why, self.seq + 1)

    def _next_head(self) -> int | None:
        return self._heads.seqs[self._next] if self._next < len(self._heads.seqs) else None

    def _step(self, line: TrailLine) -> None:
        wanted = self.seq + 1
        if line.seq != wanted:
            self._not_held("it is missing" if line.seq > wanted else "there is no such number", min(wanted, line.seq))
        body = self._body(line)
        self._checked(line, body, self._covered_by(line))
        self.seq, self.link, self.at = line.seq, line.hash, line.at
        self.report.rows += 1

    def _body(self, line: TrailLine) -> Body:
        """Its object, if hash, link, form and columns are right."""
        if not compare_digest(line.prev, self.link):
            self._not_held("it does not follow the row before", line.seq)
        if not compare_digest(line.hash, row_hash(self.link, line.body)):
            self._not_held("it was changed: its hash is wrong", line.seq)
        try:
            body = as_json(json.loads(line.body))
            exact = canonical(body).decode("utf-8") == line.body
        except (ValueError, TypeError, RecursionError):
            self._not_held("it is not canonical JSON", line.seq)
        if not exact or (body.get("chain"), body.get("seq"), body.get("at")) != (self.chain, line.seq, line.at):
            self._not_held(COLUMNS, line.seq)
        if line.found_by not in (None, found_by_of(body)):
            self._not_held(COLUMNS, line.seq)
        if line.said is not None and line.said.encode("utf-8") != canonical(_told(body)):
            self._not_held(SAID, line.seq)
        return body

    def _covered_by(self, line: TrailLine) -> int | None:
        """The number of the first checkpoint that covers it, whose own row is compared."""
        head = self._next_head()
        if head is None:
            self.report.uncovered[self.chain] += 1
            self.first_bare = line.at if self.first_bare is None else self.first_bare
            return None
        number = self._heads.by[self._next]
        if head == line.seq:
            if not compare_digest(self._heads.hashes[self._next], line.hash):
                self._not_held(f"it is not the row that checkpoint {number} names", line.seq)
            self._next += 1
        return number

    def _checked(self, line: TrailLine, body: Body, number: int | None) -> None:
        """``_check``. Whatever is wrong with a row is said of this row, and stops no other chain."""
        try:
            self._check(line, body, number)
        except EvidenceBrokenError as broken:
            self._not_held(str(broken), line.seq)
        except RecursionError:
            self._not_held("what is kept beside it is nested too deep to be read", line.seq)

    def _check(self, line: TrailLine, body: Body, number: int | None) -> None:
        self.report.clock_set_back += clocks.check(self.at, line.at, body.get("action"))
        if number is not None:
            clocks.check_window(line.at, self.coverage.window(number), number)
        evidence = self._evidence(line, body)
        self._check_tried(line, body, evidence)
        openings.check(line, body, evidence, self.report.openings)
        self._tokens.check(line, body, lambda seq: self._earlier((self.chain, seq), line))
        self._findings.check(line, body, lambda seq: self._earlier((self.chain, seq), line), evidence)
        self.rule(line, body)

    def _check_tried(self, line: TrailLine, body: Body, evidence: Body | None) -> None:
        """A key or card that was bound at a workstation has signed in the very next row, in one transaction."""
        if self._untried is not None:
            if (evidence or {}).get("enrolled") != {"chain": self.chain, "seq": self._untried}:
                self._not_held(UNTRIED, self._untried)
            self._untried = None
        if body.get("action") == BOUND and body.get("result") == "success" and body.get("method") in SIGN:
            self._untried = line.seq

    def _evidence(self, line: TrailLine, body: Body) -> Body | None:
        evidence = self._kept_evidence(line, body)
        if evidence is not None:
            self._prove(evidence, line, body)
        return evidence

    def _kept_evidence(self, line: TrailLine, body: Body) -> Body | None:
        """What is kept of it, if it is what the row names."""
        named = body.get("evidence")
        if line.evidence is None and named is None:
            return None
        if line.evidence is None:
            raise EvidenceBrokenError("its evidence is missing")
        text, digest = line.evidence
        if named != digest or hashlib.sha256(text.encode("utf-8")).hexdigest() != digest:
            raise EvidenceBrokenError("its evidence was changed")
        try:
            evidence = json.loads(text)
        except (ValueError, RecursionError):
            raise EvidenceBrokenError("its evidence is not JSON") from None
        if not isinstance(evidence, dict):
            raise EvidenceBrokenError("its evidence is not JSON")
        return evidence

    def _prove(self, evidence: Body, line: TrailLine, body: Body) -> None:
        signed = signatures.check(evidence, body, lambda place: self._earlier(place, line))
        self.report.signatures += signed
        self.report.codes += not signed

    def _earlier(self, place: Place, line: TrailLine) -> Body | None:
        """The body of a row that ``line`` refers to, if its hash is right; its chain is walked on its own turn.

        Raises ``EvidenceBrokenError`` for a row that came later: by number, by time, or by the checkpoint that covers
        it.
        """
        chain, seq = place
        found = self.trail.find(chain, seq)
        if found is None:
            return None
        if chain == self.chain:
            late = seq >= line.seq
        else:
            mine, its = self.coverage.of(self.chain, line.seq), self.coverage.of(chain, seq)
            late = found.at > line.at + clocks.TOLERANCE or (mine is not None and (its is None or its > mine))
        if late:
            raise EvidenceBrokenError(f"it refers to row {seq} of chain {chain}, which came later")
        return body_of(found)

    def _not_held(self, why: str, seq: int | None) -> NoReturn:
        raise NotHeldError(Finding(why, self.chain, seq))


def _told(body: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in body.items() if name not in BESIDE}
