"""What an enrolment is for, and what it waits for."""

from __future__ import annotations

from enum import StrEnum


class EnrolAct(StrEnum):
    ADD = "add"
    LOST = "lost"
    """Report a factor lost: after the proof by another one, it is done."""


class EnrolStep(StrEnum):
    """What the enrolment waits for."""

    CHOOSE = "choose"
    """Which kind is to be added, out of ``kinds``."""
    PROVE = "prove"
    """The person's own proof: ``ceremony``. More than one may be needed there, as in a sign-in."""
    SECOND = "second"
    """A second person has to tap: ``second_may``, ``second_why``."""
    VOUCH = "vouch"
    """The second person's proof: ``ceremony``."""
    MAKE = "make"
    """The new factor: ``make``."""
    TRY = "try"
    """It is to work once."""
    DONE = "done"
    """It is theirs. While ``kinds`` has some, ``kind`` leads to the next one, for the same person."""
    REFUSED = "refused"
