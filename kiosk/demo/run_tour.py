"""The scripted tour from its beginning to its end: what is set up, the steps in their order, what is taken down."""

from __future__ import annotations

import time
from pathlib import Path

from kiosk.demo import tour_proofs, tour_steps
from kiosk.demo.cast import CARA, RULES, hire, open_hospital
from kiosk.demo.hospital import Hospital
from kiosk.demo.sandbox_check import why_single
from kiosk.demo.screen import VirtualScreen
from kiosk.demo.tour import Step, Tour

STEPS: tuple[Step, ...] = (
    tour_steps.locked,
    tour_steps.tap_in_with_pin,
    tour_steps.tap_over,
    tour_proofs.approved_on_a_phone,
    tour_steps.tap_back_in_grace,
    tour_steps.export_granted,
    tour_proofs.protected_record,
    tour_proofs.second_person,
    tour_steps.export_refused,
    tour_steps.idle_lock,
    tour_steps.card_service_restarts,
    tour_steps.badge_enrolled,
    tour_steps.audit_verified,
)


def run_tour(work: Path, out: Path) -> tuple[bool, str]:
    """Set up in ``work``, walk the tour with pictures in ``out``, take everything down.

    Whether all went well, and a sentence about it.
    """
    screen = VirtualScreen(work, private=True)
    screen.start()
    hospital = Hospital(work, display=screen.display, authority=screen.environment["XAUTHORITY"], settings=RULES)
    begun = time.monotonic()
    try:
        single = why_single()
        print(single or "Each person's programs run in a sandboxed display of their own.", flush=True)
        station = open_hospital(
            hospital,
            nested=not single,
            settings=f"idle = {tour_steps.IDLE}\nwarning = 20\n",
            more=lambda: hire(hospital, CARA),
        )
        print(f"ready  {time.monotonic() - begun:6.2f} s  Service, card service and station are up", flush=True)
        tour = Tour(hospital, station, screen, out)
        if not tour.run(STEPS):
            return False, "At least one step FAILED."
        return True, "Every step that could be taken here worked." if tour.left_out else "Every step worked."
    finally:
        hospital.stop()
        screen.stop()
