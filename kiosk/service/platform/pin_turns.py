"""Whose PIN is checked next: few at once, in turn by workstation, and nobody waits long.

Each check takes 19 MiB and some ten milliseconds of a processor (Argon2id). A workstation that sends hundreds waits for
itself: every other one's turn comes after one of each, and who cannot be served within seconds is told so at once.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from kiosk.service.platform.budgets import Budgets
from kiosk.service.platform.problems import HttpProblemError

T = TypeVar("T")
MAX_WAITING = 256
"""Checks that wait, of all workstations."""


class PinTurns:
    """The queue of one process; not for several event loops."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets
        self._free = min(budgets.pin_checks, os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(self._free, thread_name_prefix="pin")
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def run(self, party: str, work: Callable[[], T]) -> T:
        """What ``work`` gives, on a thread, once it is ``party``'s turn. Raises ``HttpProblemError`` 503
        ``overloaded``."""
        await self._turn(party)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._next()

    async def _turn(self, party: str) -> None:
        if self._free:
            self._free -= 1
            return
        mine = self._waiting.get(party, deque())
        if len(mine) >= self._budgets.pin_queue or sum(map(len, self._waiting.values())) >= MAX_WAITING:
            raise overloaded()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(party, mine).append(turn)
        try:
            async with asyncio.timeout(self._budgets.pin_seconds):
                await turn
        except BaseException as error:
            self._give_up(party, turn)
            if isinstance(error, TimeoutError):
                raise overloaded() from None
            raise

    def _give_up(self, party: str, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():
            self._next()  # its turn came in the very moment it left: else nobody would ever have that place again
            return
        mine = self._waiting.get(party)
        if mine is not None and turn in mine:
            mine.remove(turn)
            if not mine:
                del self._waiting[party]

    def _next(self) -> None:
        while self._waiting:
            party, mine = self._waiting.popitem(last=False)
            turn = mine.popleft()
            if mine:
                self._waiting[party] = mine
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


def overloaded() -> HttpProblemError:
    """503: too many PINs wait to be checked."""
    return HttpProblemError(
        503, "overloaded", "The service has too much to do just now. Try again in a moment.", {"Retry-After": "2"}
    )
