"""Applications that check step-up tokens, and the web origins whose pages may ask for them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, select

from kiosk.service.store import integrity
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import application, program_action, web_origin


def find(conn: Connection, name: str) -> tuple[str, str] | None:
    """Id and audience of the application of that name that is not revoked."""
    mine = (application.c.name == name) & (application.c.state == "active")
    row = integrity.one(conn, application, mine)
    return (row.id, row.audience) if row else None


def all_of_them(conn: Connection) -> list[tuple[str, str, str, str]]:
    """Id, name, audience and state of every application, by name."""
    rows = conn.execute(select(application).order_by(application.c.name))
    return [(row.id, row.name, row.audience, row.state) for row in rows]


def add(conn: Connection, name: str, audience: str, jwk: str, jkt: str, now: int) -> str:
    """A new application; its id, which is its ``client_id``. ``StoreConflictError`` for a name or audience in use."""
    made = fresh_id()
    row = {"id": made, "name": name, "audience": audience, "jwk": jwk, "jkt": jkt, "created": now}
    integrity.add(conn, application, row)
    return made


def revoke(conn: Connection, application_id: str) -> list[str]:
    """Its key is refused from now on, and so are the pages of its origins, which are free again; these."""
    mine = web_origin.c.application == application_id
    gone = [row.origin for row in integrity.remove(conn, web_origin, mine)]
    integrity.remove(conn, program_action, program_action.c.application == application_id)
    integrity.change(conn, application, application.c.id == application_id, {"state": "revoked"})
    return sorted(gone)


def add_origin(conn: Connection, application_id: str, origin: str, actions: Sequence[str], now: int) -> None:
    """Pages of ``origin`` may ask for ``actions`` on behalf of the application. ``StoreConflictError`` if it is
    taken."""
    row = {"origin": origin, "application": application_id, "actions": json.dumps(sorted(set(actions)))}
    integrity.add(conn, web_origin, {**row, "created": now})


def origins(conn: Connection) -> list[str]:
    """Every origin that is taken."""
    return list(conn.execute(select(web_origin.c.origin)).scalars())
