"""The stage: from command to a changed pixel that another client of the X server sees, and what a workspace weighs.

With 2, 4 and 6 people of three windows each on 2560 × 1024. The looking client asks for one pixel 2,000 times a second;
so each figure is too long by at most half a millisecond. Asked without a pause, client and server would take both cores
of a small machine from those who are measured.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from kiosk.stage import protocol as p
from kiosk.stage.windows import GROUND
from tests.benchmarks.rest import pss_mib
from tests.benchmarks.table import Row, at_most, load_now, p95
from tests.fakes.process_table import family
from tests.fakes.staging import LOCKED, ROOT, Staging
from tests.fakes.visible_display import Glass, xvfb

PEOPLE = ("ada", "ben", "cleo", "dan", "eve", "fay")
ROUNDS = 60
AT = (1280, 512)
LOOK_EVERY = 0.0004
WINDOWS = str(ROOT / "tests/fakes/three_windows.py")

NOTHING: tuple[int, int, int] = (GROUND >> 16, GROUND >> 8 & 0xFF, GROUND & 0xFF)
"""What is seen of a workspace before there is a window."""


def measure(work: Path) -> Iterator[Row]:
    with xvfb(2560, 1024) as name:
        glass = Glass(name)
        yield at_most("one look at one pixel (part of each figure below)", _a_look(glass), "ms", 1.0)
        with Staging(glass, [[sys.executable, WINDOWS, "{login}"]]) as stage:
            stage.greet()
            yield from _crowds(stage)
        glass.close()
    yield load_now("stage")


def _crowds(stage: Staging) -> Iterator[Row]:
    colours: dict[int, tuple[int, int, int]] = {}
    weights: list[float] = []
    switches: list[float] = []
    firsts: list[float] = []
    for number, login in enumerate(PEOPLE, 1):
        time.sleep(1.5)  # the spare is made, the newest programs have settled
        begun = time.perf_counter()
        colours[number] = _arrive(stage, number, login)
        firsts.append(time.perf_counter() - begun)
        if number in (2, 4, 6):
            time.sleep(1.5)  # what was ended is gone
            rows, switch = _times(stage, colours)
            yield from rows
            switches.append(switch)
            weights.append(_weight(stage, number))
    yield at_most("switch, median, 6 people against 2", switches[-1] / switches[0], "×", 1.3, target="flat: ≤ 1.3 ×")
    yield at_most("first workspace of a person painted by their programs, slowest of 6", max(firsts), "s", 1)
    yield at_most("memory a workspace beyond its programs (PSS), 6 people", weights[-1], "MiB", 45, weights[0])
    grown = weights[-1] / weights[0]
    yield at_most("memory a workspace, 6 people against 2", grown, "×", 1.1, target="flat: ≤ 1.1 ×")
    assert stage.process is not None
    yield at_most("the stage process, 6 people (PSS)", pss_mib(stage.process.pid), "MiB", 12)


def _arrive(stage: Staging, number: int, login: str) -> tuple[int, int, int]:
    """The colour in the middle of a new workspace, once it stays the same."""
    stage.lock()
    stage.open(number, login)
    deadline = time.monotonic() + 20
    while (seen := stage.glass.pixel(*AT)) in (LOCKED, NOTHING):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{login}'s windows did not come")
        time.sleep(0.005)  # asked again
    return seen


def _times(stage: Staging, colours: dict[int, tuple[int, int, int]]) -> tuple[list[Row], float]:
    """The rows of so many people, and the median of a switch in milliseconds."""
    locks, unlocks, switches = [], [], []
    numbers = sorted(colours)
    for turn in range(ROUNDS):
        number, other = numbers[turn % len(numbers)], numbers[(turn + 1) % len(numbers)]
        unlocks.append(_until(stage, p.Show(number), colours[number]))
        switches.append(_until(stage, p.Show(other), colours[other]))
        locks.append(_until(stage, p.Lock(), LOCKED))
    people = f"{len(colours)} people of 3 windows"
    rows = [
        at_most(f"lock, {people}, command to pixel, p95", p95(locks), "ms", 5),
        at_most(f"switch, {people}, command to pixel, p95", p95(switches), "ms", 10),
        at_most(f"unlock, {people}, command to pixel, p95", p95(unlocks), "ms", 10),
    ]
    return rows, statistics.median(switches)


def _until(stage: Staging, order: p.Order, colour: tuple[int, int, int]) -> float:
    """Milliseconds from the order to the first look that shows ``colour``."""
    time.sleep(0.03)  # one switch is not measured in the wake of another
    begun = time.perf_counter()
    stage.say(order)
    while stage.glass.pixel(*AT) != colour:
        if time.perf_counter() - begun > 5:
            raise TimeoutError(f"{order} was not seen")
        time.sleep(LOOK_EVERY)  # asked again
    taken = (time.perf_counter() - begun) * 1000
    if isinstance(order, p.Show):
        stage.hear(p.Shown)
    return taken


def _a_look(glass: Glass) -> float:
    begun = time.perf_counter()
    for _ in range(200):
        glass.pixel(*AT)
    return (time.perf_counter() - begun) / 200 * 1000


def _weight(stage: Staging, people: int) -> float:
    """MiB a workspace, of everything under the stage but the agent, the persons' programs and the spare."""
    assert stage.process is not None
    total, servers = 0.0, 0
    for pid in family(stage.process.pid):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if WINDOWS.encode() in words or b"puppet_agent" in b" ".join(words):
                continue
            servers += words[0] == b"Xephyr"
            total += pss_mib(pid)
        except OSError:
            continue  # ended while we looked
    return total / max(servers, people)
