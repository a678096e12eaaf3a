"""The soak's shift: four people who stay, two who only pass by, a tap every two seconds, now and then a step-up."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator

from kiosk.demo.hospital import answer_of
from kiosk.demo.processes import ChildFailedError
from kiosk.simulator.simulated_card import SimulatedCard
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.staging import ROOT
from tests.fakes.three_windows import COLOURS
from tests.fakes.workplace import Workplace

BETWEEN = 2.0
"""Seconds from one tap to the next."""
WINDOWS = ROOT / "tests/fakes/three_windows.py"
PROGRAM = ("/bin/sh", "-c", f'exec "{sys.executable}" "{WINDOWS}" "${{KIOSK_LOGIN%%[0-9]*}}"')
"""Logins in a ward end in a number, which is no part of the colour's name."""
REGULARS = ("Ada Lovelace", "Ben Nevis", "Cleo Patras", "Dan Ube")
PASSING = ("Eve Ning", "Fay Ence")
MAX_WORKSPACES = len(REGULARS) + 1
"""Workspaces at once: whoever passes by takes the place of the one before, so that some begin and end all along."""
STEP_UP = {"action": "record.export", "resource": "Ward/7", "records": 3, "purpose": "transfer of care"}


class Shift:
    """``taps`` so far; ``slowest``: seconds from a tap to the picture of whoever tapped, pcscd's poll included."""

    def __init__(self, ward: Ward, place: Workplace) -> None:
        self._ward, self._place = ward, place
        self._regulars = [ward.hire(name, key=index == 0) for index, name in enumerate(REGULARS)]
        self._passing = itertools.cycle([ward.hire(name) for name in PASSING])
        self._grid = time.monotonic()
        self.taps = 0
        self.step_ups = 0
        self.waits: list[float] = []

    def first_day(self) -> None:
        """Everybody's second factor once; from then on a tap alone opens."""
        for who in [*self._regulars, next(self._passing), next(self._passing)]:
            self._place.sign_in(who)
            self._seen(who)
            self._place.lock()

    def rounds(self) -> Iterator[int]:
        """Each is twenty taps or so, begins and ends locked; its number when it is over. Raises
        ``ChildFailedError``."""
        for number in itertools.count(1):
            ada, *others = self._regulars
            self._in(ada)
            for who in (*others, ada, *others):
                self._in(who)  # over, without a lock between
            self._again(others[-1])
            self._out(others[-1])
            self._in(next(self._passing))
            if number % 2:
                self._in(ada)
                self._step_up(ada, granted=number % 4 == 1)
                self._out(ada)
            else:
                self._place.lock()
            self._in(others[0])
            self._again(others[0])
            self._out(others[0])
            yield number

    def _in(self, who: Colleague) -> None:
        begun = self._tap(who.badge, "active", login=who.login)
        self._seen(who)
        self.waits.append(time.monotonic() - begun)

    def _again(self, who: Colleague) -> None:
        """Too soon to mean leaving: they are told that they are signed in."""
        self._wait_for_the_beat()
        self._place.brush(who.badge)
        self.taps += 1
        self._place.wait("active", login=who.login)

    def _out(self, who: Colleague) -> None:
        self._tap(who.badge, "locked")
        self._place.covered(self._colour(who))

    def _step_up(self, who: Colleague, granted: bool) -> None:
        self.step_ups += 1
        program = self._place.ask(STEP_UP)
        self._place.asked(who.login)
        if granted:
            self._place.enter(KEY_PIN)
            self._tap(who.own_key, "active", login=who.login)
        else:
            self._place.press("Escape")
            self._place.wait("active", login=who.login)
        decision = answer_of(program)[1].get("decision")
        if (decision == "granted") != granted:
            raise ChildFailedError(f"The step-up ended with {decision}.")

    def _tap(self, card: SimulatedCard, *states: str, login: str | None = None) -> float:
        """At the next beat; when the card was laid down."""
        self._wait_for_the_beat()
        begun = time.monotonic()
        self._place.tap(card, *states, login=login)
        self.taps += 1
        return begun

    def _wait_for_the_beat(self) -> None:
        self._grid = max(self._grid + BETWEEN, time.monotonic())
        time.sleep(max(0.0, self._grid - time.monotonic()))  # a tap every two seconds is what is measured

    def _seen(self, who: Colleague) -> None:
        end = time.monotonic() + 10
        while not self._place.shows(self._colour(who)):
            if time.monotonic() > end:
                raise ChildFailedError(f"{who.login}'s workspace was not to be seen.")
            time.sleep(0.01)  # asked again

    @staticmethod
    def _colour(who: Colleague) -> int:
        return COLOURS[who.login.rstrip("0123456789")]
