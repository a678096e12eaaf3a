"""``kiosk admin report … --chart FILE``: the same figures as a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.command_error import CommandError

if TYPE_CHECKING:
    from kiosk.service.records.table import ReportTable

FORMS = (".svg", ".png")
LANGUAGES = ("en", "es", "fr")
COUNTED = (
    *("day", "person_day", "action", "station", "action_reason", "end", "strength", "on_phone"),
    "challenged",
)
DRAWN = ("prompts", "refused", "risk")


def configure(report: argparse.ArgumentParser) -> None:
    """``--chart``, ``--by``, ``--language``."""
    report.add_argument(
        "--chart", type=Path, metavar="FILE", help=f"draw {', '.join(DRAWN)} into a new file, .svg or .png"
    )
    report.add_argument("--by", choices=COUNTED, help="of prompts: the lines that are counted so; a chart: by action")
    report.add_argument("--language", choices=LANGUAGES, default="en", help="of a chart; default: en")


def check(args: argparse.Namespace) -> None:
    """Raises ``CommandError`` for words that make no sense together, before anything is read."""
    if args.by is not None and args.name != "prompts":
        raise CommandError("--by is for the report prompts.")
    if args.chart is None:
        return
    if args.name not in DRAWN:
        raise CommandError(f"There are charts of {', '.join(DRAWN)}. Open the CSV of any other in a spreadsheet.")
    if args.chart.suffix.lower() not in FORMS:
        raise CommandError(f"{args.chart} must end in {' or '.join(FORMS)}: the ending says what is drawn.")


def chosen(args: argparse.Namespace, table: ReportTable) -> ReportTable:
    """The lines that ``--by`` chooses; for a chart of prompts there is always a choice."""
    from kiosk.service.records import chart

    if args.name == "prompts" and args.chart is not None and args.by is None:
        args.by = chart.DEFAULT_BY
    return table if args.by is None else chart.lines_by(table, args.by)


def drawn(args: argparse.Namespace, table: ReportTable, since: int, until: int) -> bytes:
    """The picture, SVG or PNG by the file's ending."""
    from kiosk.service.records import chart, drawing
    from kiosk.service.records.table import day

    span = (day(since) or "", day(until) or "")
    svg = drawing.as_svg(chart.chart_of(args.name, table, args.by or "", args.language, span))
    return svg if args.chart.suffix.lower() == ".svg" else drawing.as_png(svg)
