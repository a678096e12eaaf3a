"""Emergency access: from the touch on the reason until the workspace is painted, on the real path.

Real pcscd, agent and service in processes of their own, the single stage. This process touches and looks, every 10 ms.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from kiosk.demo.processes import until
from tests.benchmarks.table import Row, at_most
from tests.fakes.buttons import place_of
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace
from tests.fakes.workspace_program import RED

ROUNDS = 12
RULES = '[policy]\n[limits]\nsign_in_rows = 1000000\nother_rows = 1000000\n[emergency]\nstations = ["resus-1"]\n'
RULES += "unknown = true\n"
READY = 1.0
"""Seconds that a person looks at the screen before they touch; it takes no touch before 0.7."""


def measure(work: Path) -> Iterator[Row]:
    ward = Ward(work / "hospital", settings=RULES)
    try:
        ward.start()
        place = ward.workplace("resus-1", "Resuscitation", slot=0)
        place.station.start()
        place.wait("locked", service="online")
        here = [_opened(place) for _ in range(ROUNDS)]
        yield at_most(f"emergency: second touch to workspace painted, longest of {ROUNDS}", max(here), "s", 1)
        assert ward.service is not None
        ward.service.kill()
        place.wait("downtime", service="unreachable")
        apart = [_opened(place, "away_with_emergency", "emergency_away") for _ in range(ROUNDS)]
        yield at_most("the same, the service away", max(apart), "s", 1)
    finally:
        ward.stop()


def _opened(place: Workplace, locked: str = "with_emergency", asks: str = "emergency") -> float:
    """Seconds from the touch on the reason until the program's picture is there; then it is ended."""
    place.touch(*place_of(locked, "Emergency access"))
    place.wait("emergency")
    time.sleep(READY)  # as long as a person reads: this screen takes no touch before
    place.touch(*place_of(asks, "Not known"))
    begun = time.monotonic()
    place.touch(*place_of(asks, "Patient in danger"))
    until("the workspace", lambda: place.shows(RED), every=0.01)
    taken = time.monotonic() - begun
    place.wait("active")
    place.lock()
    return taken
