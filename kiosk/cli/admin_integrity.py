"""``kiosk admin integrity``: rows of the database that the service did not write."""

from __future__ import annotations

import argparse

from kiosk.cli import admin_leaf as leaf
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted

SHOWN = 20


def configure(things: leaf.Things) -> None:
    """``check`` and ``accept``."""
    acts = leaf.thing(things, "integrity", "rows of the database that the service did not write")
    leaf.act(acts, "check", "look at every row that decides something; exit status 1 if one is not believed", _check)
    accept = leaf.act(acts, "accept", "believe a row as it stands now, after you have looked at it", _accept)
    accept.add_argument("table", metavar="TABLE", help="as “integrity check” names it")
    accept.add_argument("key", metavar="KEY", help="as “integrity check” names it; after “--” if it begins with a dash")
    accept.add_argument("--reason", required=True, metavar="TEXT", help="why; it is written to the trail")


def _check(opened: AdminDesk, _args: argparse.Namespace) -> None:
    from kiosk.service.audit.put_back import examine

    examined = opened.db.read_now(examine)
    if not examined.found:
        print(f"Every row is as the service wrote it: {examined.rows} were looked at.")
        return
    for fault in examined.found[:SHOWN]:
        print(fault)
    more = len(examined.found) - SHOWN
    if more > 0:
        print(f"… and {more} more.")
    raise CommandError(
        f"Not as the service wrote them, and not believed: {len(examined.found)} of {counted(examined.rows, 'row')}. "
        "Somebody else can change the database: find out who, then restore a backup or accept each row: "
        "kiosk admin integrity accept --reason TEXT -- TABLE KEY",
        1,
    )


def _accept(opened: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import integrity

    opened.db.write_now(integrity.accept, opened.admin, args.table, args.key, args.reason)
    print(f"{args.table} {args.key} is believed from now on.")
