"""Characters of a PIN that a hostile program hears, of those typed while it plays with its prompt: none may be.

``make bench ONLY=leak``; it takes two hours and is left out of the others. The real path under either stage: pcscd,
service, agent, stage, keys by XTEST at 4, 8 and 15 a second. ``KIOSK_LEAK_RUNS`` (100): of each attack at each pace;
``KIOSK_LEAK_STAGE``: ``nested`` or ``single`` for one of the two.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from kiosk.demo.cardservice import VirtualCardService
from kiosk.session.shared.aftermath import STILL_SECONDS
from tests.benchmarks.table import Row, at_most
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import Ward
from tests.fakes.keylogged_station import ALL, Overheard

RATES = (4, 8, 15)
RULES = "[limits]\nsign_in_rows = 1000000\nother_rows = 1000000\nperson_rows = 1000000\n"
"""More than an hour allows: these are many hours' step-ups."""
LONG = STILL_SECONDS - 0.2
"""Seconds between two keys from which on nobody is taken to type any more, less what a display takes."""
STAGES = ("nested", "single")


class Run(NamedTuple):
    """Of one attack: keys that the program heard, of those typed; seconds between two of them, at most."""

    heard: int
    typed: int
    longest: float


Attack = Callable[[Overheard, Colleague, int], Run]


def measure(work: Path) -> Iterator[Row]:
    runs = int(os.environ.get("KIOSK_LEAK_RUNS", "100"))
    wanted = os.environ.get("KIOSK_LEAK_STAGE", "")
    with VirtualCardService(readers=4) as cards:
        os.environ.update(cards.environment)  # for the counter, whose commands run in this process
        ward = Ward(work, cards=cards, settings=RULES)
        try:
            ward.start()
            ada = ward.hire("Ada Byron", key=True)
            for slot, kind in enumerate(STAGES):
                if wanted in ("", kind):
                    folder = work / f"{kind}-pipes"
                    folder.mkdir()
                    station = Overheard(ward, folder, kind, slot, nested=kind == "nested")
                    station.welcome(ada)
                    station.start()
                    yield from _station(station, ada, kind, runs)
                    station.place.station.stop()
        finally:
            ward.stop()


def _station(station: Overheard, ada: Colleague, kind: str, runs: int) -> Iterator[Row]:
    station.works(ada)
    paused = 0
    for name, attack in (("takes its prompt back", _takes_back), ("exchanges its prompt", _exchanges)):
        for rate in RATES:
            told = f"{kind}: characters heard, program {name}, {rate} keys/s, {runs} runs"
            row, again = _heard(told, runs, attack, station, ada, rate)
            yield row
            paused += again
    station.place.lock()
    row, again = _heard(
        f"{kind}: characters heard, a tap lifts the lock, 8 keys/s, {runs} runs", runs, _lifts, station, ada, 8
    )
    yield row
    told = f"{kind}: runs done again, because the typist was kept from typing for two seconds"
    yield Row(told, paused + again, "", None, "—", True)


def _heard(name: str, runs: int, attack: Attack, station: Overheard, ada: Colleague, rate: int) -> tuple[Row, int]:
    """How much was heard in ``runs`` runs of one attack, and how many were done again."""
    leaked = typed = done = again = 0
    while done < runs:
        if attack is not _lifts:
            station.forgive(ada)
        run = attack(station, ada, rate)
        if run.heard and run.longest >= LONG:
            again += 1  # nobody typed for so long: then keys are the program's, as the rule says
            continue
        done, leaked, typed = done + 1, leaked + run.heard, typed + run.typed
    return at_most(name, leaked, f"of {typed}", 0), again


def _takes_back(station: Overheard, ada: Colleague, rate: int) -> Run:
    station.asked(ada)
    with station.typist(rate) as typist:
        typist.more(3)
        station.order(ada, "close")
        typist.more(max(6, rate))
        heard = len(station.presses(ada))
    return Run(_after(station, ada, heard), typist.typed, typist.longest)


def _exchanges(station: Overheard, ada: Colleague, rate: int) -> Run:
    station.asked(ada)
    with station.typist(rate) as typist:
        typist.more(3)
        station.order(ada, "close")
        station.order(ada, "ask", ALL)
        typist.more(max(6, rate))
        heard = len(station.presses(ada))
    told = station.answer(ada)
    if told["reason"] not in ("too_soon", "busy"):
        raise AssertionError(f"the other request was not turned away: {told}")
    return Run(_after(station, ada, heard), typist.typed, typist.longest)


def _lifts(station: Overheard, ada: Colleague, rate: int) -> Run:
    station.place.lock()
    with station.typist(rate) as typist:
        typist.more(2)
        station.place.tap(ada.badge, "opening")
        typist.more(8)
        heard = len(station.presses(ada))
    return Run(_after(station, ada, heard), typist.typed, typist.longest)


def _after(station: Overheard, ada: Colleague, heard: int) -> int:
    """Nothing is heard late either; and then they work on, and their program hears them again."""
    station.place.wait("active", login=ada.login)
    heard = max(heard, len(station.presses(ada)))
    station.hears(ada)
    return heard
