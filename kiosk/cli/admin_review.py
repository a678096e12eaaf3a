"""``kiosk admin``: what somebody is to look at after a downtime."""

from __future__ import annotations

import argparse

from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.service_door import AdminDesk


def configure(things: Things) -> None:
    """``review list``."""
    review = thing(things, "review", "what workstations did by themselves and the service would have refused")
    act(review, "list", "list all cases, oldest first", _list)


def _list(desk: AdminDesk, _args: argparse.Namespace) -> None:
    from kiosk.cli.moments import shown
    from kiosk.service.store import people, review_cases

    for case in desk.db.read_now(review_cases.every):
        who = desk.db.read_now(people.by_id, case.person).login if case.person else "-"
        print("\t".join((case.id, shown(case.opened), shown(case.happened), case.station, who, case.why)))
