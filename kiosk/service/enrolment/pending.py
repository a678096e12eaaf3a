"""What was made, or offered to be made, and is nobody's yet: JSON, sealed in the enrolment's row and gone with it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from kiosk.service.platform.keys import Keys, KeyTrouble
from kiosk.service.platform.problems import HttpProblem
from kiosk.service.shared.frame import Frame
from kiosk.service.store.enrolments import EnrolmentRow


def read(keys: Keys, row: EnrolmentRow) -> dict[str, Any]:
    """What waits; empty for nothing. Raises ``HttpProblem`` where its key is gone."""
    if row.pending is None or row.key_id is None:
        return {}
    try:
        text = keys.totp.unseal(row.key_id, row.pending, _bound_to(row))
    except KeyTrouble:
        raise HttpProblem(409, "expired", "This took too long. Begin again.") from None
    return dict(json.loads(text))


def put(frame: Frame, row: EnrolmentRow, **waiting: Any) -> EnrolmentRow:
    """``row`` with these in place of those of the same names; None takes one away. Not saved."""
    whole = {name: value for name, value in {**read(frame.service.keys, row), **waiting}.items() if value is not None}
    if not whole:
        return replace(row, pending=None, key_id=None)
    key_id, sealed = frame.service.keys.totp.seal(json.dumps(whole).encode(), _bound_to(row))
    return replace(row, pending=sealed, key_id=key_id)


def _bound_to(row: EnrolmentRow) -> str:
    # No person's id has a colon, so that nobody's code app can be put here, nor this there.
    return f"enrolment:{row.id}"
