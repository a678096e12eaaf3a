"""Identifiers that count once: DPoP proofs, client assertions, across every replica."""

from __future__ import annotations

from sqlalchemy import CTE, BigInteger, Connection, bindparam, delete
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kiosk.service.store.schema import used_jti

_USE = {
    "postgresql": postgres_insert(used_jti).on_conflict_do_nothing(),
    "sqlite": sqlite_insert(used_jti).on_conflict_do_nothing(),
}


def using(owner: str, jti: str, expires: int) -> tuple[CTE, dict[str, str | int]]:
    """``use`` as a part of another statement on PostgreSQL: it has a row if the ``jti`` was used up now."""
    return _USING, {"once_jti": f"{owner}:{jti}", "once_expires": expires}


_USING = (
    postgres_insert(used_jti)
    .values(jti=bindparam("once_jti", type_=used_jti.c.jti.type), expires=bindparam("once_expires", type_=BigInteger()))
    .on_conflict_do_nothing()
    .returning(used_jti.c.jti)
    .cte("once")
)


def use(conn: Connection, owner: str, jti: str, expires: int) -> bool:
    """Use up ``jti`` of ``owner`` (a key's thumbprint or client id) until ``expires``. False if it was used before.

    Two replicas at once: the primary key lets one of them in; the other waits for it, and then adds nothing.
    """
    return conn.execute(_USE[conn.dialect.name], {"jti": f"{owner}:{jti}", "expires": expires}).rowcount == 1


def purge(conn: Connection, now: int) -> int:
    """Forget those that have expired. How many."""
    return conn.execute(delete(used_jti).where(used_jti.c.expires < now)).rowcount
