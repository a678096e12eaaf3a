"""Which policy holds for a request."""

from __future__ import annotations

from kiosk.service.policy import PolicyBook
from kiosk.service.shared.frame import Frame


def book(frame: Frame) -> PolicyBook:
    """The policy that decides in this transaction."""
    return frame.service.usual
