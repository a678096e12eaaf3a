"""The stage's own connection to the host display. Whatever it made goes with it when the process ends."""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

from Xlib import X, error, ext
from Xlib.ext import randr

from kiosk.model.monitor_size import Glass, glass_of
from kiosk.stage.connecting import open_display

_OF_ROOT = X.StructureNotifyMask | X.SubstructureNotifyMask | X.PropertyChangeMask
_CHANGES = randr.RRScreenChangeNotifyMask | randr.RRCrtcChangeNotifyMask | randr.RROutputChangeNotifyMask


def load_little() -> None:
    """For the stage process alone: the tables of extensions that it does not use would be a megabyte and a half of it.

    Holds for every display that this process opens from now on.
    """
    ext.__extensions__[:] = [known for known in ext.__extensions__ if known[1] in ("randr", "screensaver")]


class NoDisplayError(Exception):
    """The host display cannot be used; the message is a sentence."""


class Area(NamedTuple):
    """A rectangle of the host display, in pixels."""

    x: int
    y: int
    width: int
    height: int


class HostDisplay:
    """The display ``name``. Raises ``NoDisplayError``; later failures of the display end the process, and so lock."""

    def __init__(self, name: str) -> None:
        try:
            self.display: Any = open_display(name)
        except (error.DisplayError, OSError) as failure:
            raise NoDisplayError(f"The stage cannot open the display {name!r}: {failure}") from None
        missing = [e for e in ("RANDR", "MIT-SCREEN-SAVER") if not self.display.has_extension(e)]
        if missing:
            self.display.close()
            raise NoDisplayError(f"The display {name!r} lacks {' and '.join(missing)}.")
        self.name = name
        # Windows of other programs vanish while we speak of them; that is no failure of ours.
        self.display.set_error_handler(lambda *_: None)
        self.root: Any = self.display.screen().root
        self.root.change_attributes(background_pixel=0, event_mask=_OF_ROOT)
        self.root.clear_area()
        self.root.xrandr_select_input(_CHANGES)
        self.display.sync()

    def fileno(self) -> int:
        return int(self.display.fileno())

    def has_news(self) -> bool:
        """Whether there are events that came in with an answer: they have left the socket, and would wake nobody."""
        return bool(self.display.pending_events())

    def events(self) -> list[Any]:
        """What has come, without waiting for more. Raises ``Xlib.error.ConnectionClosedError``."""
        return [self.display.next_event() for _ in range(self.display.pending_events())]

    def wait_until_painted(self) -> None:
        """Returns when what was asked for so far is in the frame buffer: reading it back waits for the graphics."""
        for area in self.monitors():
            with contextlib.suppress(error.BadMatch):
                self.root.get_image(area.x, area.y, 1, 1, X.ZPixmap, 0xFFFFFFFF)

    def whole(self) -> Area:
        """The whole display, all monitors."""
        size = self.root.get_geometry()
        return Area(0, 0, size.width, size.height)

    def monitors(self) -> list[Area]:
        """One area a monitor, the primary first; the whole display where none is known."""
        found = [m for m in self.root.xrandr_get_monitors().monitors if m.width_in_pixels and m.height_in_pixels]
        found.sort(key=lambda m: not m.primary)
        return [Area(m.x, m.y, m.width_in_pixels, m.height_in_pixels) for m in found] or [self.whole()]

    def glass(self) -> Glass:
        """How large the primary monitor is, by its own word."""
        found = [m for m in self.root.xrandr_get_monitors().monitors if m.width_in_pixels and m.height_in_pixels]
        found.sort(key=lambda m: not m.primary)
        if not found:
            return Glass()
        m = found[0]
        return glass_of(m.width_in_pixels, m.height_in_pixels, m.width_in_millimeters, m.height_in_millimeters)

    def idle_seconds(self) -> float:
        """Since the last key, touch or movement on the host display; no workspace can reset it."""
        return float(self.root.screensaver_query_info().idle) / 1000

    def is_change_of_monitors(self, event: Any) -> bool:
        """Whether ``event`` says that monitors came, went or changed their size."""
        if event.type == X.ConfigureNotify:
            return bool(event.window == self.root)
        return type(event) in _RANDR_EVENTS

    def is_of_windows(self, event: Any) -> bool:
        """Whether ``event`` says that a top-level window came, went or changed."""
        return event.type in (X.MapNotify, X.UnmapNotify, X.ConfigureNotify, X.DestroyNotify)


_RANDR_EVENTS = (randr.ScreenChangeNotify, randr.CrtcChangeNotify, randr.OutputChangeNotify)
