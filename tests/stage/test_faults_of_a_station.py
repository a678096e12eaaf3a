"""Whatever dies or hangs at a real station, whatever moment: nobody sees what is not theirs, and the lock comes back.

``kiosk stage run`` on two monitors of different size, with the real agent, service and card service. What is watched,
how, and how ``switching`` is made certain: see ``test_faults.py``; here Ben's tap gives the order to show him. How long
it takes until the lock screen works again is a row of the bench, not asserted here.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Literal

import pytest

from tests.fakes.blocked import BlockedThread
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.process_table import alive, until
from tests.fakes.staged import Staged, colour
from tests.fakes.visible_display import Glass
from tests.fakes.watcher import MIN_LOOKS, Colour, Watcher

pytestmark = [pytest.mark.display, pytest.mark.pcsc]
Moment = Literal["locked", "active", "switching"]


class Scene:
    """``moment``: both have work here, and nobody is to be seen (locked), Ada works (active), or Ben, who has tapped
    over them, has been shown and not a pixel of his painted (switching)."""

    def __init__(self, staged: Staged, ada: Colleague, ben: Colleague, watcher: Watcher, moment: Moment) -> None:
        self.staged, self.place, self.ada, self.ben = staged, staged.place, ada, ben
        self.watcher, self.moment = watcher, moment
        self._glass = Glass(self.place.screen.display)
        self.works: dict[str, list[int]] = {}
        self.since, self.maps, self._stopped = 0.0, 0, 0

    def begin(self) -> None:
        for who in (self.ben, self.ada):
            if self.moment != "locked" or not self.staged.programs(who):
                self.place.lock()
                self._signs_in(who)
        self.works = {who.login: self.staged.programs(who) for who in (self.ada, self.ben)}
        if self.moment == "locked":
            self.place.lock()
            self._until_nobody()
        elif self.moment == "switching":
            self._stopped = self.staged.server(self.ben)
            os.kill(self._stopped, signal.SIGSTOP)
            before = self.watcher.maps
            self.place.tap(self.ben.badge, "active", login=self.ben.login)
            until("his window to be mapped", lambda: self.watcher.maps > before)
            self._until_nobody()
        self.watcher.look()
        self.since, self.maps = time.monotonic(), self.watcher.maps

    def close(self) -> None:
        self.go_on()
        self._glass.close()

    def _signs_in(self, who: Colleague) -> None:
        """Once the service is heard again: before that, an agent that has just started may refuse a tap."""
        self.place.wait("locked", service="online")
        self.place.sign_in(who)
        self.until_seen(who)

    def until_seen(self, who: Colleague) -> None:
        until(f"{who.login}'s work", lambda: rgb(who) in self._glass.rows())

    def _until_nobody(self) -> None:
        until("nothing of anybody", lambda: not self._glass.rows() & {rgb(self.ada), rgb(self.ben)})

    def on_both_monitors(self) -> set[Colour]:
        """A point of each quarter of each; beside the shorter one the display has pixels that nobody sees."""
        return {self._glass.pixel(x, y) for x in (320, 960, 1760, 2720) for y in (256, 768)}

    def go_on(self) -> None:
        """What was stopped runs again, and would paint now if it could."""
        if self._stopped and alive(self._stopped):
            os.kill(self._stopped, signal.SIGCONT)

    def locks_and_comes_back(self) -> None:
        """From the fault on nobody is seen; of Ada, who may have been looked at when it came, once they were gone."""
        until("no workspace's window to be mapped", lambda: not self.watcher.mapped)
        self.go_on()
        self.place.wait("locked", service="online", card_service="ok")
        self.watcher.look_on(2 * MIN_LOOKS)
        self.watcher.look_away()
        if self.moment == "active":
            self.watcher.gone_for_good(rgb(self.ada), since=self.since)
            self.watcher.never(rgb(self.ben), since=self.since)
        else:
            self.watcher.never(rgb(self.ada), rgb(self.ben), since=self.since)
        assert self.watcher.maps == self.maps, "a workspace was mapped"

    def stays(self) -> None:
        """The right person's work, if anybody's, and nobody else's was seen from the fault on."""
        right = {"locked": None, "active": self.ada, "switching": self.ben}[self.moment]
        self.go_on()
        if right is not None:
            self.until_seen(right)
        self.watcher.look_on(2 * MIN_LOOKS)
        self.watcher.look_away()
        self.watcher.never(*{rgb(who) for who in (self.ada, self.ben) if who is not right}, since=self.since)
        assert self.place.status()["person"] == (right.login if right else None)

    def works_again(self, *, kept: bool) -> None:
        """Ada signs in; ``kept``: to what they left, as it is for Ben, else to a new workspace."""
        self.place.lock()
        self._signs_in(self.ada)
        for who in (self.ada, self.ben):
            assert (self.staged.programs(who) == self.works[who.login]) is kept, who.login


def rgb(who: Colleague) -> Colour:
    red, green, blue = colour(who).to_bytes(3, "big")
    return red, green, blue


@pytest.fixture(params=["locked", "active", "switching"])
def scene(request: pytest.FixtureRequest, staged: Staged, ada: Colleague, ben: Colleague) -> Iterator[Scene]:
    with Watcher(staged.place.screen.display) as watcher:
        scene = Scene(staged, ada, ben, watcher, request.param)
        try:
            scene.begin()
            yield scene
        finally:
            scene.close()


def test_the_agent_is_killed(scene: Scene) -> None:
    os.kill(scene.staged.agent(), signal.SIGKILL)
    scene.locks_and_comes_back()
    scene.works_again(kept=True)


def test_the_ui_thread_hangs(scene: Scene) -> None:
    """That one thread alone: the doorbell, the card watcher and the line to the service go on."""
    agent = scene.staged.agent()
    with BlockedThread(agent):
        until("its end", lambda: not alive(agent))
    scene.locks_and_comes_back()
    scene.works_again(kept=True)


def test_the_stage_is_killed(scene: Scene) -> None:
    agent = scene.staged.agent()
    os.kill(scene.staged.stage(), signal.SIGKILL)
    until("its agent's end", lambda: not alive(agent))
    scene.locks_and_comes_back()
    scene.works_again(kept=False)


def test_the_stage_hangs(scene: Scene) -> None:
    """The agent covers both monitors while it waits for it, and then ends it."""
    agent, stage = scene.staged.agent(), scene.staged.stage()
    os.kill(stage, signal.SIGSTOP)
    if scene.moment == "active":
        until("both monitors covered", lambda: rgb(scene.ada) not in scene.on_both_monitors())
        assert alive(stage)
    until("its end", lambda: not alive(stage))
    until("its agent's end", lambda: not alive(agent))
    scene.locks_and_comes_back()
    scene.works_again(kept=False)


def test_a_stage_that_hung_for_a_moment_costs_a_tap(scene: Scene) -> None:
    """It obeys what it was told meanwhile: to lock."""
    stage = scene.staged.stage()
    os.kill(stage, signal.SIGSTOP)
    if scene.moment != "locked":
        scene.place.wait("locked")
        until("covered", lambda: not scene.on_both_monitors() & {rgb(scene.ada), rgb(scene.ben)})
    os.kill(stage, signal.SIGCONT)
    scene.locks_and_comes_back()
    scene.works_again(kept=True)


@pytest.mark.parametrize("scene", ["active"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_nested_server_fails_while_its_person_works(scene: Scene, number: signal.Signals) -> None:
    """They find the lock screen, and can begin anew; Ben's work waits for him."""
    os.kill(scene.staged.server(scene.ada), number)
    scene.locks_and_comes_back()
    scene.place.sign_in(scene.ada)
    scene.until_seen(scene.ada)
    assert scene.staged.programs(scene.ada) != scene.works[scene.ada.login]
    assert scene.staged.programs(scene.ben) == scene.works[scene.ben.login]


def test_the_card_service_is_killed(scene: Scene, ward: Ward) -> None:
    """What is open stays open, to the one whose it is; taps work again once it is back."""
    ward.cards.kill9()
    scene.place.wait("locked", "active", card_service="stopped")
    scene.stays()
    ward.cards.start()
    scene.place.wait("locked", "active", card_service="ok")
    scene.works_again(kept=True)


def test_the_service_is_killed(scene: Scene, ward: Ward) -> None:
    assert ward.service is not None
    ward.service.kill()
    scene.place.wait("downtime" if scene.moment == "locked" else "active", service="unreachable")
    scene.stays()
    ward.start_service()
    scene.place.wait("locked", "active", service="online")
    scene.works_again(kept=True)
