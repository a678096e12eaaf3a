"""``kiosk audit find``: the rows of the trail that tell of a patient, a person, a workstation, an action or a time."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli import moments
from kiosk.cli.command_error import CommandError
from kiosk.cli.service_door import AdminDesk, desk
from kiosk.model.counted import counted

if TYPE_CHECKING:
    from kiosk.service.audit.found import Answer, FoundRow
    from kiosk.service.audit.search import Question
    from kiosk.service.records.table import Cell, ReportTable
    from kiosk.service.store.people import PersonLine

PAGE, MAX_PAGE = 1000, 10_000
NAMED = 20
DESCRIPTION = (
    "Find the rows of the audit trail that agree with everything that is given, the oldest first. Whatever is looked "
    "for stands for itself: there are no wildcards. Who asked what is written to the trail. Exit status: 0 found or "
    "not; 1 something of the trail does not hold, which is said after the rows; 2 the question cannot be answered."
)
COLUMNS = (
    *("at", "action", "result", "reason", "login", "station", "method", "acr", "what", "records", "purpose"),
    *("patients", "others", "erased", "by", "chain", "row"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Its words."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's data folder")
    parser.add_argument(
        "--patient",
        metavar="TEXT",
        help="a patient or resource that was approved, or asked for; case and the kind of digits make no difference. "
        "- reads it from standard input, which keeps it out of the list of processes",
    )
    parser.add_argument("--person", metavar="LOGIN", help="whom the row is about: a login or id")
    parser.add_argument("--station", metavar="NAME", help="a workstation's name or id")
    parser.add_argument("--action", metavar="NAME", help="such as sign_in, stepup, record.export or person.leave")
    moments.configure(parser)
    parser.add_argument("--limit", type=_limit, default=PAGE, metavar="N", help=f"rows at most, {PAGE} unless told")
    parser.add_argument("--after", metavar="CURSOR", help="go on after an answer that was cut; it says its cursor")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object: rows, more, faults")
    form.add_argument("--csv", action="store_true", help="RFC 4180; what else is to be said goes to standard error")


def run(args: argparse.Namespace) -> int:
    """0 or 1. Raises ``CommandError``."""
    span = moments.span_of(args)
    with desk(args) as opened:
        from kiosk.service.admin import enquiries
        from kiosk.service.admin.act import ActRefusedError
        from kiosk.service.audit import found

        try:
            asked, person = _question(opened, args, span)
        except ActRefusedError as error:
            raise CommandError(str(error)) from None  # 1 would say that the trail does not hold
        answer = opened.db.read_now(found.answer, asked)
        opened.db.write_now(enquiries.record_question, opened.admin, asked, person, args.station, answer)
    _print(args, answer, span)
    return 1 if answer.faults else 0


def _question(opened: AdminDesk, args: argparse.Namespace, span: moments.Span) -> tuple[Question, PersonLine | None]:
    from kiosk.service.admin import enquiries
    from kiosk.service.audit.search import Question, place_of

    try:
        after = None if args.after is None else place_of(args.after)
    except ValueError:
        raise CommandError("--after takes the cursor that an answer before ended with, as it was printed.") from None
    patient = sys.stdin.readline() if args.patient == "-" else args.patient
    person = None if args.person is None else opened.db.read_now(enquiries.the_person, args.person)
    asked = Question(
        patient=None if patient is None else enquiries.the_patient(patient),
        person=None if person is None else person.id,
        stations=None if args.station is None else opened.db.read_now(enquiries.the_stations, args.station),
        action=None if args.action is None else enquiries.the_action(args.action),
        since=span.since,
        until=span.until,
        after=after,
        limit=args.limit,
    )
    return asked, person


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_PAGE):
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_PAGE}; go on with --after")
    return int(text)


def _print(args: argparse.Namespace, answer: Answer, span: moments.Span) -> None:
    from kiosk.service.records.table import visible

    said = _said(args, answer, span)
    table = _table(answer)
    if args.json:
        rows: list[dict[str, object]] = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        for row, found_row in zip(rows, answer.rows, strict=True):
            row["patients"] = list(found_row.opened)
        more = None if answer.more is None else answer.more.cursor()
        bounds = {"since": span.since, "until": span.until}
        text = json.dumps({**bounds, "rows": rows, "more": more, "faults": answer.faults}, ensure_ascii=False) + "\n"
    elif args.csv:
        text = table.as_csv()
    else:
        text = table.as_text() if answer.rows else ""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
        print("\n".join(map(visible, said)), file=sys.stderr if args.csv or args.json else sys.stdout, flush=True)
    except BrokenPipeError:
        # End quietly, as head expects; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(args: argparse.Namespace, answer: Answer, span: moments.Span) -> list[str]:
    """What there is to say beside the rows."""
    said = [f"Days are those of this machine's time zone. {span.said()}"] if span.said() else []
    if answer.more is not None:
        said.append(
            f"Here: {counted(len(answer.rows), 'row')}, the oldest; there are more. "
            f"Go on with: --after {_quoted(answer.more.cursor())}"
        )
    elif answer.rows:
        said.append(f"{counted(len(answer.rows), 'row')}, and no more.")
    else:
        said.append("No row of the trail agrees with all of this.")
        if args.patient is not None:
            said.append("A patient that was erased cannot be found, nor one that was only ever named otherwise.")
            said += ["Characters such as * and % stand for themselves."] if set(args.patient) & set("*%?_") else []
    if answer.faults:
        named = list(answer.faults[:NAMED])
        named += [f"… and {len(answer.faults) - NAMED} more."] if len(answer.faults) > NAMED else []
        said += ["The trail does not hold, so rows may be missing or wrong. See: kiosk audit verify", *named]
    else:
        said.append("These rows are as they were written; only “kiosk audit verify” reads the whole trail.")
    return said


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if " " in text else text


def _table(answer: Answer) -> ReportTable:
    from kiosk.service.records.table import ReportTable

    return ReportTable(COLUMNS, tuple(_row(row) for row in answer.rows))


def _row(one: FoundRow) -> tuple[Cell, ...]:
    from kiosk.service.records.table import day

    body, said = one.body, one.body.get("detail")
    detail = said if isinstance(said, dict) else {}
    what = detail.get("act") if body.get("action") == "admin" else detail.get("action")
    begun = (_cell(body.get(name)) for name in ("action", "result", "reason", "login", "station", "method", "acr"))
    return (
        day(one.place.at),
        *begun,
        _cell(what),
        _cell(detail.get("records")),
        _cell(detail.get("purpose")),
        "; ".join(one.opened) or None,
        one.others,
        one.erased,
        _cell(detail.get("administrator") or detail.get("by")),
        one.place.chain,
        one.place.seq,
    )


def _cell(value: object) -> Cell:
    """A row that is not believed may hold anything where a text or number belongs."""
    return value if value is None or isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)
