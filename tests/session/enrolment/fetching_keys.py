"""My keys, as the service is asked for them while somebody works."""

from __future__ import annotations

from kiosk.session.facts.buttons import Button
from tests.session.wizard import EnrolShift
from tests.session.world import ANA, ANA_BADGE


def fetching() -> EnrolShift:
    """Ana works, and has asked for their keys."""
    shift = EnrolShift()
    shift.works(ANA, ANA_BADGE)
    shift.presses(Button.MY_KEYS)
    shift.patient = False
    return shift
