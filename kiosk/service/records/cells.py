"""One cell of a CSV file: how it is written (RFC 4180), and what a spreadsheet would take for a formula."""

from __future__ import annotations

import re
from functools import lru_cache

FORMULA = frozenset("=+-@\t\r＝＋－＠")
"""A cell that begins with one of these may be run by a spreadsheet (CWE-1236); the wide forms count too."""
_TEXT = re.compile('="([^"]*)"')


class UnpairedQuotesError(ValueError):
    """A quotation mark stands where none may; the message is a sentence."""


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might run ``text``."""
    return text[:1] in FORMULA and text != ""


@lru_cache(maxsize=8)
def _cell(separator: str) -> re.Pattern[str]:
    """A cell in quotation marks, blanks around it allowed, or one without any; ``="…"`` is a spreadsheet's text."""
    end = f"(?={re.escape(separator)}|\\Z)"
    return re.compile(f'[ ]*(="[^"]*")[ ]*{end}|[ ]*"((?:[^"]|"")*)"[ ]*{end}|([^"{re.escape(separator)}]*){end}')


def is_open(line: str) -> bool:
    """Whether a cell goes on in the next line: a quotation mark was opened and not closed."""
    return line.count('"') % 2 == 1


def split(line: str, separator: str = ",") -> list[str]:
    """The cells of one record (RFC 4180 section 2), which may hold line ends. Raises ``UnpairedQuotesError``."""
    if '"' not in line:
        return line.split(separator)
    cells: list[str] = []
    at = 0
    while True:
        found = _cell(separator).match(line, at)
        if found is None:
            raise UnpairedQuotesError(
                "A quotation mark stands where none may. Put a cell that has any into quotation marks, and double each"
                " inside."
            )
        quoted = found[2]
        cells.append(found[1] or (found[3] if quoted is None else quoted.replace('""', '"')))
        at = found.end() + 1
        if at > len(line):
            return cells


def as_text(cell: str) -> str:
    """``="0123"``, by which spreadsheets are told that it is no number, as the text that it stands for, bare."""
    cell = cell.strip()
    found = _TEXT.fullmatch(cell)
    return cell if found is None else found[1]


def safe(text: str) -> str:
    """``text``, with an apostrophe before what a spreadsheet might run."""
    return f"'{text}" if is_formula(text) else text


def join(cells: list[str]) -> str:
    """One line, safe in a spreadsheet, without its end."""
    return ",".join(_quoted(safe(cell)) for cell in cells)


def _quoted(text: str) -> str:
    if any(c in text for c in '",\r\n') or text != text.strip():
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text
