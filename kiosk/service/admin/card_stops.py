"""PIV cards stop with their CA, and count again with it.

That a CA is trusted no more refuses its cards by itself, at once. Marking them, so that lists and counts tell the same,
is done in pieces: of thousands in one transaction every tap would wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from kiosk.model.binding import Json
from kiosk.service.admin.act import Admin, record
from kiosk.service.proofs import certificate_authority
from kiosk.service.proofs.certificate_authority import STOPPED
from kiosk.service.store import cards, factors, lookups, people, stopping

BATCH = 25
"""How many cards are marked in one transaction."""


def under(conn: Connection, cas: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Cards that are not revoked and that these CAs (rows of ``piv_ca``) issued."""
    pems = [row.pem for row in cas]
    return [card for card in cards.in_use(conn) if any(_issued(der, pems) for der in _ders(card))] if pems else []


def lock(conn: Connection, admin: Admin, held: Sequence[Row[Any]]) -> None:
    """Lock what the persons of these cards have open, and end their grace."""
    for person in sorted({card.person for card in held} & stopping.going_on(conn, admin.now)):
        stopping.lock_everywhere(conn, person, admin.now, "factor")


def pending(conn: Connection) -> list[str]:
    """Ids of the cards that are not marked as it stands with their CAs, for ``settle``."""
    wanted = _Wanted(conn)
    return [card.id for card in cards.in_use(conn) if wanted.act(card) is not None]


def settle(conn: Connection, admin: Admin, ids: Sequence[str]) -> int:
    """Mark these cards, at most ``BATCH`` of them, as it stands with their CAs; how many were not yet.

    A card that is suspended already stays so for its own reason.
    """
    wanted, done = _Wanted(conn), 0
    for card in cards.in_use(conn, ids[:BATCH]):
        act = wanted.act(card)
        if act is None:
            continue
        if act == "piv.suspend":
            why = wanted.why(card)
            factors.suspend(conn, "piv", card.id, f"{STOPPED}{why}", admin.now)
        else:
            why = card.suspended_why
            factors.resume(conn, "piv", card.id)
        detail: dict[str, Json] = {"factor": f"piv:{card.id}", "reason": why}
        record(conn, admin, act, person=people.by_id(conn, card.person), method="piv", detail=detail)
        done += 1
    return done


class _Wanted:
    """How cards should stand by the CAs that are, and were, trusted."""

    def __init__(self, conn: Connection) -> None:
        self._trusted = [row.pem for row in lookups.piv_cas(conn)]
        self._gone = lookups.untrusted_cas(conn)

    def act(self, card: Row[Any]) -> str | None:
        """``piv.suspend``, ``piv.resume``, or nothing."""
        if card.suspended is None:
            return None if self.why(card) is None else "piv.suspend"
        mine = (card.suspended_why or "").startswith(STOPPED)
        return "piv.resume" if mine and all(_issued(der, self._trusted) for der in _ders(card)) else None

    def why(self, card: Row[Any]) -> str | None:
        """Why the CA of one of its certificates is trusted no more; None if it is trusted, or never was."""
        for der in _ders(card) if self._gone else ():
            former = next((row for row in self._gone if certificate_authority.issued(der, row.pem)), None)
            if former is not None and not _issued(der, self._trusted):
                return str(former.untrusted_why)
        return None


def _ders(card: Row[Any]) -> list[bytes]:
    return [bytes(der) for der in (card.cert_9e, card.cert_9a) if der is not None]


def _issued(der: bytes, pems: Sequence[str]) -> bool:
    return any(certificate_authority.issued(der, pem) for pem in pems)
