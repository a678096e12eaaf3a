"""Who may hold a connection: places, and whose is given up when there are too many.

Nobody is known when a connection is accepted, so a newcomer is always let in, and the place that is given up for it is
the oldest of whoever has most of those that have not proved who they are. A silent crowd from one address therefore
displaces itself; whoever comes from elsewhere, or proves who it is (a token with its key's signature), stays. Addresses
from which somebody did prove it lately come last.
"""

from __future__ import annotations

import resource
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.service.platform.budgets import Budgets

RESERVE = 64
"""Descriptors that are no connections of clients: database, files, the event loop's own, sockets being closed."""
MAX_KNOWN = 8192
KNOWN_SECONDS = 24 * 3600.0
"""How many addresses are remembered from which somebody proved who it is, and for how long."""


@dataclass(eq=False, slots=True)
class HeldConnection:
    """One connection. ``close`` ends it at once; ``client``: who has proved to be at the other end, by id."""

    gate: ConnectionGate
    source: str
    close: Callable[[], None]
    client: str | None = None

    def vouch(self, client: str, kind: str) -> None:
        """The other end has proved to be ``client``; ``kind``: ``workstation`` or ``application``."""
        if self.client != client:
            self.gate.vouch(self, client, kind)


@dataclass(slots=True)
class ConnectionGate:
    """All places. ``most``: at once. ``clock``: seconds, never going back."""

    budgets: Budgets
    most: int
    clock: Callable[[], float] = time.monotonic
    _strangers: dict[str, OrderedDict[HeldConnection, None]] = field(default_factory=dict)
    _clients: dict[str, OrderedDict[HeldConnection, None]] = field(default_factory=dict)
    _known: OrderedDict[str, float] = field(default_factory=OrderedDict)
    _unproved: int = 0
    _proved: int = 0

    @property
    def strangers(self) -> int:
        """Places of those who have proved nothing, at most."""
        return max(1, self.most // 2)

    @property
    def a_source(self) -> int:
        """The same, of one source."""
        return max(1, self.strangers // 2)

    @property
    def proved(self) -> int:
        """Connections of those who have proved who they are."""
        return self._proved

    @property
    def unproved(self) -> int:
        """All others."""
        return self._unproved

    def enter(self, source: str, close: Callable[[], None]) -> HeldConnection:
        """A place for a new connection from ``source``; another one is closed for it where there are too many."""
        place = HeldConnection(self, source, close)
        mine = self._strangers.setdefault(source, OrderedDict())
        mine[place] = None
        self._unproved += 1
        if len(mine) > self.a_source:
            self._give_up(source)
        while self._unproved > self.strangers or (self._unproved + self._proved > self.most and self._unproved > 1):
            self._give_up(max(self._strangers, key=self._heavy))
        return place

    def vouch(self, place: HeldConnection, client: str, kind: str) -> None:
        """See ``HeldConnection.vouch``. Beyond a client's share its oldest connection is closed."""
        if not self._forget(place):
            return  # it was given up meanwhile
        place.client = client
        mine = self._clients.setdefault(client, OrderedDict())
        mine[place] = None
        self._proved += 1
        self._known[place.source] = self.clock()
        self._known.move_to_end(place.source)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        budgets = self.budgets
        share = budgets.application_connections if kind == "application" else budgets.station_connections
        if len(mine) > share:
            self._close(next(iter(mine)))

    def leave(self, place: HeldConnection) -> None:
        """It is gone."""
        self._forget(place)

    def shed(self) -> bool:
        """No descriptor is left although there should be: give one stranger's place up. False if there is none."""
        if not self._strangers:
            return False
        self._give_up(max(self._strangers, key=self._heavy))
        return True

    def _heavy(self, source: str) -> tuple[bool, int]:
        since = self._known.get(source)
        unknown = since is None or self.clock() - since > KNOWN_SECONDS
        return unknown, len(self._strangers[source])

    def _give_up(self, source: str) -> None:
        self._close(next(iter(self._strangers[source])))

    def _close(self, place: HeldConnection) -> None:
        self._forget(place)
        place.close()

    def _forget(self, place: HeldConnection) -> bool:
        groups, name = (self._strangers, place.source) if place.client is None else (self._clients, place.client)
        mine = groups.get(name)
        if mine is None or place not in mine:
            return False
        del mine[place]
        if not mine:
            del groups[name]
        if place.client is None:
            self._unproved -= 1
        else:
            self._proved -= 1
        return True


def most_connections(budgets: Budgets) -> int:
    """Connections that this process can hold, after asking for as many descriptors as it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = budgets.connections + RESERVE
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    there = wanted if soft == resource.RLIM_INFINITY else soft
    return max(8, min(budgets.connections, there - RESERVE))
