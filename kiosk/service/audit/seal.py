"""Before a checkpoint is signed, every row that it would vouch for is read: hashes, evidence, workstations' signatures.

How far each chain is vouched for already is known from the last checkpoint, which is signed and holds a digest of it;
what the database says is believed only if it agrees, and else every checkpoint is read. A chain that does not hold
stays as far as it was, and is told of: no row that was not read is ever signed, and one bad chain stops no other.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection

from kiosk.service.audit import checkpoint, coverage, odd_values, reading, restores, standing
from kiosk.service.audit.checkpoint import Checkpoint, Head
from kiosk.service.audit.coverage import Coverage
from kiosk.service.audit.event import SERVICE, first_link
from kiosk.service.audit.finding import Finding, NotHeldError, VerificationReport
from kiosk.service.audit.lines import Body, DatabaseTrail, TrailLine, body_of
from kiosk.service.audit.requests import BadRequestError
from kiosk.service.audit.signatures import EvidenceBrokenError
from kiosk.service.audit.stations import ENROLLED, KEY, OldStations, Requests
from kiosk.service.audit.walk import Rule, Walk
from kiosk.service.platform.keys import CheckpointKeys
from kiosk.service.store import integrity
from kiosk.service.store.schema import audit_chain

PAGE = 100


@dataclass(frozen=True, slots=True)
class Read:
    """What may be signed: ``moved``, after the checkpoint ``last`` (0 for none). ``refused``: what does not hold.
    ``changed``: whose standing these rows may have lessened (``standing``)."""

    last: int
    moved: tuple[Head, ...]
    every: Mapping[str, Head]
    refused: tuple[Finding, ...]
    changed: tuple[str, ...] = ()


def read(conn: Connection, keys: Mapping[str, Ed25519PublicKey], kept: int = 0) -> Read:
    """Read every row since the last checkpoint, in one snapshot. ``kept``: number of the last one in the file."""
    try:
        odd_values.check(conn)
    except NotHeldError as bad:
        return Read(0, (), {}, (bad.finding,))
    integrity.rows(conn, audit_chain, skip=True)  # for the alarm: heads that somebody else wrote
    last = checkpoint.newest(conn)
    number = last.id if last is not None else 0
    try:
        if kept > number:
            raise NotHeldError(Finding("it is missing in the database, but was kept", checkpoint=kept))
        sealed = _sealed(conn, keys, last)
    except NotHeldError as bad:
        return Read(number, (), {}, (bad.finding,))
    trail, found, moved, refused, changed = DatabaseTrail(conn), dict(sealed), [], [], set[str]()
    old = functools.cache(lambda: _old_stations(conn))
    for chain in trail.chains():
        try:
            marks: set[str] = set()
            head = _read_chain(conn, trail, sealed.get(chain), chain, old, marks)
        except NotHeldError as bad:
            refused.append(bad.finding)
            continue
        if head is not None:
            found[chain] = head
            moved.append(head)
            changed |= marks
    gone = sorted(sealed.keys() - set(trail.chains()))
    refused += [
        Finding(f"it is missing, but checkpoint {number} or one before names it", c, sealed[c].seq) for c in gone
    ]
    return Read(number, tuple(moved), found, tuple(refused), tuple(sorted(changed)))


def write(conn: Connection, keys: CheckpointKeys, at: int, what: Read) -> Checkpoint | None:
    """Sign what was read; None if nothing moved, or if another replica has signed meanwhile."""
    last = checkpoint.newest(conn)
    if not what.moved or (last.id if last is not None else 0) != what.last:
        return None
    return checkpoint.sign(conn, keys, at, what.moved, what.every, what.changed)


def _sealed(conn: Connection, keys: Mapping[str, Ed25519PublicKey], last: Checkpoint | None) -> dict[str, Head]:
    """How far each chain is vouched for. Raises ``NotHeldError``."""
    if last is None:
        return {}
    if not last.signed_by(keys):
        raise NotHeldError(Finding("its signature is wrong", checkpoint=last.id))
    said = [Head(row.chain, row.sealed_seq, bytes(row.sealed_hash or b"")) for row in reading.heads(conn)]
    stored = {head.chain: head for head in said if head.seq != 0}
    if json.loads(last.body).get("sealed") == checkpoint.sealed_digest(stored.values()):
        return stored
    return {head.chain: head for head in coverage.read(_all(conn), keys).ends()}


def _all(conn: Connection) -> Iterator[Checkpoint]:
    number = 0
    while page := checkpoint.after(conn, number, PAGE):
        yield from page
        number = page[-1].id


def _old_stations(conn: Connection) -> OldStations:
    """Those that are older than signing, as the service's chain says."""
    old = OldStations()
    for row in reading.with_action(conn, KEY, (SERVICE,)):
        line = DatabaseTrail(conn).find(SERVICE, row.seq)
        body = body_of(line)
        if line is not None and body is not None:
            old(line, body)
    return old


def _read_chain(
    conn: Connection,
    trail: DatabaseTrail,
    sealed: Head | None,
    chain: str,
    old: Callable[[], OldStations],
    marks: set[str],
) -> Head | None:
    """Its head, if its rows since ``sealed`` hold; None if there are none. Raises ``NotHeldError``. ``marks``: taken
    from them."""
    head = reading.head(conn, chain)
    begin = sealed or Head(chain, 0, first_link(chain))
    if head is not None and (head.head_seq, bytes(head.head_hash)) == (begin.seq, begin.link):
        return None
    if head is not None and integrity.fault(conn, audit_chain, head._mapping) is not None:
        raise NotHeldError(Finding("its chain's head was not written by the service", chain, head.head_seq))
    before = trail.find(chain, begin.seq) if sealed is not None else None
    if sealed is not None and (before is None or before.hash != sealed.link or not before.intact()):
        raise NotHeldError(Finding("it is not the row that a checkpoint names", chain, sealed.seq))
    rule = OldStations() if chain == SERVICE else _rule(conn, trail, begin, old)
    walk = Walk(trail, chain, Coverage(), VerificationReport(), _marking(rule, marks))
    walk.go_on(trail.lines(chain, begin.seq), begin.seq, begin.link, before.at if before is not None else -(2**62))
    return Head(chain, walk.seq, walk.link) if walk.seq > begin.seq else None


def _marking(rule: Rule, marks: set[str]) -> Rule:
    def both(line: TrailLine, body: Body) -> None:
        rule(line, body)
        mark = standing.mark_of(body)
        if mark is not None:
            marks.add(mark)

    return both


def _rule(conn: Connection, trail: DatabaseTrail, begin: Head, old: Callable[[], OldStations]) -> Requests:
    """What a workstation's rows after ``begin`` must be. Raises ``NotHeldError``."""
    first = body_of(trail.find(begin.chain, 1)) or {}
    detail = first.get("detail")
    jwk = detail.get("jwk") if first.get("action") == ENROLLED and isinstance(detail, dict) else None
    rule = Requests(begin.chain, None if jwk is not None else old().known.get(begin.chain))
    if begin.seq == 0:
        return rule
    last = reading.last_request(conn, begin.chain, begin.seq)
    again = restores.last_in(conn, begin.chain, begin.seq)
    text = None if jwk is None else json.dumps(jwk, sort_keys=True)
    try:
        before = functools.partial(trail.find, begin.chain)
        rule.go_on(begin.seq, text, last, before, again, archived=trail.cut(begin.chain))
    except (EvidenceBrokenError, BadRequestError) as broken:
        raise NotHeldError(Finding(str(broken), begin.chain, begin.seq)) from None
    return rule
