"""Whether something grows: a robust line through what was sampled after the warm-up, and the table of all of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.soak.samples import Held, Sample

WARM_UP = 0.25
"""Of the samples, those at the beginning that do not count: caches fill, every person comes for the first time."""
MIN_SAMPLES = 10
"""Samples after the warm-up without which there is no verdict."""
BOUNDS = {"memory MiB": 1.0, "descriptors": 1.0, "threads": 1.0, "X resources": 2.0}
"""Of one process, per thousand taps: about three days of a busy station. The service is held to it too: its caches are
full before the soak begins, and then it grew by 0.01 MiB a thousand sign-ins, through 30,000 of them."""
TOTALS = {"processes": 1.0, "workspace folders": 1.0, "all memory MiB": 3.0}
"""Of everything together, per thousand taps: the agent, the service and the stage at their own bounds."""
_OF: dict[str, Callable[[Held], float]] = {
    "memory MiB": lambda held: held.memory,
    "descriptors": lambda held: held.descriptors,
    "threads": lambda held: held.threads,
    "X resources": lambda held: held.resources,
}


class TooShortError(Exception):
    """There is no verdict; the message is a sentence."""


@dataclass(frozen=True)
class Trend:
    """``first``, ``last``: medians of the first and last three samples after the warm-up. ``slope``: per 1000 taps."""

    what: str
    kind: str
    first: float
    last: float
    slope: float
    bound: float

    @property
    def grows(self) -> bool:
        return self.slope > self.bound


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Theil and Sen's line: the median of the slopes of all pairs, which no single outlier moves. Per unit of x."""
    pairs = [(b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(points) for b in points[i + 1 :] if b[0] != a[0]]
    return statistics.median(pairs) if pairs else 0.0


def trends(samples: Sequence[Sample]) -> Iterator[Trend]:
    """Of each process that lived from the warm-up to the end, then of everything together. Raises ``TooShortError``."""
    counted = samples[int(len(samples) * WARM_UP) :]
    if len(counted) < MIN_SAMPLES:
        raise TooShortError(
            f"{len(counted)} samples after the warm-up are too few for a verdict: {MIN_SAMPLES} are needed."
        )
    taps = [sample.taps for sample in counted]
    lived = set.intersection(*(set(sample.by) for sample in counted))
    for pid in sorted(lived, key=lambda pid: (counted[0].by[pid].role, pid)):
        for kind, bound in BOUNDS.items():
            values = [_OF[kind](sample.by[pid]) for sample in counted]
            role = counted[0].by[pid].role
            yield _trend(role, kind, taps, values, bound)
    totals: dict[str, list[float]] = {
        "processes": [len(sample.by) for sample in counted],
        "workspace folders": [sample.folders for sample in counted],
        "all memory MiB": [sum(held.memory for held in sample.by.values()) for sample in counted],
    }
    for kind, values in totals.items():
        yield _trend("everything together", kind, taps, values, TOTALS[kind])


def _trend(what: str, kind: str, taps: Sequence[int], values: Sequence[float], bound: float) -> Trend:
    first, last = statistics.median(values[:3]), statistics.median(values[-3:])
    return Trend(what, kind, first, last, 1000 * slope(list(zip(taps, values, strict=True))), bound)


def table(found: Sequence[Trend]) -> str:
    """A line a role and kind, but for what none has: of several processes of one role the one that grows most."""
    worst: dict[tuple[str, str], Trend] = {}
    count: dict[tuple[str, str], int] = {}
    for trend in found:
        key = (trend.what, trend.kind)
        count[key] = count.get(key, 0) + 1
        worst[key] = max(worst.get(key, trend), trend, key=lambda t: t.slope)
    lines = [f"{'what':28} {'of':18} {'first':>9} {'last':>9} {'per 1000 taps':>14} {'bound':>7}"]
    for (what, kind), trend in worst.items():
        if trend.first == trend.last == 0:
            continue
        name = f"{count[what, kind]} × {what}" if count[what, kind] > 1 else what
        verdict = "GROWS" if trend.grows else "ok"
        numbers = f"{trend.first:9.2f} {trend.last:9.2f} {trend.slope:+14.3f} {trend.bound:7.1f}"
        lines.append(f"{name[:28]:28} {kind:18} {numbers}  {verdict}")
    return "\n".join(lines)
