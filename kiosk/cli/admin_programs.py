"""``kiosk admin``: program, and what programs may ask for with an application's audience."""

from __future__ import annotations

import argparse
import sys

from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.service_door import AdminDesk


def configure(things: Things) -> None:
    """``program add NAME``, ``remove``, ``list``."""
    program = thing(things, "program", "programs on workstations that are shown by a name")
    add = act(program, "add", "name the program at a path", _add)
    add.add_argument("name", metavar="NAME", help="as screens show it")
    add.add_argument("--path", required=True, help="of its executable file, the same on every workstation")
    add.add_argument("--sha256", metavar="HEX", help="only with these contents, as sha256sum prints it")
    add.add_argument("--browser", action="store_true", help="believe what it says of the origin of its pages")
    act(program, "remove", "show it as not registered from now on", _remove).add_argument("name", metavar="NAME")
    act(program, "list", "list all programs", _list)


def configure_actions(app: Things) -> None:
    """``app action add APP --action ACTION``, ``remove``, ``list``."""
    action = thing(app, "action", "what programs may ask for with an application's audience")
    for word, text, do in (("add", "allow an action", _allow), ("remove", "no longer allow it", _forbid)):
        leaf = act(action, word, text, do)
        leaf.add_argument("name", metavar="NAME", help="the application")
        leaf.add_argument("--action", required=True, metavar="ACTION", help="such as record.export; “*” for any")
        leaf.add_argument("--program", default="", metavar="NAME", help="this program alone (default: any program)")
    act(action, "list", "list what is allowed", _listed).add_argument("name", metavar="NAME")


def _add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.model.people import ProgramView
    from kiosk.service.admin import programs

    made = ProgramView(args.name, args.path, args.sha256, args.browser)
    desk.db.write_now(programs.add, desk.admin, made)
    print(f"{args.path} is shown as “{args.name}”.")
    if programs.is_interpreter(args.path):
        print(
            f"Mind: {args.path} runs whatever script it is given, so any script there is now shown as “{args.name}”. "
            f"If that is not what you want: program remove “{args.name}”",
            file=sys.stderr,
        )


def _remove(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import programs

    desk.db.write_now(programs.remove, desk.admin, args.name)
    print(f"“{args.name}” is a program that is not registered.")


def _list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.store import programs

    for program in desk.db.read_now(programs.all_of_them):
        print("\t".join((program.name, program.path, program.sha256 or "-", "browser" if program.browser else "-")))


def _allow(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import programs

    desk.db.write_now(programs.allow, desk.admin, args.name, args.program, args.action)
    print(f"{args.program or 'Any program'} may ask for {args.action} with the audience of {args.name}.")


def _forbid(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import programs

    desk.db.write_now(programs.forbid, desk.admin, args.name, args.program, args.action)
    print(f"{args.program or 'Any program'} may not ask for {args.action} with the audience of {args.name} any more.")


def _listed(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.store import applications, programs

    found = desk.db.read_now(applications.find, args.name)
    for program, action in desk.db.read_now(programs.actions_of, found[0]) if found else ():
        print("\t".join((program or "-", action)))
