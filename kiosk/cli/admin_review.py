"""``kiosk admin``: cases for review, to be looked at. Whoever closes one does so at a workstation, by their own key."""

from __future__ import annotations

import argparse

from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk


def configure(things: Things) -> None:
    """``review list``, ``review show CASE``."""
    review = thing(things, "review", "emergency access and what happened during a downtime, for review")
    listed = act(review, "list", "list the cases that wait, the oldest first", _list)
    listed.add_argument("--all", action="store_true", help="closed ones too")
    show = act(review, "show", "show a case, with what happened at its workstation in that time", _show)
    show.add_argument("case", metavar="CASE", help="its number, such as C-7K3M9Q2X")


def _list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.cli.case_lines import print_line
    from kiosk.service.helpdesk import case_view
    from kiosk.service.policy.review_rules import review_from
    from kiosk.service.store import review_cases

    rules, now = review_from(desk.folder.settings.review), desk.admin.now
    for case in desk.db.read_now(review_cases.every if args.all else review_cases.waiting):
        print_line(desk.db.read_now(case_view.view, rules, case, now))
    for gone in desk.db.read_now(review_cases.missing):
        print(f"{gone}\tmissing: its row was taken out of the database")


def _show(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.cli.case_lines import print_case
    from kiosk.service.helpdesk import case_view
    from kiosk.service.policy.review_rules import review_from

    rules = review_from(desk.folder.settings.review)
    found = desk.db.write_now(case_view.for_administrator, desk.admin, rules, args.case)
    if found is None:
        raise CommandError(f"There is no case {args.case}.", 1)
    print_case(found)
