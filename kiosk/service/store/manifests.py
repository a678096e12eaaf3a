"""What counts of each subject: the names of its rows and their last revisions, under a code of their own.

So a row that was taken away, or an older version of one, is not believed when somebody puts it back. A manifest is read
once a transaction and written once, by ``flush``, before the transaction ends. Every function takes the transaction's
``Connection``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, Connection, Update, bindparam, insert, select, update
from sqlalchemy.engine import RootTransaction

from kiosk.service.platform.row_keys import revision_of
from kiosk.service.store.errors import StoreBusyError, StoreDownError
from kiosk.service.store.many import add_rows
from kiosk.service.store.schema import manifest
from kiosk.service.store.sql_types import StoredRow, StoredValues
from kiosk.service.store.unit import OutdatedError, later, misfit, send_all, unit_of
from kiosk.service.store.vouching import NOT_OURS, WRITES, guard_of, refused

MAX_TOLD = 100
"""Subjects of one transaction that a row of the trail names; a list of thousands has a row for each person."""
LOCK_AT_ONCE = 1000
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
_LOCK = (
    select(manifest)
    .where(manifest.c.subject.in_(bindparam("wanted", expanding=True)))
    .order_by(manifest.c.subject)
    .with_for_update(key_share=True)
)
_ADD_MANIFEST = insert(manifest)
_MOVE_MANIFEST = update(manifest).where(manifest.c.subject == bindparam("wanted"), manifest.c.mac == bindparam(_BEFORE))


def _moving(prefix: str) -> Update:
    """``_MOVE_MANIFEST``, to be sent with other changes (``unit``)."""

    def value(name: str, column: str) -> BindParameter[object]:
        return bindparam(prefix + name, type_=manifest.c[column].type)

    mine = (manifest.c.subject == value("wanted", "subject"), manifest.c.mac == value(_BEFORE, "mac"))
    return update(manifest).where(*mine).values(body=value("body", "body"), mac=value("mac", "mac"))


def lock(conn: Connection, *subjects: str) -> None:
    """Until this transaction ends nobody else changes what belongs to ``subjects``. Before any of it is read.

    Several at once, always in the order of their ids (decision 33). Nothing to do on SQLite, whose writer is alone.
    """
    unit = unit_of(conn)
    new = [] if unit is None else sorted(set(subjects) - unit.locked)
    for start in range(0, len(new), LOCK_AT_ONCE):
        found = conn.execute(_LOCK, {"wanted": new[start : start + LOCK_AT_ONCE]}).all()
        for row in found:
            _locked(conn, row.subject, row.body, row.mac)
    if unit is not None:
        unit.locked.update(new)


def locked(conn: Connection, subject: str, body: str, mac: bytes) -> None:
    """Another query has read the manifest along, and locked it (``with_for_update(of=manifest, key_share=True)``)."""
    unit = unit_of(conn)
    if unit is not None and subject not in unit.locked:
        _locked(conn, subject, body, mac)
        unit.locked.add(subject)


def _locked(conn: Connection, subject: str, body: str, mac: bytes) -> None:
    known = _open(conn).get(subject)
    if known is None:
        read_manifest(conn, subject, body, mac)
    elif known.mac is None or bytes(mac) != known.mac:
        raise OutdatedError((subject,))


def _changing(conn: Connection, subject: str) -> Manifest:
    """The manifest, to be changed. Whoever did not lock it before locks it now, and the transaction is run again in the
    end: what it has decided may rest on what was read before (``finish``)."""
    unit, mine = unit_of(conn), manifest_of(conn, subject)
    if unit is not None and subject not in unit.locked:
        if mine.mac is not None:
            lock(conn, subject)
            unit.late.add(subject)
        unit.locked.add(subject)
    mine.dirty = True
    return mine


def finish(conn: Connection) -> None:
    """Whatever a transaction still has to write; the store calls it before the transaction ends."""
    unit = unit_of(conn)
    if unit is not None and unit.late and not unit.final:
        raise OutdatedError(unit.late)
    flush(conn)
    send_all(conn)


def add_manifests(conn: Connection, subjects: Iterable[tuple[str, Mapping[str, int]]]) -> None:
    """The manifests of new subjects, by the thousand."""
    keys = guard_of(conn).keys
    texts = ((subject, _text(listed)) for subject, listed in subjects)
    rows = ((text, body, keys.mac("manifest", 1, manifest_message(text, body))) for text, body in texts)
    add_rows(conn, manifest, ["subject", "body", "mac"], rows)


def enlist(conn: Connection, subject: str, name: str, revision: int | None = None) -> int:
    """The subject's manifest lists ``name`` from now on; with which revision."""
    mine = _changing(conn, subject)
    mine.body[name] = mine.next() if revision is None else revision
    return mine.body[name]


def enlist_new(conn: Connection, subject: str, name: str) -> None:
    """``enlist`` while no manifest is stored at all, without looking for one."""
    _open(conn).setdefault(subject, Manifest())
    enlist(conn, subject, name)


def renew_manifests(conn: Connection, found: Sequence[StoredRow]) -> None:
    """New codes under the present key for manifests that are right."""
    keys = guard_of(conn).keys
    for row in found:
        mac = keys.mac("manifest", revision_of(row.mac), manifest_message(row.subject, row.body))
        conn.execute(update(manifest).where(manifest.c.subject == row.subject).values(mac=mac))


def unlist(conn: Connection, subject: str, name: str) -> bool:
    """It lists it no more. Whether it did."""
    if name not in manifest_of(conn, subject).body:
        return False
    del _changing(conn, subject).body[name]
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
    if mac is None or not ours:  # SQLite may hold a body of another kind
        raise refused(conn, "manifest", subject, NOT_OURS)
    _see_newest(conn, subject, revision_of(mac))
    known[subject] = Manifest(revision_of(mac), json.loads(body), bytes(mac))
    return known[subject]


def keep_read(conn: Connection, subject: str, row: StoredValues | None) -> None:
    """The same for the manifest's whole row; None where there is none. Raises ``TamperedError``."""
    read_manifest(conn, subject, None if row is None else row["body"], None if row is None else row["mac"])


def _see_newest(conn: Connection, subject: str, revision: int) -> None:
    """All rows of a subject can be put back together with its manifest: then this process may have seen later ones."""
    newest = guard_of(conn).is_newest(subject, revision)
    if not newest and conn.get_execution_options().get(WRITES):
        misfit(conn, subject)
        raise refused(conn, "manifest", subject, PUT_BACK)


def changed_subjects(conn: Connection, person: str | None = None) -> dict[str, int]:
    """Subjects whose manifests this transaction changes, with the revision that they will have, for the trail.

    ``person``, if this transaction has read theirs, whether it changes or not. Of a list of thousands that one alone.
    """
    known = _open(conn)
    mine = known.get(person) if person is not None else None
    told = {} if person is None or mine is None else {person: mine.next() if mine.dirty else mine.revision}
    if len(known) <= MAX_TOLD:
        told.update((subject, manifest.next()) for subject, manifest in known.items() if manifest.dirty)
    return {subject: revision for subject, revision in told.items() if revision > 0}


def raise_revision(conn: Connection, subject: str, above: int) -> None:
    """The manifest as it stands counts from now on, with a revision above ``above``: whoever looked at it believes it.

    Raises ``TamperedError`` for one that is not right.
    """
    mine = _changing(conn, subject)
    mine.revision = max(mine.revision, above)


def flush(conn: Connection) -> None:
    """Write the manifests that this transaction changed: before it ends, and with the last changes that are sent.

    Raises ``StoreBusyError`` if somebody else changed one meanwhile.
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
            new: dict[str, object] = {"wanted": subject, _BEFORE: mine.mac, "body": body, "mac": mac}
            if unit_of(conn) is not None:  # it is locked
                later(conn, _moving, new, sure=True)
            elif conn.execute(_MOVE_MANIFEST, new).rowcount != 1:
                misfit(conn, subject)
                raise StoreBusyError("Somebody else changed the same record at this moment. Try again.")
        mine.revision, mine.mac, mine.dirty = revision, mac, False


def _open(conn: Connection) -> dict[str, Manifest]:
    transaction = conn.get_transaction()
    if not isinstance(transaction, RootTransaction):
        raise StoreDownError("Rows are read and written in a transaction only.")
    return _OPEN.setdefault(transaction, {})


def _text(listed: Mapping[str, int]) -> str:
    return json.dumps(listed, separators=(",", ":"), sort_keys=True)


def manifest_message(subject: str, body: str) -> bytes:
    said, listed = subject.encode("utf-8"), body.encode("utf-8")
    return b"".join((b"%d:" % len(said), said, b"%d:" % len(listed), listed))
