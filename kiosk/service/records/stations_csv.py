"""A list of workstations to be announced: ``name,place`` and, if wanted, ``exempt``; read whole, with what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kiosk.model.counted import counted
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.admin.stations import check_name, check_place
from kiosk.service.policy import wording
from kiosk.service.records import cells, csv_records, head_lines, text_of
from kiosk.service.records.csv_records import CsvRecord
from kiosk.service.records.layout import ColumnLayout, Wishes
from kiosk.service.records.line_problem import LineProblem

NEEDED, COLUMNS = ("name", "place"), ("name", "place", "exempt")
MAX_BYTES = 4 * 1024 * 1024
MAX_STATIONS = 20_000
TRUE, FALSE = ("yes", "true", "1"), ("", "no", "false", "0")


@dataclass(frozen=True, slots=True)
class StationEntry:
    """One line that is right."""

    line: int
    name: str
    place: str
    exempt: bool


def read(
    data: bytes, encoding: str | None = None, columns: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[StationEntry], list[LineProblem]]:
    """The lines in which nothing is wrong, and what is wrong with the others; nothing that the file holds raises.

    ``columns``: as in ``Wishes``.
    """
    wishes = Wishes(encoding, columns=columns, ours=COLUMNS, always=NEEDED)
    if len(data) > MAX_BYTES:
        return [], [LineProblem(0, f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB. Split it.")]
    try:
        text, _ = text_of.decode(data, encoding)
    except text_of.EncodingError as error:
        return [], [LineProblem(0, str(error))]
    lines = list(csv_records.records(text_of.lines(text), wishes.separator))
    head = head_lines.find(lines[: head_lines.NEEDED_HEAD], wishes)
    if not lines:
        return [], [LineProblem(0, "The file is empty. Its first line must be name,place.")]
    if head.layout is None:
        return [], list(head.problems)
    found, problems = _rows(lines[head.start :], head.layout)
    return found, [*head.problems, *problems]


def _rows(lines: list[CsvRecord], layout: ColumnLayout) -> tuple[list[StationEntry], list[LineProblem]]:
    found: dict[str, StationEntry] = {}
    problems: list[LineProblem] = []
    if len(lines) > MAX_STATIONS:
        return [], [LineProblem(0, f"There are more than {MAX_STATIONS} workstations. Split the file.")]
    for record in lines:
        at = record.line
        try:
            row = _cells(record, layout)
        except (cells.UnpairedQuotesError, ValueError) as error:
            problems.append(LineProblem(at, str(error)))
            continue
        wrong = list(_wrong(at, row))
        name = row["name"]
        if not wrong and name in found:
            wrong.append(LineProblem(at, f"“{name}” is in line {found[name].line} already.", "name"))
        problems += wrong
        if not wrong:
            found[name] = StationEntry(at, name, check_place(row["place"]), row["exempt"].lower() in TRUE)
    return list(found.values()), problems


def _cells(record: CsvRecord, layout: ColumnLayout) -> dict[str, str]:
    if record.fault:
        raise ValueError(record.fault)
    row = [cells.as_text(cell) for cell in cells.split(record.text, layout.separator)]
    while len(row) > layout.width and not row[-1]:
        row.pop()
    if len(row) != layout.width:
        raise ValueError(f"The line has {counted(len(row), 'cell')}, not {layout.width}.")
    made = layout.row(row)
    return {**made, "name": wording.spaced(made["name"]), "exempt": wording.spaced(made["exempt"])}


def _wrong(at: int, row: dict[str, str]) -> Iterator[LineProblem]:
    checks: tuple[tuple[str, Callable[[str], str]], ...] = (("name", check_name), ("place", check_place))
    for column, check in checks:
        try:
            check(row[column])
        except ActRefusedError as error:
            yield LineProblem(at, str(error), column)
    if row["exempt"].lower() not in (*TRUE, *FALSE):
        yield LineProblem(at, "Write yes or no.", "exempt")
