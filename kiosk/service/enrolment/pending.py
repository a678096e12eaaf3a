"""What was made, or offered to be made, and is nobody's yet: JSON, sealed in the enrolment's row and gone with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from kiosk.model.badge import NumberSource
from kiosk.service.enrolment.handler import Stored
from kiosk.service.platform.keys import KeyFileError, ServiceKeys
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.frame import Frame
from kiosk.service.store import stored_json
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.errors import UnreadableRowError
from kiosk.service.store.stored_json import UnreadableError


@dataclass(frozen=True, slots=True)
class PendingChallenge:
    """The challenge of a try. ``nonce``: base64url. ``statement``: RFC 8785 text. ``created``: epoch seconds."""

    nonce: str
    statement: str
    created: int


@dataclass(frozen=True, slots=True)
class Pending:
    """``new``: number of the badge that began it, in hex; ``source``: whose it is.

    ``offer``, ``made``: as the kind's handler wrote them.
    """

    new: str | None = field(default=None, repr=False)
    source: NumberSource = "uid"
    offer: dict[str, object] | None = field(default=None, repr=False)
    made: dict[str, object] | None = field(default=None, repr=False)
    challenge: PendingChallenge | None = None

    @property
    def offered(self) -> Stored:
        """What was offered; empty for nothing."""
        return self.offer or {}


def read(keys: ServiceKeys, row: EnrolmentRow) -> Pending:
    """What waits; empty for nothing. Raises ``HttpProblemError`` where its key is gone, ``UnreadableRowError``."""
    if row.pending is None or row.key_id is None:
        return Pending()
    try:
        text = keys.totp.unseal(row.key_id, row.pending, _bound_to(row))
    except KeyFileError:
        raise HttpProblemError(409, "expired", "This took too long. Begin again.") from None
    try:
        return stored_json.read(Pending, stored_json.parse(text))
    except UnreadableError as error:
        raise UnreadableRowError("enrolment", row.id, f"pending: {error}") from None


def put(frame: Frame, row: EnrolmentRow, waiting: Pending) -> EnrolmentRow:
    """``row`` with ``waiting`` sealed in it; without anything for an empty one. Not saved."""
    whole = stored_json.write(waiting)
    if not whole:
        return replace(row, pending=None, key_id=None)
    key_id, sealed = frame.service.keys.totp.seal(json.dumps(whole).encode(), _bound_to(row))
    return replace(row, pending=sealed, key_id=key_id)


def _bound_to(row: EnrolmentRow) -> str:
    # No person's id has a colon, so that nobody's code app can be put here, nor this there.
    return f"enrolment:{row.id}"
