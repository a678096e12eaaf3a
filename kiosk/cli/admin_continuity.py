"""``kiosk admin``: a rehearsal of a downtime, and the report that an auditor keeps."""

from __future__ import annotations

import argparse
import json
import time
from typing import TYPE_CHECKING

from kiosk.cli import moments
from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.admin.rehearsal import ContinuityReport

LOOK_SECONDS = 0.5
SECONDS = 60


def configure(things: Things) -> None:
    """``continuity check``."""
    checking(thing(things, "continuity", "whether stations and service would come through a downtime"))


def checking(acts: Things) -> argparse.ArgumentParser:
    """``check``, below whatever it is an act of."""
    check = act(acts, "check", "rehearse a downtime at stations, without touching anybody's work", _check)
    check.add_argument("--stations", metavar="NAMES", help="names with commas between them; all that are enrolled")
    check.add_argument("--to", metavar="LOGIN", help="send this person a marked message, to rehearse the alarm")
    check.add_argument("--seconds", type=_seconds, default=SECONDS, metavar="S", help=f"wait so long ({SECONDS})")
    check.add_argument("--json", action="store_true", help="print the report as one JSON object")
    return check


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 600:
        raise argparse.ArgumentTypeError("write a number from 1 to 600")
    return int(text)


def _check(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import continuity, rehearsed
    from kiosk.service.policy import rules_from

    names = [name.strip() for name in (args.stations or "").split(",") if name.strip()]
    going = desk.db.write_now(continuity.begin, desk.admin, names, args.to)
    until = time.monotonic() + args.seconds
    while not desk.db.read_now(rehearsed.arrived, going) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
    rules = rules_from(desk.folder.settings.policy_table()).emergency
    report = desk.db.read_now(rehearsed.outcome, going, int(time.time()), desk.admin.person or desk.admin.name, rules)
    desk.db.write_now(continuity.finish, desk.admin, report)
    if args.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
    else:
        _print(report)
    if not report.passed:
        bad = sum(1 for station in report.stations if station.trouble)
        asked = counted(len(report.stations), "station")
        raise CommandError(f"{bad} of {asked} did not pass. Message: {report.message}.", 1)


def _print(report: ContinuityReport) -> None:
    print(f"Rehearsal of a downtime {report.rehearsal}, kiosk {report.version}")
    print(f"From {moments.shown(report.begun)} to {moments.shown(report.ended)}, by {report.by}")
    for found in report.stations:
        state = "passed" if not found.trouble else "did not pass"
        print(f"\n{found.station} ({found.place}): {state}")
        print(f"  outbox: {_row(found.outbox)}; journal, linked and signed: {_row(found.journal)}")
        print(f"  downtime tickets: {found.tickets} people, given {found.tickets_given}; clock off {found.clock_off} s")
        print(f"  emergency access: {moments.shown(found.emergency) if found.emergency else 'none'}")
        for sentence in found.trouble:
            print(f"  {sentence}")
    print(f"\nMarked message: {report.message}")
    print("Result: " + ("passed" if report.passed else "did not pass"))


def _row(number: int | None) -> str:
    return "nothing arrived" if number is None else f"row {number}"
