"""Every alarm that the session sets, by name. What is not here cannot be set, and whatever is here is heard."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AlarmName(StrEnum):
    """What is over when it rings. One of each at a time."""

    WAIT = "wait"
    """A second of the time that has to pass before the next try."""
    SETTLING = "settling"
    """The moment in which another card may still come with the one that was read."""
    READING = "reading"
    """A card, or the service, has had its time."""
    CEREMONY = "ceremony"
    """A sign-in that nobody went on with."""
    HURRY = "hurry"
    """It is about to be over."""
    OPENING = "opening"
    """The workspace has had its time to be shown."""
    SETTLE = "settle"
    """The first moment of a session, in which a card that lies there is not taken for a second tap."""
    SIGN = "sign"
    """Who is signed in has been shown for long enough."""
    FADE = "fade"
    """Nobody touched anything while the screen was fading."""
    NOTICE = "notice"
    """A sentence has been shown for long enough."""
    WENT = "went"
    """The lock screen has said for long enough where a session went."""
    TYPING = "typing"
    """Nobody typed a login."""
    UNKNOWN = "unknown"
    """An unknown badge has been shown for long enough."""
    HEAL = "heal"
    """A station that was out of order tries again."""
    STEP_UP = "stepup"
    """The time of a step-up is over."""
    FIRST_SECOND = "first_second"
    """What a step-up asks was shown for long enough to be seen before it can be agreed to."""
    STILL = "still"
    """After an end that the person did not cause nobody has touched anything for two seconds."""
    RECENT = "recent"
    """The last step-up was a while ago."""
    ENROLMENT = "enrolment"
    """The time of an enrolment is over."""
    KEYS = "keys"
    """Nobody touched the list of their keys."""
    LIMIT = "limit"
    """The longest session is nearly over."""
    END = "end"
    """It is over."""
    EMERGENCY_ASKED = "emergency_asked"
    """Nobody said who needs emergency access, and why."""
    EMERGENCY = "emergency"
    """A part of an emergency access has passed."""
    FORGOTTEN = "typed"
    """What was typed into a secret field was left there."""


@dataclass(frozen=True, slots=True)
class CoolingName:
    """A workspace whose wish was not granted has waited a little longer, or that is to be forgotten.

    ``login``: whose workspace; empty for the station's own programs.
    """

    login: str


AnyAlarm = AlarmName | CoolingName
"""What an alarm is known by; nothing else rings."""
