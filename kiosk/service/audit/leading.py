"""Rows of a chain that lead by hash to its head, which carries the service's code: what they say, the service wrote."""

from __future__ import annotations

from hmac import compare_digest

from sqlalchemy import Connection

from kiosk.service.audit import reading
from kiosk.service.audit.event import row_hash
from kiosk.service.store import integrity
from kiosk.service.store.schema import audit_chain


class BrokenLinkError(Exception):
    """They do not; ``str()``: the number of the row from which on."""


def bodies(conn: Connection, chain: str, first: int) -> list[str]:
    """The texts of rows ``first`` to the head. What stands before ``first`` is not looked at. Raises
    ``BrokenLinkError``, ``TamperedError`` for a head that the service did not write."""
    head = integrity.one(conn, audit_chain, audit_chain.c.chain == chain)
    found: list[str] = []
    link: bytes | None = None
    for row in reading.rows(conn, chain, first - 1):
        if head is None or row.seq > head.head_seq:
            break
        if row.seq != first + len(found) or (link is not None and not compare_digest(bytes(row.prev), link)):
            raise BrokenLinkError(first)
        link = row_hash(bytes(row.prev), row.body)
        found.append(row.body)
    if head is None or link is None or not compare_digest(link, bytes(head.head_hash)):
        raise BrokenLinkError(first)
    return found
