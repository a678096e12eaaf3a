"""The soak's verdict finds a leak and leaves alone what only flutters."""

from __future__ import annotations

import random

import pytest

from tests.soak.samples import Held, Sample
from tests.soak.verdict import TooShortError, Trend, slope, table, trends

LONG = 40


def soaked(leak: float = 0.0, kind: str = "memory", samples: int = LONG) -> list[Trend]:
    """A process that grows by ``leak`` every 20 taps, another that does not, and one that comes and goes."""
    flutter = random.Random(3)
    taken = []
    for turn in range(samples):
        held = {"memory": 80 + flutter.uniform(-0.4, 0.4), "descriptors": 30.0, "threads": 9.0, "resources": 50.0}
        held[kind] += leak * turn
        one = Held(
            "the agent", 99.0, held["memory"], int(held["descriptors"]), int(held["threads"]), int(held["resources"])
        )
        passer = {900 + turn: Held("passer-by", 10.0 * turn, 10.0 * turn, 3, 1)}
        taken.append(Sample(20 * turn, {7: one, 8: Held("pcscd", 4.0, 1.0, 12, 3), **passer}, 5))
    return list(trends(taken))


def growing(found: list[Trend]) -> set[tuple[str, str]]:
    return {(trend.what, trend.kind) for trend in found if trend.grows}


def test_nothing_grows_where_nothing_leaks() -> None:
    assert not growing([trend for trend in soaked() if trend.what != "everything together"])


@pytest.mark.parametrize(
    ("kind", "leak", "named"),
    [("memory", 0.04, "memory MiB"), ("descriptors", 0.25, "descriptors"), ("resources", 1, "X resources")],
)
def test_a_leak_is_found_and_named(kind: str, leak: float, named: str) -> None:
    assert ("the agent", named) in growing(soaked(leak, kind))
    assert "pcscd" not in {what for what, _ in growing(soaked(leak, kind))}


def test_one_outlier_moves_no_line() -> None:
    assert slope([(x, 1000.0 if x == 7 else 2.0) for x in range(30)]) == 0


def test_a_short_soak_gives_no_verdict() -> None:
    with pytest.raises(TooShortError):
        soaked(samples=8)


def test_the_table_names_what_grows() -> None:
    (line,) = [line for line in table(soaked(1, "resources")).splitlines() if "X resources" in line]
    assert "the agent" in line and line.endswith("GROWS")
