"""``kiosk admin workstation``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import asking
from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.admin_records import write_new
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk
from kiosk.model.counted import counted

if TYPE_CHECKING:  # a command imports the service only where it is run
    from kiosk.service.admin.stations import NewStation
    from kiosk.service.records.stations_csv import StationEntry

COLUMNS = ("name", "place", "exempt")
"""As in ``records.stations_csv``; here so that ``--help`` loads no service."""
HOURS, FILE_HOURS, MAX_HOURS = 1, 24, 168
EXAMPLES = """examples:
  workstation add ward-3 --place "Ward 3 North"                 announce one, print its code
  workstation add --file stations.csv --dry-run                 what is wrong with a list: name,place[,exempt]
  workstation add --file stations.csv --codes codes.csv         announce all of it, codes to a file for you alone
  workstation add --file stations.csv --codes -                 codes as CSV on standard output
"""


def configure(things: Things) -> None:
    """Declare the words."""
    station = thing(things, "workstation", "workstations")
    add = act(station, "add", "announce a workstation and print its one-time code, or a whole list of them", _add)
    add.epilog, add.formatter_class = EXAMPLES, argparse.RawDescriptionHelpFormatter
    add.add_argument("name", metavar="NAME", nargs="?")
    add.add_argument("--place", metavar="TEXT", help="as shown on screens")
    add.add_argument("--exempt", action="store_true", help="may stay open while its person signs in elsewhere")
    add.add_argument("--file", type=Path, metavar="FILE", help="a CSV file; its first line: name,place[,exempt]")
    add.add_argument("--encoding", metavar="NAME", help="of a file that is not Unicode, such as cp1252")
    asking.add_map(add, COLUMNS)
    add.add_argument("--codes", metavar="FILE", help="where the codes of a list go: a new file (0600), or - to print")
    add.add_argument("--dry-run", action="store_true", help="only say what is wrong with the list, and what it does")
    _hours(add, f"default: {HOURS}, of a list {FILE_HOURS}")
    anew = act(
        station, "reinstall", "print a code for the machine that takes an enrolled workstation's place", _reinstall
    )
    anew.add_argument("name", metavar="NAME", help="it works on until the new machine enrols; then its key ends")
    _hours(anew, f"default: {HOURS}")
    rename = act(station, "rename", "call a workstation otherwise", _rename)
    rename.add_argument("name", metavar="NAME")
    rename.add_argument("new", metavar="NEW", help="letters, digits, and . _ - inside, such as ward-3-b")
    move = act(station, "move", "say where a workstation stands now", _move)
    move.add_argument("name", metavar="NAME")
    move.add_argument("place", metavar="PLACE", help="as shown on screens, such as “Ward 3 North”")
    act(station, "revoke", "refuse a workstation's key from now on", _revoke).add_argument("name", metavar="NAME")
    listed = act(station, "list", "list all workstations, with what each says of itself", _list)
    form = listed.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="a JSON list of objects")
    form.add_argument("--csv", dest="form", action="store_const", const="csv", help="CSV for a spreadsheet")


def _hours(parser: argparse.ArgumentParser, default: str) -> None:
    text = f"how long a code is good, 1 to {MAX_HOURS}; {default}"
    parser.add_argument("--hours", type=_count, metavar="N", help=text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_HOURS):
        raise argparse.ArgumentTypeError(f"a whole number of hours from 1 to {MAX_HOURS}")
    return int(text)


def _add(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import stations
    from kiosk.service.admin.stations import NewStation

    if args.file is not None:
        _add_list(desk, args)
        return
    if args.name is None or args.place is None:
        raise CommandError("Give a name and --place, or a list with --file.")
    if args.codes is not None or args.dry_run or args.map:
        raise CommandError("--codes, --dry-run and --map go with --file.")
    secret, code = _new_code(desk)
    hours = args.hours or HOURS
    desk.db.write_now(stations.add, desk.admin, NewStation(args.name, args.place, args.exempt, secret), hours * 3600)
    _tell(desk, args.name, code, hours)


def _add_list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin.stations import NewStation
    from kiosk.service.records.table import ReportTable

    if args.name is not None or args.place is not None or args.exempt:
        raise CommandError("Of a list, names, places and exemptions stand in the file.")
    listed, again = _read_list(desk, args)
    if args.dry_run:
        fresh, waiting = counted(len(listed) - again, "workstation"), counted(again, "that waits", "that wait")
        print(f"{fresh} would be announced, {waiting} already would get a new code.")
        return
    if args.codes is None:
        raise CommandError("Say where the codes go: --codes FILE, or --codes - to print them.")
    hours = args.hours or FILE_HOURS
    made = [(station, *_new_code(desk)) for station in listed]
    table = ReportTable(
        ("name", "place", "code"), tuple((station.name, station.place, code) for station, _, code in made)
    )
    new = [NewStation(station.name, station.place, station.exempt, secret) for station, secret, _ in made]
    where = _announce(desk, new, hours * 3600, table.as_csv(), args.codes)
    announced = counted(len(new), "workstation")
    print(f"Announced {announced}; each code is good once, for {_for(hours)}.{where}", file=sys.stderr)


def _read_list(desk: AdminDesk, args: argparse.Namespace) -> tuple[list[StationEntry], int]:
    """The workstations of the file, and how many of them wait already. Raises ``CommandError`` for one with faults."""
    from kiosk.service.records import stations_csv
    from kiosk.service.store import workstations

    listed, problems = stations_csv.read(_bytes(args.file), args.encoding, asking.columns_of(args))
    known = {
        station.name: station.state
        for station in desk.db.read_now(workstations.all_of_them)
        if station.state != "revoked"
    }
    for problem in problems:
        if problem.warning:
            print(problem, file=sys.stderr)
    wrong = [str(problem) for problem in problems if not problem.warning]
    wrong += [
        f"line {station.line}: name: {station.name} is enrolled already."
        " To set it up anew: "
        f"workstation reinstall {station.name}"
        for station in listed
        if known.get(station.name) == "enrolled"
    ]
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    if wrong:
        raise CommandError(f"Nothing was added: {len(wrong)} problem{'s' if len(wrong) > 1 else ''}. Mend the file.", 1)
    return listed, sum(station.name in known for station in listed)


def _announce(desk: AdminDesk, new: list[NewStation], seconds: int, codes: str, where: str) -> str:
    """Announce them; their ``codes`` go to the file ``where``, or are printed (``-``). A sentence about the file.

    The file is there before the workstations are, and goes again where they could not be announced.
    """
    from kiosk.service.admin import stations

    file = None if where == "-" else Path(where)
    if file is not None:
        write_new(file, codes.encode("utf-8"))
    try:
        desk.db.write_now(stations.add_all, desk.admin, new, seconds)
    except BaseException:
        if file is not None:
            file.unlink()
        raise
    if file is None:
        sys.stdout.write(codes)
        return ""
    return f" Their codes are in {file}: delete it once they are used."


def _reinstall(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import stations

    secret, code = _new_code(desk)
    hours = args.hours or HOURS
    desk.db.write_now(stations.reinstall, desk.admin, args.name, secret, hours * 3600)
    _tell(desk, args.name, code, hours)


def _new_code(desk: AdminDesk) -> tuple[str, str]:
    """The secret of a new one-time code, as the service wants it, and the code."""
    from kiosk.model import enrolment_code
    from kiosk.service.platform.tls import spki_pin

    secret = enrolment_code.new_secret()
    return enrolment_code.secret_text(secret), enrolment_code.make(
        secret, spki_pin(desk.folder.tls.current().certificate)
    )


def _tell(desk: AdminDesk, name: str, code: str, hours: int) -> None:
    within = "the hour" if hours == 1 else _for(hours)
    print(f"Within {within}, once, on {name}: kiosk agent enroll --home DIR --service {desk.folder.origin} --code -")
    print(code)


def _for(hours: int) -> str:
    return counted(hours, "hour")


def _rename(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import stations

    desk.db.write_now(stations.rename, desk.admin, args.name, args.new)
    print(f"{args.name} is called {args.new} now.")


def _move(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import stations

    desk.db.write_now(stations.move, desk.admin, args.name, args.place)
    print(f"{args.name} is at {args.place} now.")


def _revoke(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import stations

    desk.db.write_now(stations.revoke, desk.admin, args.name)
    print(f"{args.name} is no longer accepted.")


def _list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.platform.tls import spki_pin
    from kiosk.service.records import station_list

    tls = desk.folder.tls
    named = (("present", tls.current()), ("next", tls.announced()), ("before", tls.previous()))
    authorities = {spki_pin(authority.certificate).hex(): name for name, authority in named if authority is not None}
    table = desk.db.read_now(station_list.table, authorities)
    form = args.form or "text"
    sys.stdout.write({"text": table.as_text, "csv": table.as_csv, "json": table.as_json}[form]())


def _bytes(path: Path) -> bytes:
    from kiosk.service.records.stations_csv import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
