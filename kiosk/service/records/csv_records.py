"""The records of a list: a cell in quotation marks may go on over lines (RFC 4180 section 2), and may not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.service.records import cells

MAX_LINE = 4096
"""Characters of one line."""
MAX_LINES_OF_A_CELL = 20


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """``line``: its first, from 1. ``fault``: why it is none, a sentence; empty for a good one."""

    line: int
    text: str
    fault: str = ""


def records(lines: list[str]) -> Iterator[CsvRecord]:
    """Each record that is not empty. A quotation mark that is never closed costs its own line, not all that follow."""
    at = 0
    while at < len(lines):
        first, text, at = at + 1, lines[at], at + 1
        fault = _broken(text)
        if not fault and cells.is_open(text):
            more = _rest_of(lines, at)
            if more is None:
                fault = "A quotation mark is opened in this line and never closed."
            else:
                text, at = "\n".join([text, *more]), at + len(more)
        if fault or text.strip(' \t,;|"'):
            yield CsvRecord(first, text, fault)


def _rest_of(lines: list[str], at: int) -> list[str] | None:
    """The lines in which a cell goes on, up to the one that closes it; None if none does."""
    for count in range(1, min(MAX_LINES_OF_A_CELL, len(lines) - at) + 1):
        if cells.is_open(lines[at + count - 1]):
            return lines[at : at + count]
    return None


def _broken(text: str) -> str:
    if len(text) > MAX_LINE:
        return f"The line is longer than {MAX_LINE} characters."
    return "There is a NUL byte. Save the file anew as text." if "\x00" in text else ""
