"""``kiosk audit hold``: what no archive may take out of the database, and since when."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import moments
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk, desk

if TYPE_CHECKING:
    from kiosk.service.store.sql_types import StoredRow

DESCRIPTION = (
    "A legal hold keeps rows in the database for as long as it lasts, whatever is archived: of a person, a patient, a "
    "workstation, a time, or what all of these agree with. Asking for one and lifting it are acts in the trail."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """``add``, ``list`` and ``lift``."""
    acts = parser.add_subparsers(dest="hold", metavar="ACT", required=True)
    add = acts.add_parser("add", help="hold rows from now on")
    every = acts.add_parser("list", help="all that there are and were")
    lift = acts.add_parser("lift", help="it holds no more; where two_administrators is set, two ask for it")
    for each in (add, every, lift):
        each.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")
    for each in (add, lift):
        each.add_argument("--reason", required=True, metavar="TEXT", help="why; it stays in the trail for good")
    add.add_argument("--person", metavar="LOGIN", help="rows about them: a login or id")
    add.add_argument("--patient", metavar="TEXT", help="rows that name this patient or resource; - reads it")
    add.add_argument("--station", metavar="NAME", help="rows of this workstation, by name or id")
    moments.configure(add)
    every.add_argument("--json", action="store_true", help="one JSON list")
    lift.add_argument("number", type=int, metavar="NUMBER", help="of the hold")


def run(args: argparse.Namespace) -> int:
    """0. Raises ``CommandError``."""
    with desk(args) as opened:
        if args.hold == "add":
            return _add(opened, args)
        return _lift(opened, args) if args.hold == "lift" else _list(opened, as_json=args.json)


def _add(opened: AdminDesk, args: argparse.Namespace) -> int:
    from kiosk.service.admin import enquiries, holds
    from kiosk.service.admin.holds import HoldWish

    span = moments.span_of(args)
    patient = sys.stdin.readline() if args.patient == "-" else args.patient
    stations = () if args.station is None else opened.db.read_now(enquiries.the_stations, args.station)
    if len(stations) > 1:
        raise CommandError(f"Several workstations had that name. Give an id: {', '.join(stations)}.")
    wish = HoldWish(
        person=None if args.person is None else opened.db.read_now(enquiries.the_person, args.person),
        workstation=stations[0] if stations else None,
        patient=None if patient is None else enquiries.the_patient(patient),
        since=span.since,
        until=span.until,
    )
    number = opened.db.write_now(holds.add, opened.admin, wish, args.reason)
    print(f"Hold {number} keeps these rows in the database, also what is yet to come. {span.said()}".rstrip())
    return 0


def _lift(opened: AdminDesk, args: argparse.Namespace) -> int:
    from kiosk.service.admin import holds
    from kiosk.service.policy import rules_from

    two = rules_from(opened.folder.settings.policy_table()).two_administrators
    if opened.db.write_now(holds.lift, opened.admin, args.number, args.reason, two=two):
        print(f"Hold {args.number} is lifted. What is old enough may be archived.")
    else:
        print(f"Asked. Hold {args.number} is lifted once another administrator asks for the same, within seven days.")
    return 0


def _list(opened: AdminDesk, *, as_json: bool) -> int:
    from kiosk.service.records.table import ReportTable, day, visible
    from kiosk.service.store import holds

    opened.db.read_now(holds.lasting)  # or one was lifted, changed or taken away by somebody else
    found = opened.db.read_now(holds.every)
    if as_json:
        print(json.dumps([_told(row) for row in found], ensure_ascii=False))
        return 0
    names = ("hold", "asked", "by", "person", "workstation", "patient", "since", "until", "lifted", "reason")
    rows = [
        (
            *(row.id, day(row.at), row.administrator or row.by, row.person, row.workstation, _patient(row)),
            *(None if at is None else day(at) for at in (row.since, row.until, row.lifted)),
            visible(row.reason),
        )
        for row in found
    ]
    print(ReportTable(names, tuple(rows)).as_text() if rows else "There is no legal hold, and there never was.")
    return 0


def _patient(row: StoredRow) -> str | None:
    """Not by name: who may see that asks the trail (``audit find``)."""
    return None if row.patient is None else "a patient"


def _told(row: StoredRow) -> dict[str, object]:
    names = ("id", "at", "by", "administrator", "person", "workstation", "since", "until", "lifted", "reason")
    return {name: getattr(row, name) for name in names} | {"patient": row.patient is not None}
