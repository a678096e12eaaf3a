"""What the provider says of itself, believed for a while and asked for once, however many want it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Believed(Generic[T]):
    """``read``: asks for it anew. Whoever comes meanwhile has that answer too, or that error."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._had: tuple[float, T] | None = None
        self._under_way: asyncio.Future[T] | None = None

    async def get(self, most: float) -> T:
        """No older than ``most`` seconds. Raises what ``read`` raises."""
        now = asyncio.get_running_loop().time()
        if self._had is not None and now - self._had[0] <= most:
            return self._had[1]
        if self._under_way is None:
            self._under_way = asyncio.ensure_future(self._anew(now))
            self._under_way.add_done_callback(_seen)
        return await asyncio.shield(self._under_way)  # one that goes away takes it from nobody else

    async def _anew(self, now: float) -> T:
        try:
            read = await self._read()
            self._had = now, read
            return read
        finally:
            self._under_way = None


def _seen(task: asyncio.Future[T]) -> None:
    """An error is nobody's where all who wanted it have gone."""
    if not task.cancelled():
        task.exception()
