"""``kiosk admin``: start-code, reset, window, messages."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import Things, act, login, thing
from kiosk.cli.admin_life import moment
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.store.messages import Message


def configure(things: Things) -> None:
    """Declare the words."""
    code = act(things, "start-code", "give somebody who has nothing yet a code to begin with", _start_code)
    login(code)
    code.add_argument("--reason", required=True, metavar="TEXT", help="why, and what proved who it is")
    reset = thing(things, "reset", "resets that the help desk began (all of them: report resets)")
    withdraw = act(reset, "withdraw", "end a reset, and its code if that was given", _withdraw)
    withdraw.add_argument("reset", metavar="RESET", help="its number, such as R-7K3M9Q2X")
    _configure_windows(things)
    outbox = thing(things, "messages", "what is to be told to people's other channels")
    listed = act(outbox, "list", "list what was not delivered yet", _messages)
    listed.add_argument("--dead", action="store_true", help="only what was given up")
    again = act(outbox, "again", "try one that was given up again", _again)
    again.add_argument("message", metavar="ID")


def _configure_windows(things: Things) -> None:
    window = thing(things, "window", "times in which badges are given out on a lesser proof")
    add = act(window, "open", "open one and print its id", _open)
    add.add_argument("--kind", action="append", metavar="KIND", help="badge (default) or temporary_badge")
    add.add_argument("--until", required=True, metavar="TIME", help="its end, such as 2026-11-30T18:00")
    where = add.add_mutually_exclusive_group()
    where.add_argument("--place", metavar="TEXT", help="only at stations of this place")
    where.add_argument("--station", metavar="NAME", help="only at this workstation")
    act(window, "close", "end one now", _close).add_argument("window", metavar="ID")
    act(window, "list", "list those that are open", _windows)


def _start_code(desk: AdminDesk, args: argparse.Namespace) -> None:
    give_code(desk, args.login, args.reason)


def give_code(desk: AdminDesk, login: str, reason: str) -> None:
    """Print a new start code for ``login``, once. Raises ``ActRefusedError``."""
    from kiosk.service.admin import recovery

    code = desk.db.write_now(recovery.start_code, desk.admin, desk.folder.keys.badge, login, reason)
    print(f"Start code for {login}, good once within 15 minutes:", file=sys.stderr)
    print(" ".join(code[at : at + 4] for at in range(0, len(code), 4)))


def _withdraw(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import recovery

    who = desk.db.write_now(recovery.withdraw_reset, desk.admin, args.reset)
    print(f"The reset of {who} is over; no code of it counts.")


def _open(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import recovery

    kinds, until = args.kind or ["badge"], moment(args.until)
    where = {"place": args.place, "station": args.station}
    print(desk.db.write_now(recovery.open_window, desk.admin, kinds, until, **where))


def _close(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import recovery

    desk.db.write_now(recovery.close_window, desk.admin, args.window)
    print("The window is closed.")


def _windows(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.cli.admin_life import when
    from kiosk.service.store import enrol_windows, workstations

    names = {station.id: station.name for station in desk.db.read_now(workstations.all_of_them)}
    for window in desk.db.read_now(enrol_windows.all_open, desk.admin.now):
        where = window.place or names.get(window.workstation or "", "everywhere")
        line = (
            window.id,
            ",".join(window.kinds),
            where,
            f"until {when(window.until)}",
            f"opened {when(window.opened)}",
        )
        print("\t".join((*line, f"by {window.opened_by}")))


def _messages(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.store import messages

    for message, who in desk.db.read_now(messages.unsent, dead_only=args.dead):
        print(_line(message, who))


def _line(one: Message, who: str) -> str:
    from kiosk.cli.admin_life import when

    state = "given up" if one.dead is not None else f"next try {when(one.due)}"
    tried = f"{counted(one.tries, 'try', 'tries')}" + (f", {one.error}" if one.error else "")
    return "\t".join((one.id, who, one.kind, f"since {when(one.created)}", state, tried))


def _again(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import recovery

    desk.db.write_now(recovery.try_again, desk.admin, args.message)
    print("It will be tried again.")
