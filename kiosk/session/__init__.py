"""Decides at the workstation: ``step(state, event) -> (state, orders)`` and ``screen_for(state)``.

Pure: no I/O, no clock, no Qt. ``events`` what can happen, ``orders`` what is to be done, ``screens`` what is
shown, ``state`` what is remembered, ``step`` the rules.
"""

from kiosk.session.screen import screen_for
from kiosk.session.state import State, initial
from kiosk.session.step import step

__all__ = ["State", "initial", "screen_for", "step"]
