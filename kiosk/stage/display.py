"""What the single-program stage asks of the X display: how long nobody touched anything, what lies over what."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from kiosk.stage.connecting import open_display
from kiosk.stage.stage import StageError


class Moved(NamedTuple):
    """Whose windows were shown, raised or moved since the last look."""

    own: bool
    others: bool


class XDisplay:
    """A connection of its own; used by the stage's thread alone. ``name``: as in ``DISPLAY``.

    Raises ``StageError``, also from every method once the display is gone.
    """

    def __init__(self, name: str) -> None:
        with _x_errors_named():
            from Xlib import X
            from Xlib.ext import screensaver

            self._display: Any = open_display(name)
            if not self._display.has_extension(screensaver.extname):
                self._display.close()
                raise StageError("The display does not say how long nobody touched it (MIT-SCREEN-SAVER is missing).")
            self._root: Any = self._display.screen().root
            self._pid: int = self._display.intern_atom("_NET_WM_PID")
            self._restacks = (X.MapNotify, X.ConfigureNotify)
            self._root.change_attributes(event_mask=X.SubstructureNotifyMask)
            self._display.flush()
            from kiosk.stage.keyboard import Keyboard

            self._keyboard = Keyboard(self._display)

    def fileno(self) -> int:
        """Readable when ``stay_on_top`` may have something to do."""
        return int(self._display.fileno())

    def has_news(self) -> bool:
        """Whether ``stay_on_top`` has something to look at.

        To be asked before every wait on ``fileno``: an event that came in with the answer to a question has left the
        socket already, and would not wake anybody.
        """
        with _x_errors_named():
            return bool(self._display.pending_events())

    def stay_on_top(self) -> Moved:
        """Put this process's own windows over any that another program has shown, raised or moved since the last call.

        There is no window manager: a new window comes up over the session bar, and over the lock screen.
        """
        with _x_errors_named():
            touched = set()
            while self._display.pending_events():
                event = self._display.next_event()
                if event.type in self._restacks:
                    touched.add(event.window.id)
            if not touched:
                return Moved(False, False)
            own = [window for window, pid in self.windows() if pid == os.getpid()]
            ours = {window.id for window in own}
            moved = Moved(bool(touched & ours), bool(touched - ours))
            if moved.others:
                self._raise(own)
            return moved

    def covered(self) -> bool:
        """Whether a window of this process lies over the middle of the primary monitor: more than the session bar."""
        from Xlib import X

        with _x_errors_named():
            x, y = self._middle()
            for window, pid in self.windows():
                if pid == os.getpid() and window.get_attributes().map_state == X.IsViewable:
                    size = window.get_geometry()
                    if size.x <= x < size.x + size.width and size.y <= y < size.y + size.height:
                        return True
            return False

    def _middle(self) -> tuple[int, int]:
        if not self._display.has_extension("RANDR"):
            size = self._root.get_geometry()
            return size.width // 2, size.height // 2
        found = self._root.xrandr_get_monitors().monitors
        main = next((monitor for monitor in found if monitor.primary), found[0] if found else None)
        if main is None:
            size = self._root.get_geometry()
            return size.width // 2, size.height // 2
        return main.x + main.width_in_pixels // 2, main.y + main.height_in_pixels // 2

    def await_release(self) -> None:
        """Keys that are down now are nobody's until they have been let go."""
        with _x_errors_named():
            self._keyboard.await_release()

    def waits(self) -> bool:
        """Whether a key has been down ever since."""
        with _x_errors_named():
            self._keyboard.look()
            return self._keyboard.waits

    def focus(self, window: Any) -> None:
        """Give ``window`` the keyboard; nothing happens if it is not to be seen (yet, or any more)."""
        from Xlib import X, error

        with _x_errors_named():
            gone = error.CatchError(error.BadMatch, error.BadWindow)
            window.set_input_focus(X.RevertToPointerRoot, X.CurrentTime, onerror=gone)
            self._display.sync()

    def idle_seconds(self) -> float:
        """Since the last key, touch or movement on this display."""
        with _x_errors_named():
            return float(self._root.screensaver_query_info().idle) / 1000

    def windows(self) -> list[tuple[Any, int]]:
        """Top-level windows with the process that each says it belongs to."""
        found = []
        with _x_errors_named():
            for window in self._root.query_tree().children:
                pid = self._pid_of(window)
                if pid:
                    found.append((window, pid))
        return found

    def set_visible(self, windows: list[Any], visible: bool) -> None:
        """Map or unmap, and wait until the display has done so."""
        with _x_errors_named():
            for window in windows:
                (window.map if visible else window.unmap)()
            self._display.sync()

    def _raise(self, windows: list[Any]) -> None:
        from Xlib import X

        for window in windows:
            window.configure(stack_mode=X.Above)
        self._display.sync()

    def close(self) -> None:
        with contextlib.suppress(StageError), _x_errors_named():
            self._display.close()

    def _pid_of(self, window: Any) -> int:
        from Xlib import X, error

        try:
            value = window.get_full_property(self._pid, X.AnyPropertyType)
        except error.BadWindow:
            return 0  # closed while we looked
        return int(value.value[0]) if value is not None and len(value.value) else 0


@contextlib.contextmanager
def _x_errors_named() -> Iterator[None]:
    try:
        yield
    except StageError:
        raise
    except Exception as failure:
        # python-xlib lets socket, struct, protocol and its own errors through, without a common root.
        raise StageError(f"The display does not answer ({type(failure).__name__}).") from None
