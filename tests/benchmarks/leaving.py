"""Somebody leaves: how long until their programs are gone at the station where they work and where they worked before.

Two real stations with their agents, real service, one workspace at each: they sign in at the first, then at the second,
so that the first is locked with their programs behind it. ``person leave`` then ends both.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.processes import until
from kiosk.service.admin import life
from kiosk.service.admin.act import Admin
from kiosk.service.folder import open_folder
from tests.benchmarks.table import Row, at_most, p95
from tests.fakes.colleague import Colleague
from tests.fakes.hospital import PROGRAM, Ward
from tests.fakes.workplace import Workplace

ROUNDS = 10
LIMIT_MS = 1000
LOOK_EVERY = 0.005


def measure(work: Path) -> Iterator[Row]:
    cards = VirtualCardService(readers=4)
    cards.start()
    ward = Ward(work / "hospital", cards=cards)
    try:
        ward.start()
        places = [ward.workplace(f"ward-{slot}", f"Ward {slot}", slot=slot) for slot in range(2)]
        for place in places:
            place.station.start()
            place.wait("locked", service="online")
        taken = [leave(ward, places, number) * 1000 for number in range(ROUNDS)]
    finally:
        ward.stop()
        cards.close()
    name = "person leaves: programs gone at both their stations, p95"
    yield at_most(name, p95(taken), "ms", LIMIT_MS)


def leave(ward: Ward, places: list[Workplace], number: int) -> float:
    """Seconds from the act until none of their programs runs any more."""
    who = ward.hire(f"Leaver{chr(ord('a') + number)} Smith")
    for place in places:
        place.sign_in(who)
    running = [until("their program", partial(program_of, place, who)) for place in places]
    database = open_folder(ward.data).database()
    try:
        begun = time.monotonic()
        database.write_now(life.leave, Admin("bench", 0, int(time.time())), who.login)
    finally:
        database.close_now()
    until("their programs to be gone", lambda: not any(map(alive, running)), 10, LOOK_EVERY)
    taken = time.monotonic() - begun
    for place in places:
        place.wait("locked")
    return taken


def program_of(place: Workplace, who: Colleague) -> int | None:
    """The process of their program there."""
    wanted = [str(PROGRAM), str(place.home / "asked"), who.login]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if words[-4:-1] == wanted:
                return int(entry.name)
    return None


def alive(pid: int) -> bool:
    """Whether it runs: one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
