"""Reads the trail as it grows, and writes what receivers are to be told of it: in one transaction with how far it read.

No act of anybody waits for it, and none can be forgotten: what is told is what the trail says, of whichever replica.
Rows are believed as far as they lead to a head that the service wrote.
"""

from __future__ import annotations

import hashlib
import json
import logging
from hmac import compare_digest

from sqlalchemy import Connection

from kiosk.model.binding import Json, b64u
from kiosk.service.audit import reading
from kiosk.service.audit.event import first_link, row_hash
from kiosk.service.platform.json_fields import members, number
from kiosk.service.shared.context import Service
from kiosk.service.signals import naming, telling
from kiosk.service.signals.telling import ToldSignal
from kiosk.service.store import signal_cursors, signal_events, signal_receivers
from kiosk.service.store.signal_cursors import ChainNews
from kiosk.service.store.signal_receivers import SignalReceiver

log = logging.getLogger("kiosk.service.signals.following")
MAX_AGE = 86_400
"""Seconds: older rows are told to nobody, whatever the mark says of how far was read."""
Told = tuple[int, int, ToldSignal]
"""Number of its row, that row's time, and the signal."""


async def once(service: Service) -> None:
    """Read on. Nothing where another replica leads, or nobody is told. Raises ``StoreError``."""
    if not service.lead.leads or not await service.db.read(signal_receivers.all_of_them):
        return
    while await service.db.read(signal_cursors.behind):
        await service.db.write(follow, service.issuer, service.now())


def follow(conn: Connection, issuer: str, now: int) -> None:
    """Some chains up to their heads."""
    streams = [stream for stream in signal_receivers.all_of_them(conn) if stream.status != "disabled"]
    for news in signal_cursors.news(conn):
        for told in _told(conn, news, now):
            _tell(conn, streams, issuer, news.chain, told, now)
        signal_cursors.move(conn, news)


def _told(conn: Connection, news: ChainNews, now: int) -> list[Told]:
    """Nothing of a chain whose new rows do not lead from the one that was read last to its head."""
    link = first_link(news.chain) if news.link is None else news.link
    found: list[Told] = []
    for row in reading.rows(conn, news.chain, news.seq):
        if row.seq > news.head:
            break
        if not compare_digest(bytes(row.prev), link):
            break
        link = row_hash(link, row.body)
        try:
            body = members(json.loads(row.body))
            at = number(body, "at")
        except (ValueError, TypeError, KeyError, RecursionError):
            break  # none of ours
        if now - at < MAX_AGE:
            found += [(row.seq, at, signal) for signal in telling.signals_of(body)]
    if compare_digest(link, news.head_link):
        return found
    log.error("the chain %s does not hold from row %d on: no signal is made of it", news.chain, news.seq)
    return []


def _tell(conn: Connection, streams: list[SignalReceiver], issuer: str, chain: str, told: Told, now: int) -> None:
    seq, at, signal = told
    says = signal.says
    if signal.acr:
        before = signal_cursors.told_level(conn, signal.person, signal.acr)
        if before == signal.acr:
            return
        says = telling.compared(says, before, signal.acr)
    for stream in streams:
        if signal.kind in stream.rules.events:
            subject = naming.subject_of(stream.rules, issuer, signal.person, signal.login)
            body: dict[str, Json] = {"sub_id": subject, "txn": f"{chain}:{seq}"}
            body["says"] = {**says, "event_timestamp": at}
            jti = _jti(stream.application, chain, seq, signal.kind)
            signal_events.add_once(conn, jti, stream.application, signal.kind, body, now)


def _jti(application: str, chain: str, seq: int, kind: str) -> str:
    """Always the same of the same row: nothing is told twice, however often it is read."""
    text = json.dumps(["kiosk/signal/v1", application, chain, seq, kind])
    return b64u(hashlib.sha256(text.encode()).digest()[:24])
