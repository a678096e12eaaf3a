"""When a request that was refused is sent once more: it was not judged by what it asks, but by how it came."""

from __future__ import annotations

import random
import time

from kiosk.client.errors import ServiceProblemError, StationRevokedError

SKEW_MATTERS = 5.0
"""Seconds by which our clock may differ from the service's before proofs follow the service's."""
CLOCK_PROBLEMS = frozenset({"invalid_dpop_proof", "invalid_client"})
BUSY = "store_busy"
BUSY_WAITS = (0.2, 0.5, 1.0)
"""The service gave up waiting for somebody else, and nothing was done: it is asked again after so many seconds."""


def waited(problem: ServiceProblemError, waits: list[float]) -> bool:
    """Whether nothing was done because somebody else was in the way, and the next of ``waits`` is over now."""
    if problem.code != BUSY or not waits:
        return False
    time.sleep(waits.pop(0) * (1 + random.random() / 2))  # noqa: S311  (no secret)
    return True


def worth_repeating(problem: ServiceProblemError, clock_moved: float, mended: set[str]) -> bool:
    """Whether the answer has just taught us what the request lacked.

    ``clock_moved``: seconds by which it corrected our clock. ``mended``: codes for which it was sent again already.
    """
    if problem.code in mended or isinstance(problem, StationRevokedError):
        return False
    clock_learnt = abs(clock_moved) > SKEW_MATTERS
    return problem.code == "use_dpop_nonce" or (problem.code in CLOCK_PROBLEMS and clock_learnt)
