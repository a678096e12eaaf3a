"""What a directory's token may read: so many Users and Groups in a minute, of one process.

A whole synchronisation reads everybody once. One that never ends would keep the database from those who tap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.model.counted import counted
from kiosk.service.directory.scim.answers import ScimResource
from kiosk.service.platform.problems import ScimProblemError

MINUTE = 60.0
MEMBERS = 100
MAX_TOKENS = 256
"""That are remembered; whose minute began first is forgotten first."""


@dataclass(slots=True)
class ReadBudget:
    """``clock``: seconds. Each token's minute begins with its first read after the one before."""

    most: int
    clock: Callable[[], float]
    _minutes: dict[str, tuple[float, int]] = field(default_factory=dict)

    def take(self, token: str) -> None:
        """Something is about to be read. Raises ``ScimProblemError`` 429 where the minute has no room for it."""
        begun, used = self._minute(token)
        if used >= self.most:
            wait = int(begun + MINUTE - self.clock()) + 1
            said = f"This token has read its {self.most} of this minute. Wait {counted(wait, 'second')}."
            raise ScimProblemError(429, "", said, {"Retry-After": str(wait)})

    def spend(self, token: str, resource: ScimResource) -> None:
        """``resource``, one or a page of them, was read: it counts."""
        begun, used = self._minute(token)
        self._minutes[token] = (begun, used + weight(resource))
        while len(self._minutes) > MAX_TOKENS:
            self._minutes.pop(next(iter(self._minutes)))

    def _minute(self, token: str) -> tuple[float, int]:
        now = self.clock()
        begun, used = self._minutes.get(token, (now, 0))
        if 0 <= now - begun < MINUTE:
            return begun, used
        self._minutes.pop(token, None)
        return now, 0


def weight(resource: ScimResource) -> int:
    """How many Users and Groups these are; a hundred members count as one more."""
    page, members = resource.get("Resources"), resource.get("members")
    if isinstance(page, list):
        return 1 + sum(weight(each) for each in page if isinstance(each, dict))
    return 1 + (len(members) // MEMBERS if isinstance(members, list) else 0)
