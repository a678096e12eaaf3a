"""The records of a list: a cell in quotation marks may go on over lines (RFC 4180 section 2), and may not for ever.

What bounds a record is its size. Which mark opens a cell is known by its place: one inside of a cell, such as that of
24 inches, opens nothing, and costs no line but its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.service.records import cells

MAX_RECORD = 2**20
"""Bytes of one record in UTF-8."""
_TOO_LONG = f"{MAX_RECORD // 2**20} MiB"
SEPARATORS = ",;\t|"


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """``line``: its first, from 1. ``fault``: why it is none, a sentence; empty for a good one."""

    line: int
    text: str
    fault: str = ""


def records(lines: list[str], separator: str | None = None) -> Iterator[CsvRecord]:
    """Each record that is not empty. A quotation mark that is never closed costs its own line, not all that follow.

    ``separator``: where it was said; else any of the usual ones.
    """
    marks = re.escape(separator or SEPARATORS)
    opens = re.compile(f'(?:^|[{marks}])[ ]*=?"(?:[^"]|"")*\\Z')
    closes = re.compile(f'(?:[^"]|"")*"[ ]*(?:[{marks}]|\\Z)')
    at = 0
    while at < len(lines):
        first, text, at = at + 1, lines[at], at + 1
        fault = ""
        if cells.is_open(text) and opens.search(text):
            more, fault = _rest_of(lines, at, closes)
            text, at = "\n".join([text, *more]), at + len(more)
        fault = fault or _broken(text)
        if fault or text.strip(' \t,;|"'):
            yield CsvRecord(first, text, fault)


def _rest_of(lines: list[str], at: int, closes: re.Pattern[str]) -> tuple[list[str], str]:
    """The lines in which a cell goes on, up to the one that closes it; none, and why, if none does."""
    size = 0
    for after in range(at, len(lines)):
        line = lines[after]
        size += len(line) + 1
        if size > MAX_RECORD:
            return [], f"A quotation mark is opened in this line and not closed within {_TOO_LONG}."
        if not cells.is_open(line):
            continue
        if closes.match(line):
            return lines[at : after + 1], ""
        break
    return [], "A quotation mark is opened in this line and never closed."


def _broken(text: str) -> str:
    if len(text) > MAX_RECORD // 4 and len(text.encode("utf-8", "replace")) > MAX_RECORD:
        return f"The line, or the record that begins in it, is longer than {_TOO_LONG}."
    return "There is a NUL byte. Save the file anew as text." if "\x00" in text else ""
