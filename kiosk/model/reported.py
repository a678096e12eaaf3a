"""Acts that a workstation reports by itself, where both ends have to mean the same."""

from __future__ import annotations

from typing import Final

from kiosk.model.emergency import ENDED, EXTENDED

OUTBOX_FULL: Final = "outbox_full"
"""Reports were lost: ``lost`` in its detail says how many."""
OUTBOX_DAMAGED: Final = "outbox_damaged"
"""The reports on the workstation's disk were not as it had written them. Its reason says what was wrong."""
TROUBLES: Final = frozenset({OUTBOX_FULL, OUTBOX_DAMAGED})
"""Something of the trail is missing: written as a failure."""
VITAL_REPORTS: Final = frozenset({"lock", "session_end", "not_me", EXTENDED, ENDED}) | TROUBLES
"""Taken even where the service takes no others."""
