"""``kiosk audit erase``: a patient's name out of the trail, for good."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk, desk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.store.erasing import TextPlaces

DESCRIPTION = (
    "Erase a patient or resource from the trail: its openings, and what step-ups under way say of it. The rows stay, "
    "and the trail still verifies; nobody can tell any more of whom they are. This cannot be undone. It is written to "
    "the trail, without the name. Backups, exports and copies elsewhere are not reached."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Its words."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")
    parser.add_argument(
        "--patient", required=True, metavar="TEXT", help="exactly as it was named; - reads it from standard input"
    )
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; it stays in the trail for good")
    parser.add_argument(
        "--rewrite",
        action="store_true",
        help="then write the database's files anew, so that no trace is left in free space; nobody signs in meanwhile",
    )


def run(args: argparse.Namespace) -> int:
    """Raises ``CommandError``."""
    from kiosk.service.admin import enquiries, erasing
    from kiosk.service.store.erasing import TABLES

    with desk(args) as opened:
        text = enquiries.the_patient(sys.stdin.readline() if args.patient == "-" else args.patient)
        found = opened.db.write_now(erasing.erase, opened.admin, text, args.reason)
        done = opened.db.scrub_now(TABLES, rewrite=args.rewrite)
        print("\n".join(_said(opened, found, args.rewrite)))
    if not done:
        raise CommandError(
            "It is erased, but others use the database now: its log may hold the name until they pause. "
            "It goes when the service ends, or when something else is erased at a quiet time.",
            1,
        )
    return 0


def _said(opened: AdminDesk, found: TextPlaces, rewrote: bool) -> list[str]:
    rows, openings = counted(len(found.places), "row"), counted(len(found.openings), "opening")
    said = [f"Erased from {rows} of the trail ({openings})."]
    if found.ceremonies:
        over = counted(len(found.ceremonies), "step-up that named it is", "step-ups that named it are")
        said.append(f"{over} over; no token of it is handed out any more.")
    if found.questions:
        gone = counted(
            len(found.questions), "question of a server that named it is", "questions of servers that named it are"
        )
        said.append(f"{gone} gone.")
    if found.alike:
        said.append(f"Others read alike, and were left: {', '.join(found.alike[:5])}.")
    if found.purposes:
        named = ", ".join(f"{seq} of chain {chain}" for chain, seq in found.purposes[:5])
        said.append(
            f"It stands in the purpose of {counted(len(found.purposes), 'row')} ({named}), "
            "which was signed and cannot be erased."
        )
    if opened.db.kind == "postgresql":
        said.append(
            "PostgreSQL's own log (WAL), standbys and archives keep what they had for as long as they are kept."
            + ("" if rewrote else " Free space of its files may, until it is used again: --rewrite writes them anew.")
        )
    said.append("Backups, exports and copies elsewhere are not reached.")
    return said
