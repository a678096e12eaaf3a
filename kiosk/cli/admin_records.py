"""``kiosk admin``: export, report, exception."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import admin_charts, admin_import, moments
from kiosk.cli.admin_leaf import Things, act, thing
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk
from kiosk.files import create_private
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.records.table import ReportTable

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
    "reviews",
    "sign-ins",
    "refusals",
    "refused",
    "lock-outs",
    "prompts",
    "risk",
)
FORMATS = ("table", "csv", "json")


def configure(things: Things) -> None:
    """Declare the words."""
    admin_import.configure(things)
    out = act(things, "export", "write everybody to a new CSV file; of badges their ids, never numbers", _export)
    out.add_argument("file", type=Path, metavar="FILE", help="a new file")
    report = act(things, "report", "print one of the reports that an auditor asks for", _report)
    report.add_argument("name", choices=REPORTS, metavar="NAME", help=", ".join(REPORTS))
    report.add_argument("--format", choices=FORMATS, default="table", help="default: table")
    moments.configure(report)
    admin_charts.configure(report)
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


def _export(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.records import exporting

    table = desk.db.read_now(exporting.everybody)
    data = table.as_csv().encode("utf-8")
    write_new(args.file, data)
    try:
        desk.db.write_now(exporting.record_export, desk.admin, args.file.name, data, len(table.rows))
    except BaseException:
        args.file.unlink()
        raise
    print(f"Wrote {counted(len(table.rows), 'person')} to {args.file}.")


def _report(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.policy import rules_from
    from kiosk.service.records import happened, reports

    admin_charts.check(args)
    span, timed = moments.span_of(args), happened.TIMED.get(args.name)
    if timed is not None:
        until = desk.admin.now if span.until is None else span.until
        since = until - happened.SECONDS if span.since is None else span.since
        table = admin_charts.chosen(args, desk.db.read_now(timed, since, until))
        print(moments.Span(since, until).said(), file=sys.stderr)
        if args.chart is None:
            _print(table, args.format)
        else:
            write_new(args.chart, admin_charts.drawn(args, table, since, until))
        return
    if span.said():
        raise CommandError(f"--since and --until are for {', '.join(happened.TIMED)}: this report tells of now.")
    ruled = reports.RULED.get(args.name)
    if ruled is not None:
        table = desk.db.read_now(ruled, desk.admin.now, rules_from(desk.folder.settings.policy_table()))
    else:
        table = desk.db.read_now(reports.REPORTS[args.name], desk.admin.now)
    _print(table, args.format)


def _exception_add(desk: AdminDesk, args: argparse.Namespace) -> None:
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


def _exception_list(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.records.reports import excepted

    _print(desk.db.read_now(excepted, desk.admin.now), args.format)


def _exception_close(desk: AdminDesk, args: argparse.Namespace) -> None:
    from kiosk.service.admin import exceptions

    desk.db.write_now(exceptions.close, desk.admin, args.number, args.outcome)
    print(f"Exception {args.number} is closed.")


def _print(table: ReportTable, form: str) -> None:
    text = {"table": table.as_text, "csv": table.as_csv, "json": table.as_json}[form]()
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # End quietly, as head expects; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_new(path: Path, data: bytes) -> None:
    """A new file that its owner alone may read. Raises ``CommandError``."""
    try:
        create_private(path, data)
    except FileExistsError:
        raise CommandError(f"{path} exists already. Choose another name.") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
