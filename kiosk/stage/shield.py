"""What is seen when nothing else is: one plain window a monitor, at the bottom of the stack and always there.

A workspace is seen when its container is mapped above the shield, and only then; the agent's windows lie above both.
So to lock is to unmap one window: nothing has to be painted, and no other program has to agree.
"""

from __future__ import annotations

from typing import Any

from Xlib import X

from kiosk.stage.host import HostDisplay

COLOUR = 0x10202B
"""The ground of the dark theme."""


class Shield:
    """Windows over every monitor, and over what lies between them."""

    def __init__(self, host: HostDisplay) -> None:
        self._host = host
        self._windows: list[Any] = []
        self.cover()

    @property
    def windows(self) -> list[Any]:
        return self._windows

    @property
    def top(self) -> Any:
        """The one that a container must be above to be seen."""
        return self._windows[-1]

    def cover(self) -> None:
        """Cover the monitors as they are now. The new windows are there before the old ones go."""
        areas = [self._host.whole(), *self._host.monitors()]
        old, self._windows = self._windows, []
        for area in areas:
            window = self._host.root.create_window(
                area.x,
                area.y,
                area.width,
                area.height,
                0,
                X.CopyFromParent,
                background_pixel=COLOUR,
                override_redirect=1,
                # Keys and touches that reach the shield end here: nothing below it hears of them.
                event_mask=X.KeyPressMask | X.KeyReleaseMask | X.ButtonPressMask,
            )
            window.set_wm_name("kiosk shield")
            self._windows.append(window)
        for window in reversed(self._windows):
            window.configure(stack_mode=X.Below)
            window.map()
        for window in old:
            window.destroy()
        self._host.display.sync()
