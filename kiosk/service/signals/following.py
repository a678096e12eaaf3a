"""Reads the trail as it grows, and writes what receivers are to be told of it: in one transaction with how far it read.

No act of anybody waits for it, and none can be forgotten: what is told is what the trail says, of whichever replica.
Rows are believed as far as they lead to a head that the service wrote. Those that do not are read again for a while:
whoever disturbs one for a moment keeps nothing from anybody. Then they are passed over, and a row says which.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from itertools import islice

from sqlalchemy import Connection

from kiosk.model.binding import Json, b64u
from kiosk.service.audit import reading
from kiosk.service.audit.event import SERVICE, Event, row_hash
from kiosk.service.audit.writer import append
from kiosk.service.platform.json_fields import members, number
from kiosk.service.shared.context import Service
from kiosk.service.signals import naming, telling
from kiosk.service.signals.telling import ToldSignal
from kiosk.service.store import signal_cursors, signal_events, signal_receivers
from kiosk.service.store.signal_cursors import ChainNews
from kiosk.service.store.signal_receivers import SignalReceiver
from kiosk.service.store.sql_types import StoredRow

log = logging.getLogger("kiosk.service.signals.following")
MAX_AGE = 86_400
"""Seconds: older rows are told to nobody, whatever the mark says of how far was read."""
MAX_ROWS = 500
"""Rows that are read in one transaction."""
PATIENCE = 60
"""Seconds for which rows that do not lead to their head are read again, before they are passed over."""
Told = tuple[int, int, ToldSignal]
"""Number of its row, that row's time, and the signal."""


@dataclass(slots=True)
class TrailReader:
    """What this process reads of the trail for signals. ``_since``: since when a chain does not hold; ``_bad``: chains
    whose heads are not the service's, as of the last look."""

    service: Service
    _since: dict[str, int] = field(default_factory=dict)
    _bad: frozenset[str] = frozenset()

    async def look(self) -> None:
        """Read each chain on, once. Nothing where another replica leads, or nobody is told. Raises ``StoreError``."""
        service = self.service
        if not service.lead.leads or not await service.db.read(signal_receivers.all_of_them):
            return
        found = await service.db.read(signal_cursors.news)
        for chain in sorted(found.bad - self._bad):
            log.error("the head of the chain %s is not the service's: no signal is made of it", chain)
        self._bad = found.bad
        left = [news for news in found.chains if news.head - news.seq > MAX_ROWS]
        for group in _groups([news for news in found.chains if news not in left]):
            left += await service.db.write(follow, service.issuer, group, service.now())
        held = self._since
        self._since = {}
        for news in left:
            await self._by_steps(news, held.get(news.chain))

    async def _by_steps(self, news: ChainNews, since: int | None) -> None:
        """A chain with many new rows, or one that did not hold. ``since``: since when."""
        service, now = self.service, self.service.now()
        steps, broken = await self._walk(news)
        if broken:
            if since is None:
                log.error("the chain %s does not hold from row %d on: no signal is made of it", news.chain, news.seq)
            self._since[news.chain] = now if since is None else since
            if now - self._since[news.chain] < PATIENCE:
                return
            link = steps[0].link if steps else None
            seq, link = (news.head, news.head_link) if link is None else (steps[0].seq, link)
            service.tally.act(await service.db.write(_pass_over, news, seq, link, now))
            del self._since[news.chain]
        for step in steps:
            if await service.db.write(follow, service.issuer, [step], now):
                return  # it was disturbed meanwhile: the next look sees to it

    async def _walk(self, news: ChainNews) -> tuple[list[ChainNews], bool]:
        """The last rows of ``news`` that lead to its head, in steps, and whether there were others before."""
        steps, broken = list[ChainNews](), False
        seq, link = news.seq, news.link
        while seq < news.head:
            piece = await self.service.db.read(_piece, ChainNews(news.chain, seq, link, news.head, news.head_link))
            if piece.broken:
                steps, broken = [], True
            if piece.link is None or piece.start_link is None:
                break  # there are no rows
            steps.append(ChainNews(news.chain, piece.start, piece.start_link, piece.end, piece.link))
            seq, link = piece.end, piece.link
        if link is None or not compare_digest(link, news.head_link):
            return [], True
        return steps, broken


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some rows one after another: from after ``start`` and its hash, to ``end`` and its hash. ``broken``: rows before
    them do not lead to them."""

    start: int
    start_link: bytes | None
    end: int
    link: bytes | None
    broken: bool
    rows: tuple[StoredRow, ...]


def _groups(found: Sequence[ChainNews]) -> Iterator[list[ChainNews]]:
    """Chains for one transaction each."""
    group, many = list[ChainNews](), 0
    for news in found:
        if group and many + news.head - news.seq > MAX_ROWS:
            yield group
            group, many = [], 0
        group.append(news)
        many += max(1, news.head - news.seq)
    if group:
        yield group


def _piece(conn: Connection, news: ChainNews) -> _Piece:
    """The next rows of ``news``; of those that do not hang together, the last that do. Where nothing was read before,
    the first that is kept begins: what leads to the head by its hashes is what the service wrote."""
    start, start_link, link, broken = news.seq, news.link, news.link, False
    rows = list[StoredRow]()
    end, many = news.head, 0
    for row in islice(reading.rows(conn, news.chain, news.seq), MAX_ROWS):
        if row.seq > news.head:
            break
        many += 1
        prev = bytes(row.prev)
        if link is None or not compare_digest(prev, link):
            broken = broken or link is not None
            start, start_link, rows = row.seq - 1, prev, []
        link = row_hash(prev, row.body)
        rows.append(row)
    if many == MAX_ROWS:
        end = rows[-1].seq
    return _Piece(start, start_link, end, link, broken, tuple(rows))


def follow(conn: Connection, issuer: str, group: Sequence[ChainNews], now: int) -> list[ChainNews]:
    """These rows are told, and read. Those that do not lead from the one that was read last to their head are left as
    they are, and given back."""
    streams = [stream for stream in signal_receivers.all_of_them(conn) if stream.status != "disabled"]
    broken: list[ChainNews] = []
    for news in group:
        piece = _piece(conn, news)
        if piece.broken or piece.end != news.head or not compare_digest(piece.link or b"", news.head_link):
            broken.append(news)
            continue
        for told in _told(piece.rows, now):
            _tell(conn, streams, issuer, news.chain, told, now)
        signal_cursors.move(conn, news.chain, news.head, news.head_link)
    return broken


def _pass_over(conn: Connection, news: ChainNews, seq: int, link: bytes, now: int) -> Event:
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
