"""The hospital's own policies of step-ups, by version. Every function takes the transaction's ``Connection``.

A version's row is the service's (``integrity``), and the manifest lists every version there was: so none can be
changed, taken away or put back as the newest without being seen. Nor can all of them be put back together, as the trail
has a row for each. Its text is found by the SHA-256 in the row.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kiosk.service.store import integrity
from kiosk.service.store.guarded import POLICY, POLICY_VERSION
from kiosk.service.store.manifests import PUT_BACK, lock, manifest_of
from kiosk.service.store.schema import audit_row, policy_text, policy_version
from kiosk.service.store.sql_types import StoredRow
from kiosk.service.store.vouching import refused

GONE = "has been taken away"
ACTS = ("policy.apply", "policy.rollback")
"""What the trail calls the acts that make a version: one row each, in the service's own chain."""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """``version``: from 1 on. ``sha256``: of its text, empty where none is applied from then on. ``by``: the account;
    ``administrator``: the person behind it, if known. ``again``: whose text it is once more. ``at``: epoch seconds."""

    version: int
    sha256: str
    by: str
    administrator: str | None
    reason: str
    again: int | None
    at: int


def newest(conn: Connection) -> PolicyVersion | None:
    """The version in force; None if none was ever applied. Raises ``TamperedError``."""
    number = _last(conn)
    told = select(func.count()).where(audit_row.c.asked.in_(ACTS), audit_row.c.chain == "service")
    if conn.execute(told).scalar_one() > number:
        raise refused(conn, "policy_version", str(number), PUT_BACK)
    return None if number == 0 else find(conn, number)


def find(conn: Connection, version: int) -> PolicyVersion | None:
    """That version; None for one that never was. Raises ``TamperedError``."""
    listed = f"{POLICY_VERSION}:{version}" in manifest_of(conn, POLICY).body
    row = integrity.one(conn, policy_version, policy_version.c.version == version)
    if row is None and listed:
        raise refused(conn, "policy_version", str(version), GONE)
    return None if row is None else _of(row)


def every(conn: Connection) -> list[PolicyVersion]:
    """All of them, the newest first. Raises ``TamperedError``."""
    found = [find(conn, number) for number in range(_last(conn), 0, -1)]
    return [version for version in found if version is not None]


def text_of(conn: Connection, version: PolicyVersion) -> str:
    """Its text, empty where it has none. Raises ``TamperedError`` for another one than was applied."""
    return kept(conn, version.sha256)


def kept(conn: Connection, sha256: str) -> str:
    """The text of that digest, empty for an empty one. Raises ``TamperedError``."""
    if not sha256:
        return ""
    text = conn.execute(select(policy_text.c.text).where(policy_text.c.sha256 == sha256)).scalar()
    if not isinstance(text, str):
        raise refused(conn, "policy_text", sha256[:16], GONE)
    if digest_of(text) != sha256:
        raise refused(conn, "policy_text", sha256[:16], PUT_BACK)
    return text


def add(
    conn: Connection, text: str, *, by: str, administrator: str | None, reason: str, again: int | None, now: int
) -> PolicyVersion:
    """``text`` is in force from now on; an empty one: none is."""
    lock(conn, POLICY)
    made = PolicyVersion(_last(conn) + 1, digest_of(text) if text else "", by, administrator, reason, again, now)
    keep(conn, text)
    values: dict[str, object] = {name: getattr(made, name) for name in PolicyVersion.__dataclass_fields__}
    integrity.add(conn, policy_version, values)
    return made


def keep(conn: Connection, text: str) -> None:
    """Keep ``text`` under its SHA-256; an empty one needs none."""
    if text:
        new = postgres_insert if conn.dialect.name == "postgresql" else sqlite_insert
        put = new(policy_text).on_conflict_do_update(index_elements=["sha256"], set_={"text": text})
        conn.execute(put, {"sha256": digest_of(text), "text": text})


def digest_of(text: str) -> str:
    """SHA-256 of ``text``, lower-case hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _last(conn: Connection) -> int:
    """Number of the newest version, by what the manifest lists."""
    listed = manifest_of(conn, POLICY).body
    numbers = [int(name.partition(":")[2]) for name in listed if name.startswith(f"{POLICY_VERSION}:")]
    return max(numbers, default=0)


def _of(row: StoredRow) -> PolicyVersion:
    return PolicyVersion(**{name: getattr(row, name) for name in PolicyVersion.__dataclass_fields__})
