"""``kiosk audit export``: the trail as JSON, whole or a part of it, which another one goes on after."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import moments
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk, desk
from kiosk.files import open_new
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.audit.scope import ExportScope

DESCRIPTION = (
    "Write rows of the audit trail, one JSON object a line. A file, or a part, begins with a line that says what it "
    "covers and ends with one that says how far it came. An export that was cut off goes on with --resume; its parts "
    "are verified together. The export is an act in the trail."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Its words."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")
    parser.add_argument("--format", choices=["jsonl"], default="jsonl", help="one object a line")
    parser.add_argument("--out", type=Path, metavar="FILE", help="a new file; default: standard output")
    parser.add_argument(
        "--without-openings", action="store_true", help="leave out which patients and resources were approved"
    )
    moments.configure(parser)
    parser.add_argument("--person", metavar="LOGIN", help="only rows about this person, by login or id")
    parser.add_argument("--rows", type=_number, metavar="N", help="end after so many rows; the rest goes into parts")
    parser.add_argument(
        "--resume", type=Path, metavar="PART", help="write the part that goes on after this one, whole or cut off"
    )


def run(args: argparse.Namespace) -> int:
    """0. Raises ``CommandError``."""
    span = moments.span_of(args)
    if args.resume is not None and (args.without_openings or (args.since, args.until, args.person) != (None,) * 3):
        raise CommandError(
            "--resume goes on with what its part says: leave out --since, --until, --person and openings."
        )
    if args.out is not None and args.out.exists():
        raise CommandError(f"{args.out} exists already. Choose another name.")
    with desk(args) as opened:
        scope = _after(args.resume, opened.admin.now) if args.resume is not None else _scope(opened, args, span)
        bare = args.out is None and args.rows is None and args.resume is None and scope.whole
        return _export(opened, args, scope, bare=bare)


def _scope(opened: AdminDesk, args: argparse.Namespace, span: moments.Span) -> ExportScope:
    from kiosk.service.admin import enquiries
    from kiosk.service.audit import scope
    from kiosk.service.audit.search import Question

    who = None if args.person is None else opened.db.read_now(enquiries.the_person, args.person)
    asked = Question(person=None if who is None else who.id, since=span.since, until=span.until)
    openings = not args.without_openings
    opened.db.write_now(enquiries.record_export, opened.admin, asked, who, openings=openings)
    return opened.db.read_now(scope.of_store, opened.admin.now, span.since, span.until, asked.person, openings=openings)


def _after(path: Path, now: int) -> ExportScope:
    """What the part that follows the one at ``path`` covers. Raises ``CommandError``."""
    from kiosk.service.audit.exported import ExportTrail
    from kiosk.service.audit.finding import NotCheckableError

    try:
        with path.open("rb") as file:
            (part,) = ExportTrail([(file, path)]).parts
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except NotCheckableError as error:
        raise CommandError(str(error)) from None
    if part.scope is None:
        raise CommandError(f"{path} does not say what it covers: it was written without --out. Export it again.")
    if part.end is not None and part.end.whole:
        raise CommandError(f"{path} is whole: nothing follows it.")
    after = part.last or part.scope.after
    return part.scope if after is None else part.scope.next(now, after)


def _export(opened: AdminDesk, args: argparse.Namespace, scope: ExportScope, *, bare: bool) -> int:
    from kiosk.service.audit.export import NotWritableError, part, rows_alone

    write = rows_alone if bare else part

    if args.resume is not None:
        _record_again(opened, scope)
    try:
        if args.out is None:
            end = opened.db.read_now(write, sys.stdout, scope, args.rows)
            sys.stdout.flush()
        else:
            with os.fdopen(open_new(args.out), "w", encoding="utf-8") as file:
                end = opened.db.read_now(write, file, scope, args.rows)
    except NotWritableError as error:
        if error.closed:
            return _nobody_reads()
        raise CommandError(f"{error}{_go_on(args.out)}") from None
    except BrokenPipeError:
        return _nobody_reads()
    except FileExistsError:
        raise CommandError(f"{args.out} exists already. Choose another name.") from None
    except OSError as error:
        raise CommandError(f"The export cannot be written: {error.strerror}.{_go_on(args.out)}") from None
    if args.out is not None:
        print(f"Wrote {counted(end.rows, 'row')} to {args.out}." + ("" if end.whole else _go_on(args.out)))
    return 0


def _record_again(opened: AdminDesk, scope: ExportScope) -> None:
    from kiosk.service.admin import enquiries
    from kiosk.service.audit.search import Question

    asked = Question(since=scope.since, until=scope.until)
    who = None if scope.person is None else opened.db.read_now(enquiries.the_person, scope.person)
    opened.db.write_now(enquiries.record_export, opened.admin, asked, who, openings=scope.openings, part=scope.part)


def _go_on(path: Path | None) -> str:
    return "" if path is None else f" Go on with: kiosk audit export --data DIR --resume {path} --out NEXT"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError("a number of rows, 1 or more")
    return int(text)


def _nobody_reads() -> int:
    """End quietly, as ``head`` expects; Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
