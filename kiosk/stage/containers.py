"""One window a workspace, of the stage's own connection, in which its nested X server draws. Mapped only when shown."""

from __future__ import annotations

from typing import Any

from Xlib import X

from kiosk.stage.host import Area, Host
from kiosk.stage.shield import Shield


class Containers:
    """Makes, shows and hides them. ``bar``: height in pixels that is left to the agent at the top."""

    def __init__(self, host: Host, shield: Shield, bar: int) -> None:
        self._host, self._shield, self._bar = host, shield, bar
        self._all: list[Any] = []
        self.shown: Any = None

    def area(self) -> Area:
        """Where containers are: everything below the bar."""
        whole = self._host.whole()
        return Area(0, self._bar, whole.width, max(1, whole.height - self._bar))

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
        if self.shown is not None and self.shown != container:
            self._unmap(self.shown)
        self.shown = container
        container.configure(sibling=self._shield.top, stack_mode=X.Above)
        container.map()
        self._host.display.flush()

    def hide(self) -> None:
        """Nothing of any workspace is seen once this returns."""
        container, self.shown = self.shown, None
        if container is not None:
            self._unmap(container)
            self._host.display.sync()

    def _unmap(self, container: Any) -> None:
        container.unmap()
        # The shield takes the keyboard until somebody else is given it: no key goes astray in between.
        self._shield.top.set_input_focus(X.RevertToNone, X.CurrentTime)

    def drop(self, container: Any) -> None:
        """Take it away for good."""
        if container == self.shown:
            self.hide()
        self._all.remove(container)
        container.destroy()
        self._host.display.flush()

    def fit(self) -> None:
        """The monitors changed: give each its new size. The nested servers follow."""
        area = self.area()
        for container in self._all:
            container.configure(x=area.x, y=area.y, width=area.width, height=area.height)
        self._host.display.sync()

    def focus(self) -> None:
        """Give the keyboard to the shown workspace, unless the agent's own window lies over the middle of it."""
        container = self.shown
        if container is None:
            return
        if self._agent_covers(container):
            return
        inner = container.query_tree().children
        if inner:
            inner[0].set_input_focus(X.RevertToNone, X.CurrentTime)
            self._host.display.flush()

    def _agent_covers(self, container: Any) -> bool:
        from Xlib import error

        area = self.area()
        x, y = area.x + area.width // 2, area.y + area.height // 2
        ours = {w.id for w in (*self._all, *self._shield.windows)}
        for window in self._host.root.query_tree().children:
            if window.id in ours:
                continue
            try:
                if window.get_attributes().map_state != X.IsViewable:
                    continue
                size = window.get_geometry()
            except (error.BadWindow, error.BadDrawable):
                continue  # closed while we looked
            if size.x <= x < size.x + size.width and size.y <= y < size.y + size.height:
                return True
        return False
