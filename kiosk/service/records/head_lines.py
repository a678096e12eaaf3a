"""The line of a list that names its columns, and what stands above it.

Personnel systems put a title, a day or a number of pages there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.model.counted import counted
from kiosk.service.records import cells, layout
from kiosk.service.records.csv_records import CsvRecord
from kiosk.service.records.layout import ColumnLayout, LayoutError, Wishes
from kiosk.service.records.line_problem import LineProblem

MAX_ABOVE = 10
"""Lines above the one that names the columns."""
NEEDED_HEAD = MAX_ABOVE + 2
"""How many records are looked at."""


@dataclass(frozen=True, slots=True)
class ListHead:
    """``start``: where the records begin behind it. ``layout``: None if no line names the columns."""

    layout: ColumnLayout | None
    start: int
    problems: tuple[LineProblem, ...] = ()


def find(found: Sequence[CsvRecord], wishes: Wishes) -> ListHead:
    """The head of a list whose first records are ``found``; of lines that name no columns the likeliest is told of."""
    separator = layout.separator_in(found[0].text) if found else None
    first = 0 if separator is None else 1
    faults: list[tuple[int, LineProblem]] = []
    for at, record in enumerate(found[first : first + 1 + MAX_ABOVE], first):
        try:
            if record.fault:
                raise LayoutError(record.fault)
            made = layout.find(record.text, wishes, separator)
        except (LayoutError, cells.UnpairedQuotesError) as error:
            known = error.known if isinstance(error, LayoutError) else 0
            faults.append((known, LineProblem(record.line, str(error))))
            continue
        return ListHead(made, at + 1, tuple(_said(record.line, at - first, made)))
    # ``max`` takes the first of those that are alike.
    likeliest = max(faults, key=lambda one: one[0], default=None)
    return ListHead(None, len(found), (likeliest[1],) if likeliest else ())


def _said(line: int, above: int, made: ColumnLayout) -> list[LineProblem]:
    said = []
    if above:
        said.append(f"What is above this line, which names the columns, was left: {counted(above, 'line')}.")
    if made.left:
        said.append(f"{layout.listed('Columns that are not taken:', made.left)}.")
    return [LineProblem(line, sentence, warning=True) for sentence in said]
