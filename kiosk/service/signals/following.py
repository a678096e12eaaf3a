"""What receivers are to be told of rows of the trail is written in one transaction with how far it was read.

No act of anybody waits for it, and none can be forgotten: what is told is what the trail says, of whichever replica.
Rows are believed as far as they lead to a head that the service wrote. Those that do not are read again for a while:
whoever disturbs one for a moment keeps nothing from anybody. Then they are passed over, and a row says which.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest
from itertools import islice

from sqlalchemy import Connection

from kiosk.model.binding import Json, b64u
from kiosk.service.audit import reading
from kiosk.service.audit.event import SERVICE, Event, row_hash
from kiosk.service.audit.writer import append
from kiosk.service.platform.json_fields import members, number
from kiosk.service.signals import naming, overfull, telling
from kiosk.service.signals.telling import ToldSignal
from kiosk.service.store import signal_cursors, signal_events, signal_left_out, signal_receivers
from kiosk.service.store.signal_cursors import ChainNews
from kiosk.service.store.signal_receivers import SignalReceiver
from kiosk.service.store.sql_types import StoredRow

MAX_AGE = 86_400
"""Seconds: older rows are told to nobody, whatever the mark says of how far was read."""
MAX_ROWS = 500
"""Rows that are read in one transaction."""
Told = tuple[int, int, ToldSignal]
"""Number of its row, that row's time, and the signal."""


@dataclass(frozen=True, slots=True)
class TrailPiece:
    """Some rows one after another: from after ``start`` and its hash, to ``end`` and its hash. ``broken``: rows before
    them do not lead to them."""

    start: int
    start_link: bytes | None
    end: int
    link: bytes | None
    broken: bool
    rows: tuple[StoredRow, ...]


def piece_of(conn: Connection, news: ChainNews) -> TrailPiece:
    """The next rows of ``news``; of those that do not hang together, the last that do. Where no mark says how far was
    read, the first after those that were archived begins. It tells its number itself, and its hashes lead to the head:
    whoever takes away the mark, and rows with it, silences none without a trace."""
    start, start_link, link, broken = news.seq, news.link, news.link, False
    rows = list[StoredRow]()
    end, many = news.head, 0
    for row in islice(reading.rows(conn, news.chain, news.seq), MAX_ROWS):
        if row.seq > news.head:
            break
        many += 1
        prev = bytes(row.prev)
        if link is None or not compare_digest(prev, link):
            broken = broken or link is not None or _number_of(row) != news.seq + 1
            start, start_link, rows = row.seq - 1, prev, []
        link = row_hash(prev, row.body)
        rows.append(row)
    if many == MAX_ROWS:
        end = rows[-1].seq
    return TrailPiece(start, start_link, end, link, broken, tuple(rows))


def _number_of(row: StoredRow) -> int | None:
    """What the row's text says: its hash vouches for that."""
    try:
        return number(members(json.loads(row.body)), "seq")
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def follow(conn: Connection, issuer: str, group: Sequence[ChainNews], now: int) -> list[ChainNews]:
    """These rows are told, and read. Those that do not lead from the one that was read last to their head are left as
    they are, and given back."""
    streams = [stream for stream in signal_receivers.all_of_them(conn) if stream.listens]
    broken: list[ChainNews] = []
    for news in group:
        piece = piece_of(conn, news)
        if piece.broken or piece.end != news.head or not compare_digest(piece.link or b"", news.head_link):
            broken.append(news)
            continue
        streams = overfull.without(conn, streams, now)
        for told in _told(piece.rows, now):
            _tell(conn, streams, issuer, news.chain, told, now)
        signal_cursors.move(conn, news.chain, news.head, news.head_link)
    return broken


def pass_over(conn: Connection, news: ChainNews, seq: int, link: bytes, now: int) -> Event:
    """No signal is made of the rows up to ``seq``; the row that says so."""
    signal_cursors.move(conn, news.chain, seq, link)
    detail: dict[str, Json] = {"chain": news.chain, "from": news.seq + 1, "to": seq}
    told = Event("signals_skipped", "failure", now, reason="chain_broken", detail=detail)
    append(conn, SERVICE, told)
    return told


def _told(rows: Sequence[StoredRow], now: int) -> list[Told]:
    found: list[Told] = []
    for row in rows:
        try:
            body = members(json.loads(row.body))
            at = number(body, "at")
        except (ValueError, TypeError, KeyError, RecursionError):
            continue  # a row of another version
        if now - at < MAX_AGE:
            found += [(row.seq, at, signal) for signal in telling.signals_of(body)]
    return found


def _tell(conn: Connection, streams: list[SignalReceiver], issuer: str, chain: str, told: Told, now: int) -> None:
    seq, at, signal = told
    says = signal.says
    if signal.acr:
        before = signal_cursors.told_level(conn, signal.person, signal.acr)
        if before == signal.acr:
            return
        says = telling.compared(says, before, signal.acr)
    left_out = signal_left_out.leaving_out(conn, signal.person)
    for stream in streams:
        if signal.kind in stream.events and stream.application not in left_out:
            subject = naming.subject_of(stream.rules, issuer, signal.person, signal.login)
            body: dict[str, Json] = {"sub_id": subject, "txn": f"{chain}:{seq}"}
            body["says"] = {**says, "event_timestamp": at}
            jti = _jti(stream.application, chain, seq, signal.kind)
            signal_events.add_once(conn, jti, stream.application, signal.kind, body, now)


def _jti(application: str, chain: str, seq: int, kind: str) -> str:
    """Always the same of the same row: nothing is told twice, however often it is read."""
    text = json.dumps(["kiosk/signal/v1", application, chain, seq, kind])
    return b64u(hashlib.sha256(text.encode()).digest()[:24])
