"""Reads the trail as it grows, chain by chain, for whoever is told by signals."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest

from kiosk.service.shared.context import Service
from kiosk.service.signals import following
from kiosk.service.store import signal_cursors, signal_receivers
from kiosk.service.store.signal_cursors import ChainNews

log = logging.getLogger("kiosk.service.signals.trail_reader")
PATIENCE = 60
"""Seconds for which rows that do not lead to their head are read again, before they are passed over."""


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
        left = [news for news in found.chains if news.head - news.seq > following.MAX_ROWS]
        for group in _groups([news for news in found.chains if news not in left]):
            left += await service.db.write(following.follow, service.issuer, group, service.now())
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
            service.tally.act(await service.db.write(following.pass_over, news, seq, link, now))
            del self._since[news.chain]
        for step in steps:
            if await service.db.write(following.follow, service.issuer, [step], now):
                return  # it was disturbed meanwhile: the next look sees to it

    async def _walk(self, news: ChainNews) -> tuple[list[ChainNews], bool]:
        """The last rows of ``news`` that lead to its head, in steps, and whether there were others before."""
        steps, broken = list[ChainNews](), False
        seq, link = news.seq, news.link
        while seq < news.head:
            piece = await self.service.db.read(
                following.piece_of, ChainNews(news.chain, seq, link, news.head, news.head_link)
            )
            if piece.broken:
                steps, broken = [], True
            if piece.link is None or piece.start_link is None:
                break  # there are no rows
            steps.append(ChainNews(news.chain, piece.start, piece.start_link, piece.end, piece.link))
            seq, link = piece.end, piece.link
        if link is None or not compare_digest(link, news.head_link):
            return [], True
        return steps, broken


def _groups(found: Sequence[ChainNews]) -> Iterator[list[ChainNews]]:
    """Chains for one transaction each."""
    group, many = list[ChainNews](), 0
    for news in found:
        if group and many + news.head - news.seq > following.MAX_ROWS:
            yield group
            group, many = [], 0
        group.append(news)
        many += max(1, news.head - news.seq)
    if group:
        yield group
