"""What counts of each subject: the names of its rows and their last revisions, under a code of their own.

So a row that was taken away, or an older version of one, is not believed when somebody puts it back. A manifest is read
once a transaction and written once, by ``flush``, before the transaction ends. Every function takes the transaction's
``Connection``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Row, bindparam, insert, select, update
from sqlalchemy.engine import RootTransaction

from kiosk.service.platform.row_keys import revision_of
from kiosk.service.store.errors import StoreBusy, StoreDown
from kiosk.service.store.many import add_rows
from kiosk.service.store.schema import manifest
from kiosk.service.store.vouching import NOT_OURS, WRITES, guard_of, refused

MAX_TOLD = 100
"""Subjects of one transaction that a row of the trail names; a list of thousands has a row for each person."""
PUT_BACK = "was put back to an earlier state"
_BEFORE = "mac_before"


@dataclass(slots=True)
class Manifest:
    """What counts of one subject: name → revision. ``mac``: as stored, None before it is."""

    revision: int = 0
    body: dict[str, int] = field(default_factory=dict)
    mac: bytes | None = None
    dirty: bool = False

    def next(self) -> int:
        """The revision of whatever this transaction changes."""
        return self.revision + 1


_OPEN: WeakKeyDictionary[RootTransaction, dict[str, Manifest]] = WeakKeyDictionary()
_MANIFEST = select(manifest).where(manifest.c.subject == bindparam("wanted"))
_ADD_MANIFEST = insert(manifest)
_MOVE_MANIFEST = update(manifest).where(manifest.c.subject == bindparam("wanted"), manifest.c.mac == bindparam(_BEFORE))


def add_manifests(conn: Connection, subjects: Iterable[tuple[str, Mapping[str, int]]]) -> None:
    """The manifests of new subjects, by the thousand."""
    keys = guard_of(conn).keys
    texts = ((subject, _text(listed)) for subject, listed in subjects)
    rows = ((one, body, keys.mac("manifest", 1, manifest_message(one, body))) for one, body in texts)
    add_rows(conn, manifest, ["subject", "body", "mac"], rows)


def enlist(conn: Connection, subject: str, name: str, revision: int | None = None) -> int:
    """The subject's manifest lists ``name`` from now on; with which revision."""
    mine = manifest_of(conn, subject)
    mine.body[name] = mine.next() if revision is None else revision
    mine.dirty = True
    return mine.body[name]


def enlist_new(conn: Connection, subject: str, name: str) -> None:
    """``enlist`` while no manifest is stored at all, without looking for one."""
    _open(conn).setdefault(subject, Manifest())
    enlist(conn, subject, name)


def renew_manifests(conn: Connection, found: Sequence[Row[Any]]) -> None:
    """New codes under the present key for manifests that are right."""
    keys = guard_of(conn).keys
    for row in found:
        mac = keys.mac("manifest", revision_of(row.mac), manifest_message(row.subject, row.body))
        conn.execute(update(manifest).where(manifest.c.subject == row.subject).values(mac=mac))


def unlist(conn: Connection, subject: str, name: str) -> bool:
    """It lists it no more. Whether it did."""
    mine = manifest_of(conn, subject)
    if name not in mine.body:
        return False
    del mine.body[name]
    mine.dirty = True
    return True


def manifest_of(conn: Connection, subject: str) -> Manifest:
    """What counts of ``subject``, empty for a new one. Raises ``TamperedError`` for a manifest that is not right."""
    mine = _open(conn).get(subject)
    if mine is None:
        row = conn.execute(_MANIFEST, {"wanted": subject}).first()
        return read_manifest(conn, subject, None if row is None else row.body, None if row is None else row.mac)
    return mine


def read_manifest(conn: Connection, subject: str, body: str | None, mac: bytes | None) -> Manifest:
    """``manifest_of`` for a body and code that another query has read along; both None where there is none."""
    known = _open(conn)
    if subject in known:
        return known[subject]
    if body is None:
        found = Manifest()
        _see_newest(conn, subject, found.revision)
        known[subject] = found
        return found
    ours = isinstance(body, str) and guard_of(conn).keys.right("manifest", mac, manifest_message(subject, body))
    if not ours:  # SQLite may hold a body of another kind
        raise refused(conn, "manifest", subject, NOT_OURS)
    assert mac is not None  # noqa: S101  (it was right)
    _see_newest(conn, subject, revision_of(mac))
    known[subject] = Manifest(revision_of(mac), json.loads(body), bytes(mac))
    return known[subject]


def _see_newest(conn: Connection, subject: str, revision: int) -> None:
    """All rows of a subject can be put back together with its manifest: then this process may have seen later ones."""
    newest = guard_of(conn).is_newest(subject, revision)
    if not newest and conn.get_execution_options().get(WRITES):
        raise refused(conn, "manifest", subject, PUT_BACK)


def changed_subjects(conn: Connection, person: str | None = None) -> dict[str, int]:
    """Subjects whose manifests this transaction changes, with the revision that they will have, for the trail.

    ``person``, if this transaction has read theirs, whether it changes or not. Of a list of thousands that one alone.
    """
    known = _open(conn)
    mine = known.get(person) if person is not None else None
    told = {} if person is None or mine is None else {person: mine.next() if mine.dirty else mine.revision}
    if len(known) <= MAX_TOLD:
        told.update((subject, one.next()) for subject, one in known.items() if one.dirty)
    return {subject: revision for subject, revision in told.items() if revision > 0}


def raise_revision(conn: Connection, subject: str, above: int) -> None:
    """The manifest as it stands counts from now on, with a revision above ``above``: whoever looked at it believes it.

    Raises ``TamperedError`` for one that is not right.
    """
    mine = manifest_of(conn, subject)
    mine.revision, mine.dirty = max(mine.revision, above), True


def flush(conn: Connection) -> None:
    """Write the manifests that this transaction changed; the store calls it before a transaction ends.

    Raises ``StoreBusy`` if somebody else changed one meanwhile.
    """
    keys = None
    for subject, mine in _open(conn).items():
        if not mine.dirty:
            continue
        keys = keys or guard_of(conn).keys
        body, revision = _text(mine.body), mine.next()
        mac = keys.mac("manifest", revision, manifest_message(subject, body))
        if mine.mac is None:
            conn.execute(_ADD_MANIFEST, {"subject": subject, "body": body, "mac": mac})
        else:
            new = {"wanted": subject, _BEFORE: mine.mac, "body": body, "mac": mac}
            if conn.execute(_MOVE_MANIFEST, new).rowcount != 1:
                raise StoreBusy("Somebody else changed the same record at this moment. Try again.")
        mine.revision, mine.mac, mine.dirty = revision, mac, False


def _open(conn: Connection) -> dict[str, Manifest]:
    transaction = conn.get_transaction()
    if not isinstance(transaction, RootTransaction):
        raise StoreDown("Rows are read and written in a transaction only.")
    return _OPEN.setdefault(transaction, {})


def _text(listed: Mapping[str, int]) -> str:
    return json.dumps(listed, separators=(",", ":"), sort_keys=True)


def manifest_message(subject: str, body: str) -> bytes:
    said, listed = subject.encode("utf-8"), body.encode("utf-8")
    return b"".join((b"%d:" % len(said), said, b"%d:" % len(listed), listed))
