"""Which audiences programs had tokens for that no application has: what is refused once ``open_audiences`` is off."""

from __future__ import annotations

import json
from collections import Counter

from sqlalchemy import Connection, select

from kiosk.service.store.schema import application, audit_row, evidence

MAX_READ = 20_000
"""Grants that are looked through, the newest first."""


def unregistered(conn: Connection, issuer: str, since: int) -> Counter[str]:
    """How often each was approved at or after ``since`` (epoch seconds), by the evidence. ``issuer``: the service's
    own audience, which a program that names none has."""
    granted = (
        select(evidence.c.body)
        .join(audit_row, (audit_row.c.chain == evidence.c.chain) & (audit_row.c.seq == evidence.c.seq))
        .where(audit_row.c.at >= since, audit_row.c.body.contains('"action":"stepup"', autoescape=True))
        .order_by(audit_row.c.at.desc())
        .limit(MAX_READ)
    )
    known = {issuer, *conn.execute(select(application.c.audience)).scalars()}
    found = Counter(_audience(body) for body in conn.execute(granted).scalars())
    return Counter({name: count for name, count in found.items() if name is not None and name not in known})


def _audience(body: str) -> str | None:
    """Of the statement that was signed; None where there is none."""
    try:
        said = json.loads(json.loads(body)["statement"]).get("audience")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return said if isinstance(said, str) else None
