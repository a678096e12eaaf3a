"""A list of persons and badges as somebody sent it: read whole, with everything that is wrong and in which line.

One person a record, a first line that names the columns: ``login,name,roles,uid`` and, if wanted, ``place`` and
``contact``. ``text_of`` finds out its encoding, ``layout`` its separator and columns. Roles are separated by semicolons
or spaces; no uid means no badge yet.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from kiosk.model.counted import counted
from kiosk.model.wedge import WedgeFormat
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.admin.people import check_contact, check_login, check_name, check_role
from kiosk.service.policy import wording
from kiosk.service.records import cells, layout, text_of
from kiosk.service.records.layout import COLUMNS, ColumnLayout, Wishes
from kiosk.service.store import badge_number

T = TypeVar("T")
MAX_BYTES = 64 * 1024 * 1024
MAX_LINE = 4096
"""Characters of one line."""
MAX_LINES_OF_A_CELL = 20
MAX_CELL = 200
"""Characters of one cell."""
MAX_ROLES = 20
MAX_PLACE = 100
_BETWEEN_ROLES = re.compile(r"[;,\s]+")
AS_IT_STANDS = Wishes()


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with one line (from 1; 0 for the whole file). A ``warning`` does not keep the list out.

    ``resembles``: reversed or truncated, for a badge that looks like another.
    """

    line: int
    sentence: str
    column: str = ""
    warning: bool = False
    resembles: str = ""

    def __str__(self) -> str:
        parts = [f"line {self.line}"] if self.line else []
        parts += [self.column] if self.column else []
        parts += ["warning"] if self.warning else []
        return ": ".join([*parts, self.sentence])


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """One person to be added or changed. ``number``: of their badge, canonical. Without a name: of one who is there."""

    line: int
    login: str
    name: str
    roles: tuple[str, ...]
    place: str | None
    number: bytes | None = field(repr=False)
    contact: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class PeopleFile:
    """What was read. ``entries``: the records in which nothing is wrong. ``sha256``: of the file's bytes, hex.

    ``encoding`` and ``layout``: how it was read; None if it could not be.
    """

    sha256: str
    size: int
    entries: list[PersonEntry] = field(default_factory=list)
    problems: list[LineProblem] = field(default_factory=list)
    logins: dict[str, int] = field(default_factory=dict)
    numbers: dict[bytes, int] = field(default_factory=dict, repr=False)
    encoding: str | None = None
    layout: ColumnLayout | None = None
    formats: tuple[WedgeFormat, ...] = ()


def read(data: bytes, wishes: Wishes = AS_IT_STANDS) -> PeopleFile:
    """Read a whole file; nothing that it holds raises."""
    made = PeopleFile(hashlib.sha256(data).hexdigest(), len(data), formats=wishes.formats)
    if len(data) > MAX_BYTES:
        made.problems.append(LineProblem(0, f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB. Split it."))
        return made
    try:
        text, made.encoding = text_of.decode(data, wishes.encoding)
    except text_of.EncodingError as error:
        made.problems.append(LineProblem(0, str(error)))
        return made
    separator: str | None = None
    for line, record in _records(made, text_of.lines(text)):
        if made.layout is None and separator is None and (separator := layout.separator_in(record)) is not None:
            continue
        if made.layout is not None:
            _record(made, line, made.layout, record, wishes)
        elif not _find_columns(made, line, record, wishes, separator):
            return made
    if made.layout is None and not made.problems:
        made.problems.append(LineProblem(0, f"The file is empty. Its first line must be {','.join(COLUMNS)}."))
    return made


def _records(made: PeopleFile, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Each record with the number of its first line; what is empty or broken is left out, or noted.

    A quotation mark that is never closed costs its own line, not all that follow.
    """
    at = 0
    while at < len(lines):
        first, text, at = at + 1, lines[at], at + 1
        sentence = _broken(text)
        if not sentence and cells.is_open(text):
            more = _rest_of(lines, at)
            if more is None:
                sentence = "A quotation mark is opened in this line and never closed."
            else:
                text, at = "\n".join([text, *more]), at + len(more)
        if sentence:
            made.problems.append(LineProblem(first, sentence))
        elif text.strip(' \t,;|"'):
            yield first, text


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


def _find_columns(made: PeopleFile, line: int, record: str, wishes: Wishes, separator: str | None) -> bool:
    try:
        made.layout = layout.find(record, wishes, separator)
    except (layout.LayoutError, cells.UnpairedQuotesError) as error:
        made.problems.append(LineProblem(line, str(error)))
    return made.layout is not None


def _record(made: PeopleFile, line: int, found: ColumnLayout, record: str, wishes: Wishes) -> None:
    try:
        in_order = [cell.strip(" ") for cell in cells.split(record, found.separator)]
    except cells.UnpairedQuotesError as error:
        made.problems.append(LineProblem(line, str(error)))
        return
    while len(in_order) > found.width and not in_order[-1]:
        in_order.pop()
    if len(in_order) == found.width:
        _take(made, line, found.row(in_order), nameless=wishes.partial)
        return
    there = counted(len(in_order), "cell")
    sentence = f"The line has {there}, not {found.width}. Look at what parts them, and at quotation marks."
    made.problems.append(LineProblem(line, sentence))


def _take(made: PeopleFile, line: int, row: dict[str, str], *, nameless: bool) -> None:
    wrong = list(_wrong_cells(line, row))
    bad = {problem.column for problem in wrong}

    def tried(column: str, check: Callable[[PeopleFile, int, str], T]) -> T | None:
        try:
            return None if column in bad else check(made, line, row[column])
        except (ActRefusedError, badge_number.InvalidBadgeNumberError, _TwiceError) as error:
            wrong.append(LineProblem(line, str(error), column))
            return None

    login, roles = tried("login", _login), tried("roles", _roles)
    name = "" if nameless and not row["name"] else tried("name", _name)
    number, contact = tried("uid", _uid), tried("contact", _contact)
    made.problems += wrong
    if login is not None and name is not None and roles is not None and not wrong:
        place = wording.tidy(row["place"]) or None
        made.entries.append(PersonEntry(line, login, name, roles, place, number, contact))


def _wrong_cells(line: int, row: dict[str, str]) -> Iterator[LineProblem]:
    for column, text in row.items():
        longest = MAX_PLACE if column == "place" else MAX_CELL
        if cells.is_formula(text):
            sentence = "A spreadsheet would take this for a formula: it begins with = + - or @."
        elif len(text) > longest:
            sentence = f"This is longer than {longest} characters."
        else:
            sentence = _unseen(text) if column in ("name", "place") else _unprintable(text)
        if sentence:
            yield LineProblem(line, sentence, column)


def _unseen(text: str) -> str:
    """What is wrong with a name by the rule for names."""
    try:
        wording.tidy(text)
    except wording.WordingError as error:
        return str(error)
    return ""


def _unprintable(text: str) -> str:
    """A login, role, number or address has no use for what cannot be seen."""
    wrong = next((character for character in text if not character.isprintable()), None)
    return (
        ""
        if wrong is None
        else f"There is a character in it that cannot be seen: {wording.named(wrong)}. Type it anew."
    )


class _TwiceError(Exception):
    """A login or number stands in the file twice."""


def _login(made: PeopleFile, line: int, text: str) -> str:
    login = check_login(text)
    first = made.logins.setdefault(login, line)
    if first != line:
        raise _TwiceError(f"“{login}” is in line {first} already. One line a person.")
    return login


def _name(_made: PeopleFile, _line: int, text: str) -> str:
    return check_name(text)


def _roles(_made: PeopleFile, _line: int, text: str) -> tuple[str, ...]:
    roles = tuple(dict.fromkeys(word for word in _BETWEEN_ROLES.split(text) if word))
    for role in roles:
        check_role(role)
    if len(roles) > MAX_ROLES:
        raise ActRefusedError(f"A person has at most {MAX_ROLES} roles.")
    return roles


def _contact(_made: PeopleFile, _line: int, text: str) -> str | None:
    return check_contact(text) if text else None


def _uid(made: PeopleFile, line: int, text: str) -> bytes | None:
    if not text:
        return None
    plain = "".join(c for c in text if c not in ":- ") if not made.formats else ""
    if len(plain) % 2 and re.fullmatch("[0-9A-Fa-f]+", plain):
        raise badge_number.InvalidBadgeNumberError(
            "This has an odd number of hex digits: a spreadsheet may have dropped a zero in front. Mark it as text."
        )
    if re.fullmatch(r"[0-9]([.,][0-9]+)?[Ee]\+[0-9]+", text):
        raise badge_number.InvalidBadgeNumberError(
            "A spreadsheet has made a decimal number of this, and its digits are lost. Mark the column as text."
        )
    number = badge_number.parse_as(text, made.formats)
    first = made.numbers.setdefault(number, line)
    if first != line:
        raise _TwiceError(f"This badge is in line {first} already. A badge belongs to one person.")
    return number
