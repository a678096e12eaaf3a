"""Who typed it: a keyboard-wedge reader, or a person. By the times that the keys carry; there is no clock here.

A reader's are ``MIN_TYPED`` characters or more, of those that its formats have, each within ``gap`` milliseconds of the
one before it, and an Enter within that time of the last. Anything else is a person's. A run that was as fast but had no
Enter is nobody's: no person types so, and a reader's digits must not get into a field.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.model.wedge import MIN_TYPED


class BurstOwner(StrEnum):
    """Of the keys of a run that has ended."""

    PERSON = "person"
    READER = "reader"
    CUT = "cut"
    """A reader's by its speed, but no Enter ended it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that followed each other fast. ``at``: of the last, in milliseconds."""

    count: int = 0
    at: int = 0

    def goes_on(self, at: int, gap: int) -> bool:
        """Whether a key at ``at`` belongs to it."""
        return self.count > 0 and 0 <= at - self.at <= gap

    def followed(self, at: int, gap: int) -> Run:
        """With one more character; a new run where that came too late."""
        return Run(self.count + 1 if self.goes_on(at, gap) else 1, at)

    def entered(self, at: int, gap: int) -> BurstOwner:
        """Enter was pressed at ``at``."""
        whose = self.ended()
        return BurstOwner.READER if whose is BurstOwner.CUT and self.goes_on(at, gap) else whose

    def ended(self) -> BurstOwner:
        """Nothing more came in time, or another key."""
        return BurstOwner.CUT if self.count >= MIN_TYPED else BurstOwner.PERSON
