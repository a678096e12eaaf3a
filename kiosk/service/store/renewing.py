"""Rows of an older key, brought under the present one a few at a time, so that a tap waits for no more than a few.

Nothing is remembered between two calls but where the last one ended: whoever is stopped begins again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, LargeBinary, Table, func, literal_column, not_, select

from kiosk.service.platform.key_errors import KeyFileError
from kiosk.service.platform.key_kinds import TotpKeys
from kiosk.service.platform.row_keys import head_of
from kiosk.service.store import integrity, manifests, vouching
from kiosk.service.store.adopting import Key, key_of, page_after
from kiosk.service.store.guarded import GUARDS
from kiosk.service.store.schema import enrolment, manifest, pin, totp
from kiosk.service.store.sql_types import StoredRow

BATCH = 100
TABLES: tuple[Table, ...] = (manifest, *(guard.table for guard in GUARDS.values()))


@dataclass(frozen=True, slots=True)
class Batch:
    """How many rows were written anew; after which key to go on, None at the end."""

    done: int
    after: Key | None


def renew_rows(conn: Connection, table: Table, after: Key | None) -> Batch:
    """New codes for the next rows of ``table`` that have an older key's. Each keeps its revision; whatever the
    service did not write stays as it is, and so does what counts no more."""
    current = vouching.guard_of(conn).keys.current
    page = page_after(conn, table, after, BATCH, table.c.mac.is_not(None), _head(table) != head_of(current), lock=True)
    good = [row for row in page if integrity.right(conn, table, row)]
    if table is manifest:
        manifests.renew_manifests(conn, good)
    else:
        integrity.write_codes(conn, table, good, first=False)
    return Batch(len(good), key_of(table, page[-1]) if len(page) == BATCH else None)


def renew_pins(conn: Connection, table: Table, after: Key | None) -> Batch:
    """Encrypt the next PINs' hashes that have an older key anew. What is not believed, or does not open, stays."""
    pins, done = vouching.guard_of(conn).pins, 0
    page = page_after(conn, table, after, BATCH, not_(_sealed_by(pins.current)))
    manifests.lock(conn, *(row.person for row in page))
    for row in integrity.believed(conn, pin, page, skip=True):
        hashed = pins.unseal(row.hash, row.person)
        if hashed is not None:
            done += integrity.change_row(conn, pin, row, {"hash": pins.seal(hashed, row.person)})
    return Batch(done, key_of(table, page[-1]) if len(page) == BATCH else None)


def renew_codes(keys: TotpKeys, conn: Connection, table: Table, after: Key | None) -> Batch:
    """The same for the secrets of code apps, under ``keys``."""
    page, done = page_after(conn, table, after, BATCH, totp.c.key_id != keys.current), 0
    manifests.lock(conn, *(row.person for row in page))
    for row in integrity.believed(conn, totp, page, skip=True):
        try:
            secret = keys.unseal(row.key_id, row.secret, row.person)
        except KeyFileError:
            continue
        key_id, sealed = keys.seal(secret, row.person)
        done += integrity.change_row(conn, totp, row, {"key_id": key_id, "secret": sealed})
    return Batch(done, key_of(table, page[-1]) if len(page) == BATCH else None)


def rows_by_key(conn: Connection) -> Counter[int]:
    """How many rows have a code of each key, right or not."""
    found: Counter[int] = Counter()
    for table in TABLES:
        head = _head(table)
        counted = select(head, func.count()).where(table.c.mac.is_not(None)).group_by(head)
        for begin, number in conn.execute(counted):
            found[int.from_bytes(begin, "big")] += number
    return found


def pins_by_key(conn: Connection) -> Counter[int]:
    """How many PINs' hashes name each key; 0 for those that name none."""
    found: Counter[int] = Counter()
    for hashed in conn.execute(select(pin.c.hash)).scalars():
        name = str(hashed).partition(":")[0]
        found[int(name) if name.isascii() and name.isdigit() and len(name) < 8 else 0] += 1
    return found


def codes_by_key(conn: Connection) -> Counter[int]:
    """How many secrets of code apps are encrypted with each key, also of those that are being enrolled."""
    found: Counter[int] = Counter()
    for table in (totp, enrolment):
        counted = select(table.c.key_id, func.count()).where(table.c.key_id.is_not(None)).group_by(table.c.key_id)
        for name, number in conn.execute(counted):
            found[int(name)] += number
    return found


def rows_that_need(conn: Connection, number: int) -> int:
    """How many rows nothing but that key shows to be the service's."""
    return sum(
        integrity.right(conn, table, row)
        for table in TABLES
        for row in _all(conn, table, table.c.mac.is_not(None), _head(table) == head_of(number))
    )


def pins_that_need(conn: Connection, number: int) -> int:
    """How many PINs' hashes nothing but that key opens."""
    pins = vouching.guard_of(conn).pins
    return sum(pins.unseal(row.hash, row.person) is not None for row in _all(conn, pin, _sealed_by(str(number))))


def codes_that_need(conn: Connection, number: int) -> int:
    """How many secrets of code apps nothing but that key opens. What is being enrolled is over within a day."""
    return codes_by_key(conn)[number]


def _all(conn: Connection, table: Table, *where: ColumnElement[bool]) -> list[StoredRow]:
    return list(conn.execute(select(table).where(*where)))


def _head(table: Table) -> ColumnElement[bytes]:
    return func.substr(table.c.mac, literal_column("1"), literal_column("4"), type_=LargeBinary)


def _sealed_by(key_id: str) -> ColumnElement[bool]:
    return pin.c.hash.startswith(f"{key_id}:", autoescape=True)
