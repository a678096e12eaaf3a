"""One window a workspace, of the stage's own connection, in which its nested X server draws. Mapped only when shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from Xlib import X, error
from Xlib.protocol import event

from kiosk.model.monitor_size import Glass
from kiosk.stage.host import Area, HostDisplay
from kiosk.stage.keyboard import Keyboard
from kiosk.stage.shield import Shield


class Containers:
    """Makes, shows and hides them. ``bar``: height in pixels left to the agent at the top, until its bar is seen."""

    def __init__(self, host: HostDisplay, shield: Shield, bar: int) -> None:
        self._host, self._shield, self._bar = host, shield, bar
        self._primary = host.monitors()[0]
        self._measured = False
        self._all: list[Any] = []
        self._keyboard = Keyboard(host.display)
        self._given = False
        self._reached: Any = None
        self.shown: Any = None
        self.on_fit: Callable[[], None] = lambda: None

    def glass(self) -> Glass:
        """Of the primary monitor."""
        return self._host.glass()

    def take_bar(self, height: int) -> None:
        """The agent says how high its bar is, before anything is to be seen. Every workspace follows, at once."""
        self._measured = True
        if height != self._bar:
            self._bar = height
            self.fit()

    def area(self) -> Area:
        """Where containers are: everything below the bar."""
        whole = self._host.whole()
        return Area(0, self._bar, whole.width, max(1, whole.height - self._bar))

    def layout(self) -> list[Area]:
        """Where the monitors are in a container, as seen from its corner; the primary first."""
        whole = self.area()
        found = []
        for monitor in self._host.monitors():
            top = max(monitor.y, whole.y)
            height = monitor.y + monitor.height - top
            if height > 0:
                found.append(Area(monitor.x - whole.x, top - whole.y, monitor.width, height))
        return found

    def make(self) -> Any:
        """A new one, hidden."""
        area = self.area()
        container = self._host.root.create_window(
            area.x,
            area.y,
            area.width,
            area.height,
            0,
            X.CopyFromParent,
            # No background: the shield's pixels stay until the workspace's own are painted, without a flash between.
            background_pixmap=X.NONE,
            override_redirect=1,
        )
        container.set_wm_name("kiosk workspace")
        self._all.append(container)
        self._host.display.sync()
        return container

    def show(self, container: Any) -> None:
        """Hide what is shown, and map ``container`` above the shield: one batch of requests, without a wait between.

        What was shown is unmapped first, and an unmapped window keeps nothing on the screen: until the nested server
        of ``container`` has painted, its place shows the shield.
        """
        if self.shown != container:
            self._given = False
            self._reached = None
            self._keyboard.reset()
            if self.shown is not None:
                self._unmap(self.shown)
        self.shown = container
        container.configure(sibling=self._shield.top, stack_mode=X.Above)
        container.map()
        self._host.display.flush()

    def hide(self) -> None:
        """Nothing of any workspace is seen once this returns."""
        container, self.shown = self.shown, None
        self._reached = None
        if container is not None:
            self._unmap(container)
            self._host.display.sync()

    def _unmap(self, container: Any) -> None:
        container.unmap()
        self._heed_touches(container, False)
        # The shield takes the keyboard until somebody else is given it: no key goes astray in between.
        self._shield.top.set_input_focus(X.RevertToNone, X.CurrentTime)
        self._keyboard.reset()

    def poke(self, container: Any) -> None:
        """Wake its nested server, also when a program holds that one: an event of the host's that nothing follows."""
        for window in container.query_tree().children:
            window.send_event(event.NoExpose(window=window, major_event=0, minor_event=0))
        self._host.display.flush()

    def drop(self, container: Any) -> None:
        """Take it away for good."""
        if container == self.shown:
            self.hide()
        self._all.remove(container)
        container.destroy()
        self._host.display.flush()

    def fit(self) -> None:
        """The monitors changed, or the bar: give each its new size. The nested servers follow."""
        self._primary = self._host.monitors()[0]
        area = self.area()
        for container in self._all:
            container.configure(x=area.x, y=area.y, width=area.width, height=area.height)
            # The nested server looks after its own window only; when that has another size, so has its screen.
            for window in container.query_tree().children:
                window.configure(width=area.width, height=area.height)
        self._host.display.sync()
        self.on_fit()

    def locks(self) -> tuple[int, int] | None:
        """As of ``Keyboard``: what is locked on the host."""
        return self._keyboard.locks()

    def focus(self) -> None:
        """The agent's windows moved: give the keyboard to the shown workspace, unless they lie over it.

        Done once this returns, unless ``waits``: keys are held that were pressed for somebody else. Those that are
        pressed until they are let go are nobody's.
        """
        container = self.shown
        if container is None:
            return
        theirs = self._of_the_agent()
        if any(_holds(window, self._primary) for window in theirs):
            self._given = False
            self._reached = None
            return
        self._make_room(theirs)
        if self._reached is not None:
            return
        if self._given:
            self._keyboard.look()
        else:
            self._keyboard.await_release()
            self._given = True
        self._give(container)

    def reach(self) -> bool:
        """The bar gets the keyboard, until ``leave``. False where there is none to be seen, or a question lies over."""
        if self.shown is None or not self._given:
            return False
        bar = next((window for window, area in self._agent_windows() if self._is_bar(area)), None)
        if bar is None:
            return False
        self._reached = bar
        self._heed_touches(self.shown, True)
        bar.set_input_focus(X.RevertToNone, X.CurrentTime)
        self._host.display.sync()
        return True

    @property
    def reached(self) -> bool:
        """Whether the bar has the keyboard."""
        return self._reached is not None

    def leave(self) -> None:
        """The shown workspace has the keyboard again; not the key that is still held of those that were for the bar."""
        if self._reached is not None:
            self._reached, self._given = None, False
            self._heed_touches(self.shown, False)
            self.focus()

    def is_touch(self, event: Any) -> bool:
        """Whether the workspace was touched while the bar had the keyboard; the touch goes on to where it was made."""
        if event.type != X.ButtonPress or self.shown is None or event.window != self.shown:
            return False
        self._host.display.allow_events(X.ReplayPointer, event.time)
        return self._reached is not None

    def _heed_touches(self, container: Any, wanted: bool) -> None:
        """The first touch is told to us, and only then to the nested server. [XGrabButton, GrabModeSync]"""
        if wanted:
            container.grab_button(
                *(X.AnyButton, X.AnyModifier, False, X.ButtonPressMask, X.GrabModeSync, X.GrabModeAsync),
                *(X.NONE, X.NONE),
            )
        else:
            container.ungrab_button(X.AnyButton, X.AnyModifier)

    @property
    def waits(self) -> bool:
        """Whether ``focus`` has to be called again, because of keys that are held."""
        return self.shown is not None and self._given and self._keyboard.waits

    @property
    def covered(self) -> bool:
        """Whether the agent's windows lie over the workspace that is shown, and have the keyboard."""
        return self.shown is not None and not self._given

    def _give(self, container: Any) -> None:
        inner = [self._shield.top] if self._keyboard.waits else container.query_tree().children
        if inner:
            inner[0].set_input_focus(X.RevertToNone, X.CurrentTime)
            self._host.display.sync()

    def _make_room(self, theirs: list[Area]) -> None:
        """Workspaces begin below the agent's bar, as high as it is on this monitor. If it grows, it lies over them."""
        strips = [w.height for w in theirs if self._is_bar(w)]
        if strips and (not self._measured or strips[0] < self._bar):
            self._measured = True
            if strips[0] != self._bar:
                self._bar = strips[0]
                self.fit()

    def _is_bar(self, window: Area) -> bool:
        main = self._primary
        return window.y == main.y == 0 and window.width == main.width and window.height < main.height // 4

    def _of_the_agent(self) -> list[Area]:
        return [area for _, area in self._agent_windows()]

    def _agent_windows(self) -> list[tuple[Any, Area]]:
        """Every window on the display that can be seen and is not the stage's."""
        ours = {w.id for w in (*self._all, *self._shield.windows)}
        found = []
        for window in self._host.root.query_tree().children:
            if window.id in ours:
                continue
            try:
                if window.get_attributes().map_state == X.IsViewable:
                    size = window.get_geometry()
                    found.append((window, Area(size.x, size.y, size.width, size.height)))
            except (error.BadWindow, error.BadDrawable):
                continue  # closed while we looked
        return found


def _holds(window: Area, monitor: Area) -> bool:
    """Whether ``window`` lies over the middle of ``monitor``."""
    x, y = monitor.x + monitor.width // 2, monitor.y + monitor.height // 2
    return window.x <= x < window.x + window.width and window.y <= y < window.y + window.height
