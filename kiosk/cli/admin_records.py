"""``kiosk admin``: import, export, report, exception."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.complaint import Complaint
from kiosk.cli.service_door import Desk

if TYPE_CHECKING:
    from kiosk.service.records.table import Table

TELL_EVERY = 1.0
REPORTS = (
    "factors",
    "enrolments",
    "revocations",
    "coverage",
    "strength",
    "counts",
    "last-used",
    "recovery-codes",
    "resets",
    "repeated-resets",
    "waves",
    "exceptions",
)
FORMATS = ("table", "csv", "json")


def configure(things: Things) -> None:
    """Declare the words."""
    bring = act(things, "import", "add persons, their roles and badges from a CSV file: all of it or nothing", _import)
    bring.add_argument("file", type=Path, metavar="FILE", help="its first line: login,name,roles,uid[,place,contact]")
    bring.add_argument("--dry-run", action="store_true", help="only list what is wrong, line by line")
    bring.add_argument(
        "--allow-resembling", action="store_true", help="only warn of numbers that look like another badge's, reversed"
    )
    out = act(things, "export", "write everybody to a new CSV file; of badges fingerprints, never numbers", _export)
    out.add_argument("file", type=Path, metavar="FILE", help="a new file")
    report = act(things, "report", "print one of the reports that an auditor asks for", _report)
    report.add_argument("name", choices=REPORTS, metavar="NAME", help=", ".join(REPORTS))
    report.add_argument("--format", choices=FORMATS, default="table", help="default: table")
    _configure_exceptions(things)


def _configure_exceptions(things: Things) -> None:
    exception = thing(things, "exception", "exceptions from the rules, with somebody who answers for them")
    add = act(exception, "add", "write an exception down and print its number", _exception_add)
    add.add_argument("--rule", required=True, metavar="TEXT", help="what does not hold")
    add.add_argument("--covers", required=True, metavar="TEXT", help="for whom or where")
    add.add_argument("--login", metavar="LOGIN", help="the person, where it is about one")
    add.add_argument("--owner", required=True, metavar="TEXT", help="who answers for it")
    add.add_argument("--reason", required=True, metavar="TEXT", help="why")
    add.add_argument("--control", required=True, metavar="TEXT", help="what is done instead")
    add.add_argument("--review", required=True, type=_date, metavar="YYYY-MM-DD", help="when it is looked at again")
    listed = act(exception, "list", "list the exceptions, closed ones too", _exception_list)
    listed.add_argument("--format", choices=FORMATS, default="table", help="default: table")
    close = act(exception, "close", "the rule holds again", _exception_close)
    close.add_argument("number", type=int, metavar="NUMBER")
    close.add_argument("--outcome", required=True, metavar="TEXT", help="what became of it")


def _date(text: str) -> int:
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise argparse.ArgumentTypeError("write the day as 2027-01-31") from None


def _import(desk: Desk, args: argparse.Namespace) -> None:
    from kiosk.service.records import importing, people_csv

    read = people_csv.read(_bytes(args.file, people_csv.MAX_BYTES + 1))
    keys, allowed = desk.folder.keys.badge, args.allow_resembling
    checked = desk.db.read_now(importing.check, keys, read, allowed=allowed)
    for problem in checked.problems:
        print(problem)
    if not checked.ok:
        raise Complaint(str(importing.ImportRefused(checked.problems)), 1)
    progress = Progress(len(read.entries))
    if args.dry_run:
        badges = sum(entry.number is not None for entry in read.entries)
        print(f"{len(read.entries)} persons and {badges} badges would be added. SHA-256 of the file: {read.sha256}")
        return
    done = desk.db.write_now(
        importing.run, desk.admin, keys, read, args.file.name, checked, progress.tell, allowed=allowed
    )
    progress.end()
    print(f"Added {done.persons} persons and {done.badges} badges. SHA-256 of the file: {read.sha256}")


def _export(desk: Desk, args: argparse.Namespace) -> None:
    from kiosk.service.records import exporting

    table = desk.db.read_now(exporting.everybody)
    data = table.as_csv().encode("utf-8")
    write_new(args.file, data)
    try:
        desk.db.write_now(exporting.record_export, desk.admin, args.file.name, data, len(table.rows))
    except BaseException:
        args.file.unlink()
        raise
    print(f"Wrote {len(table.rows)} persons to {args.file}.")


def _report(desk: Desk, args: argparse.Namespace) -> None:
    from kiosk.service.policy import rules_from
    from kiosk.service.records import reports

    ruled = reports.RULED.get(args.name)
    if ruled is not None:
        table = desk.db.read_now(ruled, desk.admin.now, rules_from(desk.folder.settings.policy))
    else:
        table = desk.db.read_now(reports.REPORTS[args.name], desk.admin.now)
    _print(table, args.format)


def _exception_add(desk: Desk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import exceptions

    number = desk.db.write_now(
        exceptions.add,
        desk.admin,
        rule=args.rule,
        covers=args.covers,
        login=args.login,
        owner=args.owner,
        reason=args.reason,
        control=args.control,
        review=args.review,
    )
    print(number)


def _exception_list(desk: Desk, args: argparse.Namespace) -> None:
    from kiosk.service.records.reports import excepted

    _print(desk.db.read_now(excepted, desk.admin.now), args.format)


def _exception_close(desk: Desk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import exceptions

    desk.db.write_now(exceptions.close, desk.admin, args.number, args.outcome)
    print(f"Exception {args.number} is closed.")


def _print(table: Table, form: str) -> None:
    text = {"table": table.as_text, "csv": table.as_csv, "json": table.as_json}[form]()
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # End quietly, as head expects; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Progress:
    """Tells on standard error how far a long act is, not more than once a second; nothing for a short one."""

    def __init__(self, whole: int) -> None:
        self._whole = whole
        self._next = time.monotonic() + TELL_EVERY
        self._said = False

    def tell(self, count: int) -> None:
        """``count`` of the whole are done."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + TELL_EVERY
            self._say(count)

    def end(self) -> None:
        """All is done."""
        if self._said:
            self._say(self._whole)

    def _say(self, count: int) -> None:
        self._said = True
        print(f"{count} of {self._whole} persons", file=sys.stderr, flush=True)


def write_new(path: Path, data: bytes) -> None:
    """A new file that its owner alone may read. Raises ``Complaint``."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except FileExistsError:
        raise Complaint(f"{path} exists already. Choose another name.") from None
    except OSError as error:
        raise Complaint(f"{path} cannot be written: {error.strerror}.") from None


def _bytes(path: Path, most: int) -> bytes:
    """At most ``most`` bytes of a file. Raises ``Complaint``."""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise Complaint(f"{path} cannot be read: {error.strerror}.") from None
