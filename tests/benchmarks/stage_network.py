"""A workspace's own network against the machine's: throughput, there and back, new connections, memory.

Pairs, turn and turn about, of the same program in two workspaces of two stages: one with a way out by pasta, one that
shares the station's network. The other end is behind a cable between two namespaces, which loses and delays nothing: so
all that is seen is the way out's own cost. Needs root.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.benchmarks.table import Row, at_least, at_most, load_now
from tests.fakes.networked import Networked
from tests.fakes.process_table import family, until
from tests.fakes.two_networks import FAR, TwoNetworks, possible
from tests.fakes.visible_display import Glass, xvfb

PAIRS, MIB, TIMES = 5, 50, 100
DRAIN, ECHO = 4440, 4441
REACH = (f"{FAR}:{DRAIN}-{ECHO}",)


def measure(work: Path) -> Iterator[Row]:
    """Nothing where two networks cannot be made."""
    if not possible():
        return
    with TwoNetworks() as networks, xvfb() as one, xvfb() as other:
        networks.serve(f"drain={FAR}/{DRAIN}/-", f"echo={FAR}/{ECHO}/-")
        glasses = Glass(one), Glass(other)
        with (
            Networked(glasses[0], networks, REACH, rest=0) as own,
            Networked(glasses[1], networks, (), network=1, rest=0) as shared,
        ):
            for people in (own, shared):
                people.open(1, "ada")
            yield from _rows(own, shared)
        for glass in glasses:
            glass.close()
    yield load_now("stage_network")


def _rows(own: Networked, shared: Networked) -> Iterator[Row]:
    """The baseline is the machine's network."""
    poured = [(_pour(own), _pour(shared)) for _ in range(PAIRS)]
    mine, theirs = (median(pair[n] for pair in poured) for n in (0, 1))
    yield at_least("out of a workspace by its own network", mine, "MiB/s", 100, theirs)
    for act, what in (("there_and_back", "there and back"), ("connects", "a new connection")):
        pairs = [(_time(own, act), _time(shared, act)) for _ in range(PAIRS)]
        mine, theirs = (median(pair[n] for pair in pairs) for n in (0, 1))
        yield at_most(f"{what} by its own network, median", mine, "µs", 1000, theirs)
    yield at_most("memory of a workspace's way out (PSS)", _memory(own), "MiB", 32)


def _pour(people: Networked) -> float:
    return float(people.does("ada", "pour", FAR, DRAIN, MIB))


def _time(people: Networked, act: str) -> float:
    return float(median(people.does("ada", act, FAR, ECHO, TIMES)))


def _memory(people: Networked) -> float:
    """Of one workspace's: there are two, the spare's too."""
    assert people.stage.process is not None
    stage = people.stage.process.pid

    def ways() -> list[int] | None:
        found = [pid for pid, name in family(stage).items() if name.startswith("passt") or name == "cat"]
        return found if sum(_is(pid, "passt") for pid in found) == 2 else None

    taken = [_pss(pid) for pid in until("the spare's too", ways) if _parent(pid) == stage]
    return sum(taken) / 2 / 1024


def _is(pid: int, name: str) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().startswith(name)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _pss(pid: int) -> int:
    """KiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
