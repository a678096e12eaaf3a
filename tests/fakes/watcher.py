"""Somebody who never takes their eyes off the display: pixels as often as they can, and every window that is mapped."""

from __future__ import annotations

import itertools
import select
import threading
import time
from types import TracebackType
from typing import Any, NamedTuple, Self

from Xlib import X, display, error

from tests.fakes.process_table import until
from tests.fakes.visible_display import Glass

Colour = tuple[int, int, int]
PAUSE = 0.0005
"""Seconds between two looks. Without one, client and server would take a whole core from those who are watched."""
UNLESS_TOLD = 0.01
"""Seconds until somebody who only counts sees whether pixels are wanted."""
MIN_LOOKS = 20
"""Looks without which nothing has been watched."""


class Look(NamedTuple):
    """``begun``, ``ended``: on the monotonic clock; ``colours``: on rows from edge to edge, see ``Glass.rows``."""

    begun: float
    ended: float
    colours: frozenset[Colour]


class Watcher:
    """Looks from ``look`` to ``look_away``, on a thread and two connections of its own. A context manager.

    A look reads a row of pixels every 160, a point every 64 of it, over all monitors. What is there for less than the
    time between two looks may go unseen; so every mapping of a workspace's window is counted too, from entering to
    leaving, and of those the X server tells each one.
    """

    def __init__(self, name: str) -> None:
        self._glass = Glass(name)
        self._told: Any = display.Display(name)
        self._told.screen().root.change_attributes(event_mask=X.SubstructureNotifyMask)
        self._told.sync()
        self._looks: list[Look] = []
        self._over = threading.Event()
        self._looking = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watcher")
        self.maps = 0
        """How often a workspace's window was mapped so far."""
        self.mapped: set[int] = set()
        """The workspaces' windows that were mapped since the watch began and are so still."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._glass.close()
        self._told.close()

    def _watch(self) -> None:
        while not self._over.is_set():
            if self._looking.is_set():
                begun = time.monotonic()
                colours = frozenset(self._glass.rows())
                self._looks.append(Look(begun, time.monotonic(), colours))
                self._over.wait(PAUSE)
            else:
                select.select([self._told], [], [], UNLESS_TOLD)
            for _ in range(self._told.pending_events()):
                self._note(self._told.next_event())

    def _note(self, event: Any) -> None:
        if event.type == X.MapNotify and _is_a_workspace(event.window):
            self.maps += 1
            self.mapped.add(event.window.id)
        elif event.type == X.UnmapNotify:
            self.mapped.discard(event.window.id)

    def look(self) -> None:
        """From now on: what is there when this returns has been seen."""
        self._looking.set()
        self.look_on(1)

    def look_away(self) -> None:
        """No more is wanted: each look costs those who are watched."""
        self._looking.clear()

    def look_on(self, count: int = MIN_LOOKS) -> None:
        """Until so many more looks have been made."""
        wanted = len(self._looks) + count
        until("the watcher", lambda: len(self._looks) >= wanted)

    def since(self, moment: float) -> list[Look]:
        """Looks that began after ``moment``."""
        return [look for look in list(self._looks) if look.begun > moment]

    def never(self, *colours: Colour, since: float) -> None:
        """None of ``colours`` was seen from ``since`` on."""
        looks = self.since(since)
        bad = [(look.begun - since, look.colours & set(colours)) for look in looks if look.colours & set(colours)]
        assert len(looks) >= MIN_LOOKS and not bad, f"seen so many s after: {bad[:5]}; {said(looks)}"

    def gone_for_good(self, *colours: Colour, since: float) -> float:
        """Seconds from ``since`` to the first look without ``colours``; they were not seen again after it."""
        looks = self.since(since)
        away = next((index for index, look in enumerate(looks) if not look.colours & set(colours)), len(looks))
        back = [look.begun - since for look in looks[away:] if look.colours & set(colours)]
        assert len(looks) - away >= MIN_LOOKS and not back, f"{colours} back {back[:5]} s after; {said(looks)}"
        return looks[away].begun - since


def said(looks: list[Look]) -> str:
    """How often was looked."""
    if len(looks) < 2:
        return f"{len(looks)} looks"
    took = looks[-1].ended - looks[0].begun
    gaps = [after.begun - before.begun for before, after in itertools.pairwise(looks)]
    rate = f"{len(looks) / took:.0f} a second, {1000 * max(gaps):.1f} ms at most between two"
    return f"{len(looks)} looks in {took:.2f} s, {rate}"


def _is_a_workspace(window: Any) -> bool:
    try:
        return str(window.get_wm_name()) == "kiosk workspace"
    except (error.BadWindow, error.BadDrawable):
        return False
