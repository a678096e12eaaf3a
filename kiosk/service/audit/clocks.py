"""Order in time. A chain's rows are written one after the other, so their times may not go back.

Replicas' clocks differ by seconds, and a long list of persons is written under the time it began: ``TOLERANCE`` allows
for both. A clock that is set back further is told by a row of its own, which the writer adds by itself.
"""

from __future__ import annotations

from kiosk.model.counted import counted
from kiosk.service.audit.signatures import EvidenceBrokenError

TOLERANCE = 300
"""Seconds."""
MAX_SET_BACK = 86_400
"""Seconds by which a service's clock can be corrected; nothing that claims more is believed."""
SET_BACK = "clock_set_back"


def went_back(before: int, at: int) -> bool:
    """Whether a row at ``at`` after one at ``before`` needs ``SET_BACK`` between the two."""
    return at < before - TOLERANCE


def check(before: int, at: int, action: object) -> bool:
    """A row that follows one at ``before``; whether it tells that the clock was set back. Raises
    ``EvidenceBrokenError``."""
    if not went_back(before, at):
        return False
    if action != SET_BACK:
        raise EvidenceBrokenError(f"its time is {counted(before - at, 'second')} before that of the row before")
    if at < before - MAX_SET_BACK:
        raise EvidenceBrokenError("it sets the clock back by more than a day")
    return True


def check_window(at: int, window: tuple[int, int], number: int) -> None:
    """A row that checkpoint ``number`` covers first was written about then. Raises ``EvidenceBrokenError``."""
    earliest, latest = window
    if at < earliest - TOLERANCE:
        raise EvidenceBrokenError(
            f"its time is before that of the checkpoint before {number}, but only {number} covers it"
        )
    if at > latest + TOLERANCE:
        raise EvidenceBrokenError(f"its time is after that of checkpoint {number}, which covers it")
