"""What replicas agree about by rows: which keys the service has, who was invited, and what time it is."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest

from sqlalchemy import Connection, insert, select, text, update

from kiosk.service.store.errors import StoreError
from kiosk.service.store.schema import replica_invitation, service_key


class OtherReplicaError(StoreError):
    """This machine does not fit to the others on its database; the message is a sentence that says what to do."""


def agree(conn: Connection, marks: Mapping[str, str], now: int) -> None:
    """``marks`` of this machine's keys, by name, are those of the service; new ones are kept.

    Raises ``OtherReplicaError`` for another key of a known name, and where a newer key is lacking.
    """
    known = {row.name: row.mark for row in conn.execute(select(service_key))}
    for name, mark in sorted(marks.items()):
        if name in known and not compare_digest(known[name], mark):
            raise OtherReplicaError(
                f"The key {name} of this machine is another one than this database's service has. Use the data folder "
                "that belongs to it, or copy that key from another machine of the service. A further machine "
                "joins by: kiosk service join"
            )
    for name in sorted(known.keys() - marks.keys(), key=_place):
        kind, number = _place(name)
        if number > max((_place(mine)[1] for mine in marks if _place(mine)[0] == kind), default=0):
            raise OtherReplicaError(
                f"Another machine of this service has the key {name}, and this one has not. Copy it from there, under "
                "the same name and with mode 600, then start the service."
            )
    new = [{"name": name, "mark": mark, "added": now} for name, mark in marks.items() if name not in known]
    if new:
        conn.execute(insert(service_key), new)


def _place(name: str) -> tuple[str, int]:
    kind, _, number = name.rpartition("-")
    return kind, int(number) if number.isdigit() else 0


def clock_of(conn: Connection) -> float | None:
    """The database's clock, epoch seconds; None where it is this machine's own (SQLite)."""
    if conn.dialect.name != "postgresql":
        return None
    return float(conn.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


def invite(conn: Connection, invitation: str, now: int, expires: int) -> None:
    """Somebody may join once until ``expires``."""
    conn.execute(insert(replica_invitation).values(id=invitation, made=now, expires=expires))


def use(conn: Connection, invitation: str, host: str, now: int) -> bool:
    """Use it up. False if it was used before, has ended, or is none of this database's."""
    mine = (replica_invitation.c.id == invitation) & replica_invitation.c.used.is_(None)
    fresh = mine & (replica_invitation.c.expires > now)
    return conn.execute(update(replica_invitation).where(fresh).values(used=now, host=host)).rowcount == 1
