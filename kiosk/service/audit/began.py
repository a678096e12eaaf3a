"""Where one chain of a trail begins: with row 1, or after the last row that was archived, with what stays of before."""

from __future__ import annotations

import json

from kiosk.service.audit.archived import KeptDigest, TrailBase
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.finding import Finding, NotHeldError
from kiosk.service.audit.lines import Body, TrailLine
from kiosk.service.audit.requests import BadRequestError
from kiosk.service.audit.restores import RESTORED
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.audit.stations import ENROLLED, OldStations, Requests
from kiosk.service.audit.walk import Walk

NOT_ARCHIVED = "it stands among rows that were archived, and was not"


def begin(walk: Walk, rule: OldStations | Requests, base: TrailBase, digest: KeptDigest) -> int:
    """Let ``walk`` begin where ``base`` says; how many rows its workstation is taken to have signed for before.

    The rows that stay are looked at and added to ``digest``. Raises ``NotHeldError``.
    """
    head = base.heads.get(walk.chain)
    if head is None:
        for line in walk.trail.kept(walk.chain):
            raise NotHeldError(Finding(NOT_ARCHIVED, line.chain, line.seq))
        return 0
    last: TrailLine | None = None
    jwk = proof = restored = None
    for line, body in walk.keep(walk.trail.kept(walk.chain)):
        digest.add(line.chain, line.seq, line.hash.hex())
        if line.seq > head.seq:
            raise NotHeldError(Finding(NOT_ARCHIVED, walk.chain, line.seq))
        if isinstance(rule, OldStations):
            _old(rule, line, body)
        jwk = _jwk(body) if line.seq == 1 else jwk
        proof = line.request[0] if line.request is not None else proof
        restored = line.seq if body.get("action") == RESTORED else restored
        last = line
    if last is None or (last.seq, last.hash) != (head.seq, head.link):
        raise NotHeldError(Finding("it is missing, though the rows after it follow it", walk.chain, head.seq))
    walk.begin(head, last.at)
    return 0 if walk.chain == SERVICE or not isinstance(rule, Requests) else _go_on(rule, last, jwk, proof, restored)


def _go_on(rule: Requests, last: TrailLine, jwk: str | None, proof: str | None, restored: int | None) -> int:
    def before(seq: int) -> TrailLine | None:
        return last if seq == last.seq else None

    try:
        rule.go_on(last.seq, jwk, proof, before, restored, archived=last.seq)
    except (EvidenceBrokenError, BadRequestError) as broken:
        raise NotHeldError(Finding(str(broken), last.chain, last.seq)) from None
    return rule.signed


def _old(rule: OldStations, line: TrailLine, body: Body) -> None:
    try:
        rule(line, body)
    except EvidenceBrokenError as broken:
        raise NotHeldError(Finding(str(broken), line.chain, line.seq)) from None


def _jwk(body: Body) -> str | None:
    """The key that a chain's first row binds to its workstation."""
    detail = body.get("detail")
    jwk = detail.get("jwk") if body.get("action") == ENROLLED and isinstance(detail, dict) else None
    return None if jwk is None else json.dumps(jwk, sort_keys=True)
