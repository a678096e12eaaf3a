"""A browser in a workspace against the same browser directly on the display; and what hidden people cost.

Chromium shows a page that scrolls, and one whose every frame is another picture (a film), on 1280 × 1024, turn and turn
about, so that both see the same machine. The page says how many frames it painted. The processor's time is that of
everything that had a part in it: browser, nested server, stage, window manager and the display itself.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.rest import cpu_seconds
from tests.benchmarks.table import Row, at_least, at_most, load_now
from tests.fakes.page import Page, browser, served
from tests.fakes.process_table import family, only, resting, until
from tests.fakes.staging import Staging
from tests.fakes.visible_display import Glass, xvfb

SIZE = (1280, 1024)
BAR = 56
SOMEBODY = 54_321
"""Who runs the browser that is directly on the display: with its own sandbox on, as in a workspace."""
ROUNDS = 3
SETTLE, LOOK = 3.0, 8.0
HIDDEN_LOOK = 10.0
Taken = tuple[float, float]
"""Frames a second, and cores."""


def measure(work: Path) -> Iterator[Row]:
    if shutil.which("chromium") is None:
        return
    with served() as page:
        for kind, name in (("scrolls", "a scrolling page"), ("moves", "a film")):
            pairs = [(_on_the_display(page, kind), _in_a_workspace(page, kind)) for _ in range(ROUNDS)]
            yield from _rows(name, pairs)
        yield from _hidden(page)
    yield load_now("stage_browser")


def _rows(name: str, pairs: list[tuple[Taken, Taken]]) -> Iterator[Row]:
    """Medians; and of the pairs' ratios, what is expected."""
    direct, inside = (
        tuple(statistics.median(values) for values in zip(*side, strict=True)) for side in zip(*pairs, strict=True)
    )
    frames = statistics.median(within[0] / alone[0] for alone, within in pairs)
    cores = statistics.median(within[1] / alone[1] for alone, within in pairs)
    yield at_least(f"{name} in Chromium: frames in a workspace, against directly", inside[0], "/s", 0, direct[0])
    yield at_least(f"{name}: median of {ROUNDS} pairs, frames", frames, "×", 0.95)
    yield at_most(f"{name} in Chromium: processor, all that has a part in it", inside[1], "cores", 9, direct[1], "none")
    yield at_most(f"{name}: median of {ROUNDS} pairs, processor", cores, "×", 1.3)


def _on_the_display(page: Page, kind: str) -> Taken:
    with xvfb(*SIZE) as name, tempfile.TemporaryDirectory(prefix="kiosk-bench-") as home:
        os.chown(home, SOMEBODY, SOMEBODY)
        who = [] if os.getuid() else ["setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups", "--"]
        words = [*who, *browser(page.address(kind), f"{home}/profile"), f"--window-size={SIZE[0]},{SIZE[1] - BAR}"]
        env = {"PATH": "/usr/bin:/bin", "HOME": home, "DISPLAY": name, "XDG_RUNTIME_DIR": home}
        child = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return _taken(page, lambda: [child.pid, *family(child.pid), _display(name)])
        finally:
            child.terminate()
            child.wait(10)


def _in_a_workspace(page: Page, kind: str) -> Taken:
    with _staged([browser(page.address(kind), "{home}/profile")]) as stage:
        stage.open(1, "ada")
        assert stage.process is not None
        first = stage.process.pid
        return _taken(page, lambda: [first, *family(first), _display(stage.glass.name)])


@contextmanager
def _staged(programs: list[list[str]], rest: int = 0) -> Iterator[Staging]:
    with xvfb(*SIZE) as name:
        glass = Glass(name)
        with Staging(glass, programs, network=1, rest=rest) as stage:
            stage.greet()
            yield stage
        glass.close()


def _display(name: str) -> int:
    """The process of the X server of that name."""
    return until(name, lambda: only([pid for pid, called in family(os.getpid()).items() if called == "Xvfb"]))


def _taken(page: Page, everybody: Callable[[], list[int]]) -> Taken:
    page.heard()
    time.sleep(SETTLE)
    frames, begun, used = page.heard(), time.monotonic(), _used(everybody())
    time.sleep(LOOK)
    painted, ended = page.heard() - frames, time.monotonic()
    return painted / (ended - begun), _since(used, everybody()) / (ended - begun)


def _used(everybody: list[int]) -> dict[int, float]:
    found = {}
    for pid in everybody:
        try:
            found[pid] = cpu_seconds(pid)
        except OSError:
            continue  # ended while we looked
    return found


def _since(before: dict[int, float], everybody: list[int]) -> float:
    return sum(now - before.get(pid, 0) for pid, now in _used(everybody).items())


def _hidden(page: Page) -> Iterator[Row]:
    """Two people with a film each, and the station locked."""
    with _staged([browser(page.address("moves"), "{home}/profile")], rest=30) as stage:
        assert stage.process is not None
        firsts = []
        for number, login in enumerate(("ada", "ben"), 1):
            firsts.append(stage.open(number, login))
            page.heard()
            time.sleep(SETTLE)
        seen = _cores(stage)
        stage.lock()
        until("everybody rests", lambda: all(resting(first) for first in firsts), 60)
        yield at_most("two hidden people with a film each, at rest: processor", _cores(stage) * 100, "%", 1, seen * 100)


def _cores(stage: Staging) -> float:
    """Of everything under the stage but itself and its agent."""
    assert stage.process is not None
    first, ours = stage.process.pid, stage.agent
    begun, used = time.monotonic(), _used([pid for pid in family(first) if pid != ours])
    time.sleep(HIDDEN_LOOK)
    return _since(used, [pid for pid in family(first) if pid != ours]) / (time.monotonic() - begun)
