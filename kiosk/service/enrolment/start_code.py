"""Start codes as typed: used up, or refused and counted.

A code names nobody before it is right, so a wrong one is counted by what it can be counted by:

- its beginning, four of its twelve digits, at all stations together: ten within a quarter of an hour, so twenty in a
  code's life at most (SP 800-63B-4 section 3.2.2 allows 100 an account); to stop one is to guess its beginning;
- the station, which has its share within a quarter of an hour, and no right PIN gives it another;
- everywhere. Too many stop only those stations that had a wrong one lately: nobody stops all by walking about.
"""

from __future__ import annotations

from kiosk.service.shared.frame import Frame
from kiosk.service.store import failures, guesses, start_codes
from kiosk.service.store.start_codes import Used

EVERYWHERE = "start"
SHARES, MIN_SHARE = 10, 5
"""A station's share of the wrong start codes: the tenth part, but five at least."""
BEGINNING, TRIES_A_BEGINNING = 4, 10
"""Digits of a code's beginning, and how often one may be wrong: 10^8 codes have the same."""


def use(frame: Frame, typed: str) -> Used | int | None:
    """Use the code up: whose it is, None for a wrong one, or the seconds until any is looked at here."""
    wait = _wait(frame, typed)
    if wait:
        return wait
    return start_codes.use(frame.conn, frame.service.keys.badge, typed, frame.now)


def wrong(frame: Frame, typed: str) -> None:
    """Count a wrong one."""
    rules = frame.service.rules
    for what in (_here(frame), EVERYWHERE, *_beginning(typed)):
        guesses.add(frame.conn, what, frame.now, within=start_codes.SECONDS)
    slow = {"quick": rules.quick_failures, "first": rules.slow_first, "most": rules.slow_most}
    failures.slow(frame.conn, frame.station.id, frame.now, **slow)


def _wait(frame: Frame, typed: str) -> int:
    most = frame.service.rules.enrol.start_code_tries
    share = 1 if _left(frame, EVERYWHERE, most) else max(MIN_SHARE, most // SHARES)
    return max(
        failures.wait_left(frame.conn, frame.station.id, frame.now, frame.service.rules.slow_most),
        _left(frame, _here(frame), share),
        *(_left(frame, what, TRIES_A_BEGINNING) for what in _beginning(typed)),
    )


def _left(frame: Frame, what: str, most: int) -> int:
    return guesses.wait_left(frame.conn, what, frame.now, most=most, within=start_codes.SECONDS)


def _here(frame: Frame) -> str:
    return f"{EVERYWHERE}:{frame.station.id}"


def _beginning(typed: str) -> tuple[str, ...]:
    """What the beginning is counted as; nothing for what can be no code."""
    code = start_codes.plain(typed)
    return () if code is None else (f"{EVERYWHERE}#{code[:BEGINNING]}",)
