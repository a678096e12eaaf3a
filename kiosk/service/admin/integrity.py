"""An administrator believes a row that the service did not write, after a look at it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.audit import put_back
from kiosk.service.platform.row_keys import Tampered
from kiosk.service.store import accepting
from kiosk.service.store.guarded import GUARDS, ROLE
from kiosk.service.store.manifests import PUT_BACK
from kiosk.service.store.schema import person_role


def accept(conn: Connection, admin: Admin, table: str, key: str, reason: str) -> None:
    """Give the row named so a code, as it stands. Raises ``ActRefusedError`` for one that is right, or is not there."""
    wanted = next((fault for fault in put_back.examine(conn).found if (fault.table, fault.key) == (table, key)), None)
    if wanted is None:
        raise ActRefusedError(f"No row {table} {key} is in doubt. See those that are: kiosk admin integrity check")
    if not reason.strip():
        raise ActRefusedError("Say why, in words.")
    _accept(conn, wanted)
    record(conn, admin, "integrity.accept", detail={"table": table, "key": key, "reason": reason})


def _accept(conn: Connection, wanted: Tampered) -> None:
    subject, _, name = wanted.key.partition("/")
    if wanted.table == "manifest":
        told = put_back.last_told(conn, subject).get(subject)
        above = 0 if told is None else told.revision
        if wanted.why.startswith(PUT_BACK):
            accepting.put_back(conn, subject, above)
        else:
            accepting.manifest(conn, subject, name or None, above)
    elif wanted.table == "person_role":
        known = conn.execute(select(person_role.c.role).where(person_role.c.person == subject)).scalars()
        accepting.listed(conn, subject, ROLE + name, there=name in set(known))
    else:
        accepting.row(conn, GUARDS[wanted.table], wanted.key)
