"""What a service writes once when it first asks workstations to sign: which of them are older, with their keys.

From then on the trail itself says from which row on each has to sign (``stations``).
"""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from kiosk.model.binding import Json
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.stations import KEY
from kiosk.service.audit.writer import append_all
from kiosk.service.store import integrity
from kiosk.service.store.schema import audit_chain, workstation

OLDER, TOLD = 0, -1
"""Of ``audit_chain.counter``."""


def tell_old_stations(conn: Connection, now: int) -> int:
    """Write a row ``station_key`` for each workstation that is not told of yet, or none at all; how many."""
    older = (audit_chain.c.counter == OLDER) & (audit_chain.c.chain != SERVICE)
    wanted = select(audit_chain.c.chain, audit_chain.c.head_seq, workstation.c.name, workstation.c.jwk)
    joined = audit_chain.outerjoin(workstation, workstation.c.id == audit_chain.c.chain)
    found = conn.execute(wanted.select_from(joined).where(older).order_by(audit_chain.c.chain)).all()
    if not found:
        return 0
    append_all(conn, SERVICE, (_event(row.chain, row.name, row.jwk, row.head_seq, now) for row in found))
    integrity.change(conn, audit_chain, older, {"counter": TOLD}, skip=True)
    return len(found)


def _event(chain: str, name: str | None, jwk: str | None, seq: int, now: int) -> Event:
    detail: dict[str, Json] = {"jwk": json.loads(jwk) if jwk else None, "seq": seq}
    return Event(KEY, "success", now, workstation=chain, station=name, detail=detail)
