"""A real station under the stage: from a colleague's tap to their work in pixels, and from a fault to a working lock.

pcscd, service (TLS, SQLite, durable audit), stage and agent as on a ward, four people of three windows each on two
monitors of 1280 × 1024. A tap counts from the moment at which the agent's reader thread woke (its trace); their work is
painted when another client of the X server sees its colour in the middle, asked 2,000 times a second. A lock screen
works when it is painted, its readers are watched and ``kiosk status`` answers that it is locked.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from kiosk.agent.trace import VARIABLE
from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.processes import ChildFailedError, until
from tests.benchmarks.table import Row, at_most, load_now, p95
from tests.benchmarks.traced import Traced
from tests.fakes.blocked import BlockedThread
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.process_table import family, parent, resting, words
from tests.fakes.staged import agent_of, stage_of
from tests.fakes.three_windows import COLOURS
from tests.fakes.visible_display import Glass
from tests.fakes.workplace import Workplace
from tests.soak.shift import PROGRAM, REGULARS

SIZE, MONITOR = (2560, 1024), (1280, 1024)
AT = (1280, 512)
LOOK_EVERY = 0.0004
TAPS = 40
REST = "workspace_rest = 1\n"
FAULTS = 3
"""Of each kind. A stage that has just begun starts its agent without delay, so each fault is the first in its life."""


def measure(work: Path) -> Iterator[Row]:
    with VirtualCardService(readers=4) as cards:
        ward = Ward(work, cards=cards)
        try:
            ward.start()
            place = ward.workplace("staged", "Bench", 0, nested=PROGRAM, readable=[], size=SIZE, settings=REST)
            place.screen.monitors(MONITOR, MONITOR)
            place.station.env = {**place.station.env, VARIABLE: str(work / "trace")}
            place.station.start()
            place.wait("locked", service="online")
            yield from _taps(ward, place, Traced(work / "trace"))
            yield from _faults(place)
        finally:
            ward.stop()
    yield load_now("stage_station")


def _taps(ward: Ward, place: Workplace, trace: Traced) -> Iterator[Row]:
    people = [ward.hire(name) for name in REGULARS]
    glass = Glass(place.screen.display)
    for who in people:
        place.lock()
        place.sign_in(who)
        _painted(glass, who)
    for all_rest in (False, True):
        taken = []
        for count in range(TAPS):
            who = people[count % len(people)]
            if all_rest:
                until("their programs to rest", lambda: resting(_first(place, who)))  # noqa: B023 # asked at once
            trace.since = time.monotonic()
            with place.lay(who.badge):
                painted = _painted(glass, who)
                taken.append((painted - trace.first("Tap")) * 1000)
                place.wait("active", login=who.login)
        at = ", whose programs had been stopped" if all_rest else ""
        name = f"tap-over: card event to the other's workspace{at} painted, service included, p95"
        yield at_most(name, p95(taken), "ms", 200)
    place.lock()
    glass.close()


def _first(place: Workplace, who: Colleague) -> int:
    """The first process inside of their workspace."""
    everybody = {pid: words(pid) for pid in family(stage_of(place))}
    outer = next(pid for pid, line in everybody.items() if f"--chdir /home/{who.login} " in line)
    return min(pid for pid in family(outer) if parent(pid) == outer)


def _painted(glass: Glass, who: Colleague) -> float:
    """The moment at which their colour was first seen."""
    colour = tuple(COLOURS[who.login.rstrip("0123456789")].to_bytes(3, "big"))
    end = time.monotonic() + 20
    while glass.pixel(*AT) != colour:
        if time.monotonic() > end:
            raise ChildFailedError(f"{who.login}'s work was not seen.")
        time.sleep(LOOK_EVERY)  # asked again
    return time.monotonic()


def _faults(place: Workplace) -> Iterator[Row]:
    kinds: dict[str, Callable[[Workplace], float]] = {
        "agent killed": _agent_killed,
        "ui thread hung (2 s of silence)": _agent_hung,
        "stage killed": _stage_killed,
    }
    for name, fault in kinds.items():
        taken = []
        for _ in range(FAULTS):
            _stage_killed(place)
            taken.append(fault(place))
        yield at_most(f"{name}: to a working lock screen, slowest of {FAULTS}", max(taken), "s", 3)


def _agent_killed(place: Workplace) -> float:
    begun, before = time.monotonic(), agent_of(place)
    os.kill(before, signal.SIGKILL)
    return _working(place, before) - begun


def _agent_hung(place: Workplace) -> float:
    begun, before = time.monotonic(), agent_of(place)
    with BlockedThread(before):
        until("its end", lambda: not Path(f"/proc/{before}").exists())
    return _working(place, before) - begun


def _stage_killed(place: Workplace) -> float:
    before = agent_of(place)
    begun = time.monotonic()
    os.kill(stage_of(place), signal.SIGKILL)
    return _working(place, before) - begun


def _working(place: Workplace, before: int) -> float:
    """When the agent that follows ``before`` says so."""
    until("the agent before to end", lambda: not Path(f"/proc/{before}").exists())
    until("a working lock screen", lambda: place.status().get("state") in ("locked", "downtime"), 20, 0.01)
    return time.monotonic()
