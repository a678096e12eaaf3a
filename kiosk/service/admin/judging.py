"""Every enrolled key judged anew, one in a transaction: nobody's tap waits for more than the one key of that person."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from kiosk.service.admin.act import Admin
from kiosk.service.admin.metadata import Judged, judge_one, judgement_of, would_change
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.store import manifests, metadata
from kiosk.service.store.database import Database


def pending(conn: Connection, rules: KeyRules, now: int) -> tuple[Judged, list[str]]:
    """How many keys there are, how many of them are known to be hardware, and ids of those to be settled."""
    keys = trusted = 0
    wanted = []
    for row in metadata.enrolled_keys(conn):
        found = judgement_of(conn, rules, row, now)
        keys, trusted = keys + 1, trusted + found.trusted
        if would_change(row, found):
            wanted.append(row.credential_id)
    return Judged(keys, trusted=trusted), wanted


def settle(conn: Connection, admin: Admin, rules: KeyRules, credential: str) -> str | None:
    """One key becomes what the metadata says of it now; which act followed."""
    row = metadata.enrolled_key(conn, credential)
    manifests.lock(conn, row.person)
    return judge_one(conn, admin, rules, metadata.enrolled_key(conn, credential))[1]


def judge(db: Database, admin: Admin, rules: KeyRules) -> Judged:
    """All of them. Whoever is stopped in the middle begins again: those that are settled stay so."""
    found, wanted = db.read_now(pending, rules, admin.now)
    for credential in wanted:
        act = db.write_now(settle, admin, rules, credential)
        if act == "key.suspend":
            found = replace(found, suspended=found.suspended + 1)
        elif act == "key.resume":
            found = replace(found, resumed=found.resumed + 1)
    return found
