"""More time for a sign-in, for whoever reads or types slowly (WCAG 2.2, 2.2.1: at least ten times)."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.ceremony import MoreTime
from kiosk.service.ceremonies.challenges import load
from kiosk.service.ceremonies.signin import CEREMONY_SECONDS
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies

MAX_TIMES = 10
"""Times; after them a sign-in is begun anew."""


def extend(frame: Frame, ceremony_id: str) -> MoreTime:
    """The time of a sign-in under way is counted anew from now. Nothing else of it changes, such as its tries.

    404 for what is not this workstation's; 409 for anything but a sign-in under way.
    """
    row, _ = load(frame, ceremony_id)
    if row.purpose != "sign_in" or not frame.live(row):
        raise HttpProblemError(409, "not_under_way", "This sign-in is over. Begin again.")
    last = row.created + (1 + MAX_TIMES) * CEREMONY_SECONDS
    longer = replace(row, expires=max(row.expires, min(frame.now + CEREMONY_SECONDS, last)))
    ceremonies.save(frame.conn, longer)
    return MoreTime(longer.expires - frame.now)
