"""What a person is told through their other channel when something is done to their factors, so that they can object.

``tell`` is called in the transaction of the deed; ``jobs.message_delivery`` hands the message on later.
Nothing secret is ever a fact of a message: no code, no number of a badge, no identifier of a key.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.store import messages

Kind = Literal[
    "reset_begun",
    "reset_approved",
    "code_issued",
    "code_used",
    "factor_added",
    "factor_lost",
    "recovery_used",
    "phone_reported",
    "contact_changed",
    "emergency_opened",
    "emergency_more",
    "emergency_many",
    "emergency_step_up",
    "review_opened",
    "review_reminder",
    "review_overdue",
    "text_owed",
    "text_overdue",
    "rehearsal",
]
"""``code_issued``: a start code at the counter; ``code_used``: one was used; ``recovery_used``: a recovery code was;
``phone_reported``: they said on their phone that a question was not theirs. ``contact_changed``: told to the channel
before. ``emergency_opened``: to supervisors, and to who it was said to be; once for many of an hour ``emergency_more``:
to the latter, ``emergency_many``: to the former; ``emergency_step_up``: to both when something was approved in it.
``review_…``, ``text_overdue``: to whoever reviews cases. ``text_owed``: to whoever owes one. ``rehearsal``: a marked
test of the way to people, by ``continuity check``."""


def tell(
    conn: Connection,
    person: str,
    kind: Kind,
    now: int,
    *,
    at: str | None = None,
    factor: str | None = None,
    reset: str | None = None,
    case: str | None = None,
) -> bool:
    """Tell the person of that id, in the transaction of what is told. False if they have no other channel.

    ``at``: the workstation's name. ``factor``: its kind, such as ``key``. ``reset``, ``case``: its number.
    """
    facts: dict[str, Json] = {"at": at, "factor": factor, "reset": reset, "case": case}
    return messages.add(conn, person, kind, {name: fact for name, fact in facts.items() if fact is not None}, now)


def tell_once(conn: Connection, person: str, kind: Kind, now: int, *, at: str, within: int) -> None:
    """``tell``, unless they were told the same within so many seconds."""
    if not messages.told_since(conn, person, kind, {"at": at}, now - within + 1):
        tell(conn, person, kind, now, at=at)
