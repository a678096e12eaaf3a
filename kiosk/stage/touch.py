"""Says once that somebody touched something on the display, whosever window it was for.

Raw events of XInput 2.2 (XI2proto, section 8) are sent for every device, whatever has the focus or a grab. Only that
one came is looked at, never which key it was, and none is asked for but while somebody is waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kiosk.stage.connecting import open_display
from kiosk.stage.follower import Follower

RAW_TOUCH_BEGIN = 22
"""XI_RawTouchBegin, which python-xlib does not name."""


class TouchWatch(Follower["_RawEvents"]):
    """``touched`` is called on a thread of this watch. ``display``: as in ``DISPLAY``; None where none can be watched.

    The thread and its connection begin with the first wish. A display that does not answer is never touched.
    """

    def __init__(self, display: str | None, touched: Callable[[], None]) -> None:
        super().__init__(display, "touch", "touches are seen by the agent's own window alone")
        self._touched = touched
        self._wanted = False

    def watch(self) -> None:
        """Call ``touched`` at the next touch, once. Never blocks."""
        if self._display is None or self._closing:
            return
        self._wanted = True
        self._begin()
        self._stir()

    def _connect(self, display: str) -> _RawEvents:
        return _RawEvents(display)

    def _follow(self, to: _RawEvents) -> None:
        asked = False
        while not self._closing:
            self._sleep(to, not to.waiting())  # asking the display reads what came meanwhile, too
            came = to.came()
            if asked and came:
                asked = self._wanted = False
                to.ask(False)
                self._touched()
            elif self._wanted and not asked:
                asked = True
                to.ask(True)


class _RawEvents:
    """A connection of its own."""

    def __init__(self, name: str) -> None:
        from Xlib.ext import xinput

        self._display: Any = open_display(name)
        self._root: Any = self._display.screen().root
        inner = self._display.display
        # python-xlib's own query says 2.0, under which a grab keeps raw events from everybody else.
        xinput.XIQueryVersion(
            display=inner, opcode=inner.get_extension_major(xinput.extname), major_version=2, minor_version=2
        )
        kinds = (xinput.RawKeyPress, xinput.RawButtonPress, xinput.RawMotion, RAW_TOUCH_BEGIN)
        self._all, self._mask = xinput.AllMasterDevices, sum(1 << kind for kind in kinds)

    def fileno(self) -> int:
        return int(self._display.fileno())

    def ask(self, wanted: bool) -> None:
        """Have the display send them, or not."""
        self._root.xinput_select_events([(self._all, self._mask if wanted else 0)])
        self._display.sync()

    def waiting(self) -> bool:
        """Whether any has been read that nobody has looked at."""
        return bool(self._display.pending_events())

    def came(self) -> bool:
        """Whether any came since the last look."""
        count = 0
        while self._display.pending_events():
            self._display.next_event()
            count += 1
        return count > 0

    def close(self) -> None:
        self._display.close()
