"""The small interface between the agent and whatever owns the display.

A stage starts covered. It never decides: it is told to show, cover and end, and says what came of it through its
``Audience``, from its own thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kiosk.model.people import Person
from kiosk.model.programs import Running


class StageError(Exception):
    """The stage cannot be set up here; the message is a sentence."""


def _nobody(*_: object) -> None:
    """No such thing happens with this stage."""


def _close(_login: str, *held: int) -> None:
    """Nobody wants them."""
    for descriptor in held:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears what happened; each is called from the stage's thread and must not block.

    ``shown(login)``: that workspace is to be seen now. ``failed(detail)``: it could not be shown or died while shown;
    a short code for the help desk. ``idle()``: nobody touched anything for the time asked for. ``locked(reason)``: the
    stage covered everything by its own will: ``monitors``, ``idle``, ``suspend``, ``ordered``; or nothing is left to
    be seen, because ``programs`` ended by themselves or by a ``limit_…``. ``gone(login)``: that workspace is no more,
    seen or not. ``ended(login, limit)``: they open a new one because a limit ended the one that they had.

    ``programs(login, running)``: how they stand in the workspace that is shown. ``reached()``: the key that leads to
    the bar was pressed, and the bar has the keyboard; ``left()``: somebody touched the workspace instead.

    ``door(login, listener, asking)``: the doorbell for web pages on the loopback of that workspace's own network, two
    descriptors that are the hearer's to close: the socket, and the kernel's word on that network (sock_diag(7)).
    ``network(login, leads)``: what that workspace's programs may reach they reach, or no longer.
    """

    shown: Callable[[str], None]
    failed: Callable[[str], None]
    idle: Callable[[], None]
    locked: Callable[[str], None]
    gone: Callable[[str], None]
    ended: Callable[[str, str], None]
    programs: Callable[[str, tuple[Running, ...]], None] = _nobody
    reached: Callable[[], None] = _nobody
    left: Callable[[], None] = _nobody
    door: Callable[[str, int, int], None] = _close
    network: Callable[[str, bool], None] = _nobody


class Stage(Protocol):
    """Every call returns at once and may come from any thread."""

    def show(self, person: Person) -> None:
        """Show the person's workspace, started if it is not there. → ``shown`` or ``failed``"""

    def cover(self) -> None:
        """Nothing of any workspace is to be seen from now on; a ``show`` under way is void."""

    def end(self, login: str) -> None:
        """End that person's programs for good."""

    def watch_idle(self, seconds: int) -> None:
        """→ ``idle`` once, after ``seconds`` without input, counted from now at the earliest."""

    def stop_watching_idle(self) -> None:
        """No ``idle`` until asked again."""

    def stirred(self) -> None:
        """Somebody touched something that the stage cannot see by itself."""

    def owner_of(self, pid: int) -> str | None:
        """The login in whose workspace process ``pid`` runs; None for one of the station itself."""

    def bring(self, login: str, program: int) -> None:
        """That program of theirs (its place among ``Running``) to the front; started again if it has ended."""

    def leave_bar(self) -> None:
        """The bar has done with the keyboard."""

    def take_bar(self, height: int) -> None:
        """How high the bar is, in pixels: workspaces begin below it."""

    def close(self) -> None:
        """End every workspace."""
