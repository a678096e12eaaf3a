"""Whatever dies or hangs, at whatever moment: nobody sees what is not theirs, and what should live on does.

The stage process itself on two monitors of different size, with an agent that does what the test says. A watcher, who
is another client of the X server, reads 7 rows of pixels over both monitors, a point every 64, some hundreds of times a
second (how often is part of every message; fewer than 20 looks are no proof), and counts every mapping of a workspace's
window, of which the server tells each. The same faults with the real agent: ``test_faults_of_a_station.py``.

``switching`` is made certain: the nested server of the person who comes is stopped (SIGSTOP), the agent's ``SHOW`` is
obeyed, and as long as that server is stopped nothing of theirs can be painted; then the fault, then it goes on.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Literal

import pytest

from kiosk.stage import protocol as p
from tests.fakes.painter import COLOURS
from tests.fakes.process_table import alive, family, only, until
from tests.fakes.staging import LOCKED, Staging
from tests.fakes.visible_display import Glass, two_monitors
from tests.fakes.watcher import MIN_LOOKS, Colour, Watcher

pytestmark = pytest.mark.display
ADA, BEN = 1, 2
NUMBERS, LOGINS = {"ada": ADA, "ben": BEN}, {ADA: "ada", BEN: "ben"}
Moment = Literal["locked", "active", "switching"]


def colour(login: str) -> Colour:
    red, green, blue = COLOURS[login].to_bytes(3, "big")
    return red, green, blue


RED, GREEN = colour("ada"), colour("ben")


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with two_monitors() as both:
        yield both


@pytest.fixture
def stage(glass: Glass) -> Iterator[Staging]:
    """Ada and Ben have been here; nobody is now."""
    with Staging(glass) as staging:
        staging.greet()
        for number, login in ((ADA, "ada"), (BEN, "ben")):
            staging.open(number, login)
            sees(staging, colour(login))
        staging.lock()
        sees(staging, LOCKED)
        yield staging


class Scene:
    """``moment``: nobody is to be seen (locked); Ada works (active); Ben was shown over them (switching), see above."""

    def __init__(self, stage: Staging, watcher: Watcher, moment: Moment) -> None:
        self.stage, self.watcher, self.moment = stage, watcher, moment
        self.person, self.other = (ADA, BEN) if moment == "active" else (BEN, ADA)
        if moment != "locked":
            self.show(ADA)
            sees(stage, RED)
        self._stopped = self.server(BEN) if moment == "switching" else 0
        if moment == "switching":
            os.kill(self._stopped, signal.SIGSTOP)
            self.show(BEN)
            sees(stage, LOCKED)
        watcher.look()
        self.since = time.monotonic()
        self.maps = watcher.maps

    def show(self, number: int) -> None:
        """Until the watcher has seen the mapping, too."""
        before = self.watcher.maps
        self.stage.show(number)
        until("its window to be mapped", lambda: self.watcher.maps > before)

    def server(self, number: int) -> int:
        """The process of that person's nested server."""
        return self.stage.server(LOGINS[number])

    def inside(self, name: str) -> int:
        """The one process whose name begins so, of the workspace that is to be seen, or was last."""
        first = self.stage.first[LOGINS[self.person]]
        return until(f"one {name}", lambda: only([pid for pid, comm in family(first).items() if comm.startswith(name)]))

    def everybody(self) -> list[int]:
        """The stage's processes but the agent."""
        assert self.stage.process is not None
        return [pid for pid in family(self.stage.process.pid) if pid != self.stage.agent]

    def go_on(self) -> None:
        """What was stopped runs again, and would paint now if it could."""
        if self._stopped and alive(self._stopped):
            os.kill(self._stopped, signal.SIGCONT)

    def nobody_is_seen(self) -> None:
        """From the fault on; of Ada, who may have been looked at when it came, once they were gone."""
        sees(self.stage, LOCKED)
        self.go_on()
        self.watcher.look_on(2 * MIN_LOOKS)
        self.watcher.look_away()
        if self.moment == "active":
            self.watcher.gone_for_good(RED, since=self.since)
            self.watcher.never(GREEN, since=self.since)
        else:
            self.watcher.never(RED, GREEN, since=self.since)
        assert self.watcher.maps == self.maps, "a workspace was mapped"

    def only(self, wanted: Colour) -> None:
        """The work of whoever is to be seen goes on, and nobody else was seen from the fault on."""
        self.go_on()
        sees(self.stage, wanted)
        self.watcher.look_on(2 * MIN_LOOKS)
        self.watcher.look_away()
        self.watcher.never(*{RED, GREEN} - {wanted}, since=self.since)

    def kept(self, *logins: str) -> None:
        """The next agent finds those workspaces and no other, each as it was left."""
        self.stage.greet()
        assert sorted(self.stage.hear(p.Have).login for _ in logins) == sorted(logins)
        self.each(*logins)

    def each(self, *logins: str) -> None:
        """Those can be shown, and locked away again."""
        self.stage.lock()
        sees(self.stage, LOCKED)
        for login in logins:
            self.show(NUMBERS[login])
            sees(self.stage, colour(login))
        self.stage.lock()
        sees(self.stage, LOCKED)


@pytest.fixture(params=["locked", "active", "switching"])
def scene(request: pytest.FixtureRequest, stage: Staging) -> Iterator[Scene]:
    with Watcher(stage.glass.name) as watcher:
        yield Scene(stage, watcher, request.param)


def sees(stage: Staging, wanted: Colour) -> None:
    """On both monitors, from edge to edge; above workspaces the shield is seen where the agent's bar would be."""

    def seen() -> bool:
        rows = stage.glass.rows()
        return wanted in rows and rows <= {wanted, LOCKED}

    until(f"{wanted}", seen)


def test_the_agent_is_killed(scene: Scene) -> None:
    os.kill(scene.stage.agent, signal.SIGKILL)
    scene.stage.accept()
    scene.nobody_is_seen()
    scene.kept("ada", "ben")


def test_the_thread_that_decides_hangs(scene: Scene) -> None:
    """No beat comes any more, though the agent's process and its line are there."""
    before = scene.stage.agent
    scene.stage.silence()
    scene.stage.accept()
    assert scene.stage.agent != before
    until("the one that hangs to be given up", lambda: not alive(before))
    scene.nobody_is_seen()
    scene.kept("ada", "ben")


def test_the_stage_is_killed(scene: Scene) -> None:
    """Its workspaces end with it, and the next one begins locked."""
    everybody = scene.everybody()
    scene.stage.kill()
    assert scene.stage.process is not None
    scene.stage.process.wait()
    until("nobody left", lambda: not [pid for pid in everybody if alive(pid)])
    scene.stage.start()
    scene.nobody_is_seen()
    scene.kept()
    scene.stage.open(ADA, "ada")
    sees(scene.stage, RED)


def test_the_server_of_whoever_is_to_be_seen_is_killed(scene: Scene) -> None:
    """Only they lose what they had open."""
    os.kill(scene.server(scene.person), signal.SIGKILL)
    assert scene.stage.hear(p.Gone) == p.Gone(scene.person, "SERVER")
    scene.nobody_is_seen()
    scene.each(LOGINS[scene.other])


def test_the_server_of_somebody_hidden_is_killed(scene: Scene) -> None:
    os.kill(scene.server(scene.other), signal.SIGKILL)
    assert scene.stage.hear(p.Gone) == p.Gone(scene.other, "SERVER")
    if scene.moment == "locked":
        scene.nobody_is_seen()
    else:
        scene.only(colour(LOGINS[scene.person]))
    scene.each(LOGINS[scene.person])


def test_a_window_manager_is_killed(scene: Scene) -> None:
    before = scene.inside("openbox")
    os.kill(before, signal.SIGKILL)
    if scene.moment == "locked":
        scene.nobody_is_seen()
    else:
        scene.only(colour(LOGINS[scene.person]))
    until("another one", lambda: scene.inside("openbox") != before)
    scene.each("ada", "ben")


def test_the_last_program_is_killed(scene: Scene) -> None:
    """The workspace ends with it, and nobody else's does."""
    os.kill(scene.inside("python"), signal.SIGKILL)
    assert scene.stage.hear(p.Gone) == p.Gone(scene.person, "PROGRAMS")
    scene.nobody_is_seen()
    scene.each(LOGINS[scene.other])
