"""Identifiers that count once: DPoP proofs, client assertions, across every replica."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from kiosk.service.store.schema import used_jti


def use(conn: Connection, owner: str, jti: str, expires: int) -> bool:
    """Use up ``jti`` of ``owner`` (a key's thumbprint or client id) until ``expires``. False if it was used before.

    Two replicas at once: the primary key lets one of them in, the other's transaction fails or is run again.
    """
    name = f"{owner}:{jti}"
    if conn.execute(select(used_jti.c.jti).where(used_jti.c.jti == name)).first() is not None:
        return False
    conn.execute(insert(used_jti).values(jti=name, expires=expires))
    return True


def purge(conn: Connection, now: int) -> int:
    """Forget those that have expired. How many."""
    return conn.execute(delete(used_jti).where(used_jti.c.expires < now)).rowcount
