"""Work that goes on in the background for as long as the service runs, whatever goes wrong once."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable

log = logging.getLogger("kiosk.service.platform.background")


class ForeseenError(Exception):
    """A failure that this program knows: its text is a sentence of ours that names nobody, fit for the log."""

    told = False
    """It stands in the log already, once for all who met it."""


def _always() -> bool:
    return True


async def attempt(what: str, once: Callable[[], Awaitable[object]]) -> bool:
    """Do ``once``; whether it went well. Else it is logged as a failure of ``what``, a few words. Raises nothing.

    Of an exception that nobody foresaw its kind and place are logged, and not its text: that may name a person.
    """
    try:
        await once()
    except ForeseenError as error:
        if not error.told:
            log.warning("%s failed: %s", what, error)
    except Exception as error:  # whatever it was: a task that ended by it would be missed by nobody until it was needed
        place = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s failed, by a fault of this program (%s):\n%s", what, type(error).__name__, place)
    else:
        return True
    return False


async def run_periodically(
    what: str,
    once: Callable[[], Awaitable[object]],
    *,
    every: float,
    first: float,
    longest: float,
    goes_on: Callable[[], bool] = _always,
) -> None:
    """Do ``once`` every so many seconds, until cancelled or ``goes_on`` says no.

    After a failure ``first`` seconds pass, after each further one twice as many, ``longest`` at most.
    """
    wait = first
    while goes_on():
        if await attempt(what, once):
            wait = first
            await asyncio.sleep(every)
        else:
            await asyncio.sleep(wait)
            wait = min(longest, 2 * wait)
