"""The simplest stage: one program a person on the agent's own display, under the agent's own window.

Covered means: that person's windows are unmapped and the agent's full-screen window lies over all. The programs of
different persons share one display and one user here; the stage of nested displays keeps them truly apart.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import select
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.model.people import Person
from kiosk.stage.stage import Audience, StageError

if TYPE_CHECKING:
    from kiosk.stage.display import XDisplay
    from kiosk.stage.single_workspace import SingleWorkspace

log = logging.getLogger("kiosk.stage")
FAILED_TO_START = "WORKSPACE-START"
ENDED = "WORKSPACE-ENDED"
NUDGE_MS = 50
"""How often it is looked whether keys that are held have been let go."""


class SingleStage:
    """``command``: the person's program, empty for none. ``env_for(login)``: what its programs find in their
    environment. ``display``: X display to watch, None where there is none. ``log_file``: where programs print to.
    """

    def __init__(
        self,
        command: Sequence[str],
        audience: Audience,
        env_for: Callable[[str], dict[str, str]],
        log_file: Path,
        display: str | None,
    ) -> None:
        self._command = tuple(command)
        self._audience = audience
        self._env_for = env_for
        self._log_file = log_file
        self._display_name = display
        self._x: XDisplay | None = None
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._workspaces: dict[str, SingleWorkspace] = {}
        self._leaders: dict[int, str] = {}
        self._shown: str | None = None
        self._given = False
        self._waits = False
        self._act = 0
        self._touched = time.monotonic()
        self._watch: tuple[float, int] | None = None
        self._thread = threading.Thread(target=self._run, name="stage", daemon=True)
        self._thread.start()

    def show(self, person: Person) -> None:
        self._act += 1
        act = self._act
        self._do(lambda: self._show(person, act))

    def cover(self) -> None:
        self._act += 1
        self._do(self._cover)

    def end(self, login: str) -> None:
        self._do(lambda: self._end(login))

    def watch_idle(self, seconds: int) -> None:
        watch = (time.monotonic(), seconds) if seconds > 0 else None
        self._do(lambda: setattr(self, "_watch", watch))

    def stop_watching_idle(self) -> None:
        self._do(lambda: setattr(self, "_watch", None))

    def stirred(self) -> None:
        self._touched = time.monotonic()

    def bring(self, login: str, program: int) -> None:
        """There is one program, and it is in front."""

    def leave_bar(self) -> None:
        """The bar never has the keyboard here."""

    def take_bar(self, height: int) -> None:
        """The program has the whole display, and the bar lies over it."""

    def owner_of(self, pid: int) -> str | None:
        from kiosk.stage.single_workspace import owner

        return owner(pid, dict(self._leaders))

    def close(self) -> None:
        if self._thread.is_alive():
            self._jobs.put(None)
            os.eventfd_write(self._wake, 1)
            self._thread.join(10)

    def _do(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)
        with contextlib.suppress(OSError):  # closed: nothing is shown any more
            os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        """Sleeps until a job comes, a program ends, or the earliest moment at which somebody can have been idle."""
        while True:
            self._sleep()
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._wake)
            while not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    self._shut_down()
                    return
                self._safely(job)
            self._safely(self._bury)
            self._safely(self._stay_on_top)

    def _safely(self, job: Callable[[], None]) -> None:
        try:
            job()
        except StageError as error:
            log.error("stage: %s", error)
            self._x = None
            self._audience.failed("DISPLAY")
        except Exception:
            log.exception("the stage failed")
            self._audience.failed("STAGE")

    def _connect(self) -> None:
        """At the first need, so that python-xlib is not imported while the lock screen is waited for."""
        name, self._display_name = self._display_name, None
        if name:
            from kiosk.stage.display import XDisplay

            try:
                self._x = XDisplay(name)
            except StageError as error:
                log.warning("idleness is judged by the agent's own window alone: %s", error)

    def _stay_on_top(self) -> None:
        if self._x is None:
            return
        moved = self._x.stay_on_top()
        if self._shown is not None and (moved.own or moved.others or self._waits):
            self._hand_keyboard(self._shown, again=moved.others)

    def _has_news(self) -> bool:
        """Events that a poll would not tell of; jobs have their turn before they are looked at."""
        try:
            return self._x is not None and self._x.has_news()
        except StageError:
            return False  # the poll sees a broken line, and the next use of it says so

    def _sleep(self) -> None:
        poll = select.poll()
        display = [self._x.fileno()] if self._x is not None else []
        for descriptor in (self._wake, *display, *(w.pidfd for w in self._workspaces.values())):
            poll.register(descriptor, select.POLLIN)
        while True:
            patience = self._milliseconds_to_idle()
            if self._waits:
                patience = NUDGE_MS if patience is None else min(patience, NUDGE_MS)
            if self._has_news() or poll.poll(patience) or self._waits:
                return
            if self._milliseconds_to_idle() == 0:
                self._watch = None
                self._audience.idle()

    def _milliseconds_to_idle(self) -> int | None:
        if self._watch is None:
            return None
        since, seconds = self._watch
        idle = time.monotonic() - max(since, self._touched)
        if idle >= seconds:
            self._connect()
        if idle >= seconds and self._x is not None:
            try:
                idle = min(idle, self._x.idle_seconds())
            except StageError:
                self._x = None  # a display that does not answer is nobody's proof of presence
        return max(0, int((seconds - idle) * 1000) + 1) if idle < seconds else 0

    def _show(self, person: Person, act: int) -> None:
        from kiosk.stage.single_workspace import SingleWorkspace

        self._connect()  # before their program starts: a window that is up before we look is never noticed
        workspace = self._workspaces.get(person.login)
        if self._command and workspace is None:
            try:
                workspace = SingleWorkspace(self._command, person, self._env_for(person.login), self._log_file)
            except StageError as error:
                log.error("stage: %s", error)
                self._audience.failed(FAILED_TO_START)
                return
            self._workspaces[person.login] = workspace
            self._leaders[workspace.leader] = person.login
        if act != self._act:
            return  # covered, or another person, since it was ordered
        self._map(person.login, True)
        self._shown = person.login
        self._hand_keyboard(person.login, again=True)
        self._audience.shown(person.login)

    def _cover(self) -> None:
        login, self._shown = self._shown, None
        self._given = self._waits = False
        if login is not None:
            self._map(login, False)

    def _map(self, login: str, visible: bool) -> None:
        if login in self._workspaces:
            self._connect()
        if self._x is not None and login in self._workspaces:
            self._x.set_visible(self._windows_of(login), visible)

    def _hand_keyboard(self, login: str, *, again: bool) -> None:
        """No window manager does it: the topmost of the person's windows gets the keys. ``again``: perhaps another one.

        Not while the agent's own window lies over it, and not as long as keys are held that were pressed for that one.
        """
        if self._x is None:
            return
        if self._x.covered():
            self._given = self._waits = False
            return
        if not self._given:
            self._x.await_release()
            self._given = again = True
        if not again and not self._waits:
            return
        self._waits = self._x.waits()
        theirs = self._windows_of(login)
        if theirs and not self._waits:
            self._x.focus(theirs[-1])

    def _windows_of(self, login: str) -> list[Any]:
        """Their top-level windows, from the bottom to the top."""
        if self._x is None:
            return []
        return [window for window, pid in self._x.windows() if self.owner_of(pid) == login]

    def _end(self, login: str) -> None:
        workspace = self._workspaces.pop(login, None)
        if workspace is not None:
            workspace.end()
            del self._leaders[workspace.leader]

    def _bury(self) -> None:
        """Forget programs that ended by themselves; say so if one was to be seen."""
        for login in [login for login, workspace in self._workspaces.items() if not workspace.running]:
            self._end(login)
            if self._shown == login:
                self._shown = None
                self._audience.failed(ENDED)

    def _shut_down(self) -> None:
        for login in list(self._workspaces):
            self._end(login)
        if self._x is not None:
            self._x.close()
        os.close(self._wake)
