"""How each directory's last answer was, what an administrator lets it do, and the tokens that speak for one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from kiosk.service.store import integrity
from kiosk.service.store.schema import directory_source, directory_token
from kiosk.service.store.sql_types import StoredRow

PULLED = "ldap"
HOUR = 3600


@dataclass(frozen=True, slots=True)
class SourceState:
    """``tried``, ``good``: epoch seconds of the last answer, and of the last that was carried out. ``trouble``: why the
    last was not. ``let_leave``, ``let_privileged``, ``let_altered``: beyond the brake, until ``let_until``."""

    name: str
    tried: int
    good: int | None
    trouble: str | None
    let_leave: int = 0
    let_privileged: int = 0
    let_until: int = 0
    let_altered: int = 0


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token without its secret. ``digest``: SHA-256 of that, hex. Times in epoch seconds."""

    id: str
    source: str
    digest: str
    created: int
    expires: int
    revoked: int | None
    last_used: int | None


def state_of(conn: Connection, name: str) -> SourceState:
    """How that source is; one that was never tried for a new name. Raises ``TamperedError``."""
    row = integrity.one(conn, directory_source, directory_source.c.name == name)
    return SourceState(name, 0, None, None) if row is None else _state(row)


def states(conn: Connection) -> list[SourceState]:
    """Every source that was ever tried, by name."""
    return [_state(row) for row in integrity.rows(conn, directory_source, order=(directory_source.c.name,), skip=True)]


def claim(conn: Connection, name: str, every: int, now: int) -> bool:
    """Whether it is this process's turn to ask the source: nobody did within ``every`` seconds."""
    if integrity.one(conn, directory_source, directory_source.c.name == name) is None:
        integrity.add(conn, directory_source, {"name": name, "tried": now})
        return True
    due = (directory_source.c.name == name) & (directory_source.c.tried <= now - every)
    return conn.execute(update(directory_source).where(due).values(tried=now)).rowcount == 1


def note(conn: Connection, name: str, trouble: str | None, now: int, whole: bool) -> bool:
    """How its last answer was; ``whole``: it is carried out. Whether ``trouble`` is another than before."""
    before = state_of(conn, name)
    if before.tried == 0 and before.good is None:
        claim(conn, name, 0, now)
    values = {"tried": now, "trouble": trouble} | ({"good": now} if whole else {})
    conn.execute(update(directory_source).where(directory_source.c.name == name).values(values))
    return before.trouble != trouble


def heard(conn: Connection, name: str, now: int) -> None:
    """A source that speaks by itself did, and it was carried out. Written once a minute at most."""
    late = directory_source.c.good.is_(None) | (directory_source.c.good < now - 60)
    conn.execute(update(directory_source).where(directory_source.c.name == name, late).values(good=now))


def present_trouble(state: SourceState, now: int) -> str | None:
    """Its trouble, None where there is none. That of a source that speaks by itself is over after an hour: what was
    held up then it has said again."""
    return state.trouble if state.name == PULLED or now - state.tried < HOUR else None


def let(conn: Connection, name: str, leave: int, privileged: int, altered: int, until: int, now: int) -> None:
    """The source may do so much beyond the brake, until then, and what held it up is over."""
    if integrity.one(conn, directory_source, directory_source.c.name == name) is None:
        integrity.add(conn, directory_source, {"name": name, "tried": now})
    values = {"let_leave": leave, "let_privileged": privileged, "let_altered": altered, "let_until": until}
    integrity.change(conn, directory_source, directory_source.c.name == name, values)
    conn.execute(update(directory_source).where(directory_source.c.name == name).values(trouble=None))


def add_token(conn: Connection, token_id: str, source: str, digest: str, expires: int, now: int) -> None:
    """A new token."""
    values = {"id": token_id, "source": source, "digest": digest, "created": now, "expires": expires}
    integrity.add(conn, directory_token, values)


def token(conn: Connection, token_id: str) -> TokenRow | None:
    """That token, also one that was revoked or has ended. Raises ``TamperedError``."""
    row = integrity.one(conn, directory_token, directory_token.c.id == token_id)
    return None if row is None else _token(row)


def tokens(conn: Connection) -> list[TokenRow]:
    """Every token there ever was, oldest first."""
    order = (directory_token.c.created, directory_token.c.id)
    return [_token(row) for row in integrity.rows(conn, directory_token, order=order, skip=True)]


def revoke_token(conn: Connection, token_id: str, now: int) -> None:
    """It is refused from now on."""
    integrity.change(conn, directory_token, directory_token.c.id == token_id, {"revoked": now})


def token_used(conn: Connection, token_id: str, now: int) -> None:
    """Note the day's use, for the list: once a minute at most."""
    mine = (directory_token.c.id == token_id) & (
        directory_token.c.last_used.is_(None) | (directory_token.c.last_used < now - 60)
    )
    conn.execute(update(directory_token).where(mine).values(last_used=now))


def live_sources(conn: Connection, now: int) -> set[str]:
    """Sources for which a token speaks now."""
    live = directory_token.c.revoked.is_(None) & (directory_token.c.expires > now)
    return set(conn.execute(select(directory_token.c.source).where(live)).scalars())


def _state(row: StoredRow) -> SourceState:
    until = row.let_until or 0
    lets = (row.let_leave, row.let_privileged, until, row.let_altered or 0)
    return SourceState(row.name, row.tried, row.good, row.trouble, *lets)


def _token(row: StoredRow) -> TokenRow:
    return TokenRow(row.id, row.source, row.digest, row.created, row.expires, row.revoked, row.last_used)
