"""The outbox of messages to people's other channels: written with what they tell of, delivered later, perhaps again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from kiosk.model.binding import Json
from kiosk.service.store import integrity
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import message, person
from kiosk.service.store.sql_types import StoredRow


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``contact``: where to; ``facts``: what it tells of. Times in epoch seconds.

    ``tries``: how often it was tried; ``sent``, ``dead`` (given up): None until then; ``error``: of the last try.
    """

    id: str
    person: str
    kind: str
    contact: str
    facts: dict[str, Json]
    created: int
    due: int
    tries: int
    sent: int | None
    dead: int | None
    error: str | None


def add(conn: Connection, person_id: str, kind: str, facts: Mapping[str, Json], now: int) -> bool:
    """Write one to the person of that id. False if they have no other channel."""
    contact = contact_of(conn, person_id)
    if contact is None:
        return False
    row = {"id": f"m{fresh_id()}", "person": person_id, "kind": kind, "contact": contact, "created": now, "due": now}
    integrity.add(conn, message, {**row, "facts": json.dumps(dict(facts), ensure_ascii=False)})
    return True


def told_since(conn: Connection, person_id: str, kind: str, facts: Mapping[str, Json], since: int) -> bool:
    """Whether the very same was written to them from then on."""
    same = (message.c.person == person_id) & (message.c.kind == kind) & (message.c.created >= since)
    same &= message.c.facts == json.dumps(dict(facts), ensure_ascii=False)
    return conn.execute(select(message.c.id).where(same).limit(1)).first() is not None


def contact_of(conn: Connection, person_id: str) -> str | None:
    """Where the person of that id is told things, if anywhere."""
    row = integrity.one(conn, person, person.c.id == person_id)
    return None if row is None else row.contact


def set_contact(conn: Connection, person_id: str, contact: str | None) -> None:
    """From now on they are told things there; what waits goes where it was to go."""
    integrity.change(conn, person, person.c.id == person_id, {"contact": contact})


def claim(conn: Connection, now: int, until: int) -> Message | None:
    """The next one to be tried, which nobody else tries before ``until``; its try is counted."""
    waiting = message.c.sent.is_(None) & message.c.dead.is_(None) & (message.c.due <= now)
    next_one = select(message).where(waiting).order_by(message.c.due, message.c.id).limit(1)
    # Another replica that claims one at the same moment takes the next.
    next_one = next_one.with_for_update(skip_locked=True, key_share=True)
    while (row := conn.execute(next_one).first()) is not None and not integrity.believed(
        conn, message, [row], skip=True
    ):
        failed(conn, row.id, "was not written by the service", None, now)
    if row is None:
        return None
    conn.execute(update(message).where(message.c.id == row.id).values(due=until, tries=row.tries + 1))
    return _message(row, tries=row.tries + 1, due=until)


def sent(conn: Connection, message_id: str, now: int) -> None:
    """It was delivered."""
    conn.execute(update(message).where(message.c.id == message_id).values(sent=now, error=None))


def failed(conn: Connection, message_id: str, error: str, due: int | None, now: int) -> None:
    """The try failed; again at ``due``, or never."""
    values = {"due": due} if due is not None else {"dead": now}
    conn.execute(update(message).where(message.c.id == message_id).values(error=error, **values))


def again(conn: Connection, message_id: str, now: int) -> bool:
    """Try one that was given up from the beginning. Whether there is such a one."""
    mine = (message.c.id == message_id) & message.c.dead.is_not(None)
    return conn.execute(update(message).where(mine).values(dead=None, tries=0, due=now)).rowcount == 1


def purge(conn: Connection, before: int) -> None:
    """Forget what was delivered or given up before: it names addresses. That there was such a deed stays in the trail.

    What waits is kept, however long.
    """
    conn.execute(delete(message).where((message.c.sent < before) | (message.c.dead < before)))


def unsent(conn: Connection, *, dead_only: bool = False) -> list[tuple[Message, str]]:
    """Those that were not delivered, the oldest first, each with its person's login."""
    wanted = select(message, person.c.login).join(person).where(message.c.sent.is_(None))
    if dead_only:
        wanted = wanted.where(message.c.dead.is_not(None))
    return [(_message(row), row.login) for row in conn.execute(wanted.order_by(message.c.created, message.c.id))]


def _message(row: StoredRow, **other: object) -> Message:
    values = {name: getattr(row, name) for name in Message.__dataclass_fields__}
    return Message(**{**values, "facts": json.loads(row.facts), **other})
