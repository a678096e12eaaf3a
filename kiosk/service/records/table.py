"""A table with named columns, as text for a terminal, CSV for a spreadsheet, or JSON for a program."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from kiosk.service.records import cells

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ReportTable:
    """``rows`` have one cell a column. None: not known, or not so yet."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_csv(self) -> str:
        """RFC 4180 with its line ends; safe in a spreadsheet."""
        lines = [list(self.columns), *([_text(cell) for cell in row] for row in self.rows)]
        return "".join(cells.join(line) + "\r\n" for line in lines)

    def as_json(self) -> str:
        """A list of objects, one line each; names are the columns, in their order."""
        objects = [json.dumps(dict(zip(self.columns, row, strict=True)), ensure_ascii=False) for row in self.rows]
        return "[\n" + ",\n".join(objects) + "\n]\n" if objects else "[]\n"

    def as_text(self) -> str:
        """Columns under their names, ``-`` for what is not known. Names come from outside: nothing moves the cursor."""
        lines = [list(self.columns), *([visible(_text(cell)) or "-" for cell in row] for row in self.rows)]
        widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
        return "".join(_padded(line, widths) + "\n" for line in lines)


def day(seconds: int | None) -> str | None:
    """A time as reports show it: ISO 8601, UTC, whole seconds; one that no calendar has as its seconds."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def percent(part: int, whole: int) -> float:
    """``part`` of ``whole`` to one decimal, a half rounded up, as spreadsheets and databases do; 0 of nothing.

    Unlike theirs 100 is said of all alone: with somebody missing it is 99.9 at most.
    """
    tenths = (2000 * part + whole) // (2 * whole) if whole else 0
    return (min(tenths, 999) if part < whole else tenths) / 10


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if cell is None else str(cell)


def visible(text: str) -> str:
    """``text`` without characters that move a terminal's cursor, or that nobody sees."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def _padded(line: list[str], widths: list[int]) -> str:
    whole = "  ".join(text + " " * (width - _width(text)) for text, width in zip(line, widths, strict=True))
    return whole.rstrip()
