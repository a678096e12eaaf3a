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
from itertools import chain, islice
from typing import TypeVar

from kiosk.model.counted import counted
from kiosk.model.wedge import WedgeFormat
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.admin.people import MAILTO, check_contact, check_login, check_name, check_role
from kiosk.service.policy import wording
from kiosk.service.records import badge_cells, cells, csv_records, head_lines, text_of
from kiosk.service.records.layout import COLUMNS, ColumnLayout, Wishes
from kiosk.service.records.line_problem import LineProblem
from kiosk.service.store import badge_number, decimal_numbers

T = TypeVar("T")
MAX_BYTES = 64 * 1024 * 1024
MAX_CELL = 200
"""Characters of one cell."""
MAX_ROLES = 20
MAX_PLACE = 100
_BARE = ("login", "roles", "uid")
"""Columns of which nothing that cannot be seen, and that means nothing, is kept: as of names (``wording``)."""
_BETWEEN_ROLES = re.compile(r"[;,\s]+")
AS_IT_STANDS = Wishes()


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
    typed: dict[int, str] = field(default_factory=dict, repr=False)
    """Badge numbers by line, as ``decimal_numbers.plain`` gives them."""
    mailed: list[int] = field(default_factory=list)
    """Lines of contacts that are addresses of mail, without saying so."""


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
    found = csv_records.records(text_of.lines(text), wishes.separator)
    first = list(islice(found, head_lines.NEEDED_HEAD))
    head = head_lines.find(first, wishes)
    made.layout = head.layout
    made.problems += head.problems
    for record in chain(first[head.start :], found) if made.layout is not None else ():
        if record.fault:
            made.problems.append(LineProblem(record.line, record.fault))
        elif made.layout is not None:
            _record(made, record.line, made.layout, record.text, wishes)
    _ask_of_decimals(made)
    _tell_of_mail(made)
    if made.layout is None and not made.problems:
        made.problems.append(LineProblem(0, f"The file is empty. Its first line must be {','.join(COLUMNS)}."))
    return made


def _record(made: PeopleFile, line: int, found: ColumnLayout, record: str, wishes: Wishes) -> None:
    try:
        in_order = [cells.as_text(cell) for cell in cells.split(record, found.separator)]
    except cells.UnpairedQuotesError as error:
        made.problems.append(LineProblem(line, str(error)))
        return
    while len(in_order) > found.width and not in_order[-1]:
        in_order.pop()
    if len(in_order) == found.width:
        row = found.row(in_order)
        for column in _BARE:
            row[column] = row[column] if row[column].isascii() else wording.spaced(row[column])
        _take(made, line, row, nameless=wishes.partial)
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
    made.problems += [*wrong, *_twice_encoded(line, row)]
    if login is not None and name is not None and roles is not None and not wrong:
        place = wording.tidy(row["place"]) or None
        made.entries.append(PersonEntry(line, login, name, roles, place, number, contact))


def _wrong_cells(line: int, row: dict[str, str]) -> Iterator[LineProblem]:
    for column, text in row.items():
        longest = MAX_PLACE if column == "place" else MAX_CELL
        if cells.is_formula(wording.spaced(text)):
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


def _twice_encoded(line: int, row: dict[str, str]) -> Iterator[LineProblem]:
    for column in ("name", "place"):
        meant = text_of.once(row[column])
        if meant is not None:
            sentence = f"Did the list go through a wrong encoding before? “{meant}” may be meant."
            yield LineProblem(line, sentence, column, warning=True)


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


def _contact(made: PeopleFile, line: int, text: str) -> str | None:
    contact = check_contact(text) if text else None
    if contact is not None and contact == f"{MAILTO}{text}":
        made.mailed.append(line)
    return contact


def _tell_of_mail(made: PeopleFile) -> None:
    """Once for the whole list: personnel systems write all of them without their kind."""
    if made.mailed:
        said = f"This has no kind, and is taken as {MAILTO}… ({counted(len(made.mailed), 'such contact')} in the list)."
        made.problems.append(LineProblem(made.mailed[0], said, "contact", warning=True))


def _uid(made: PeopleFile, line: int, text: str) -> bytes | None:
    if not (text := badge_cells.bare(text)):
        return None
    made.typed[line] = decimal_numbers.plain(text)
    number = badge_cells.read(text, made.formats)
    first = made.numbers.setdefault(number, line)
    if first != line:
        raise _TwiceError(f"This badge is in line {first} already. A badge belongs to one person.")
    return number


def _ask_of_decimals(made: PeopleFile) -> None:
    """Numbers that may be decimal are not taken as hex without a word."""
    typed = made.typed
    if made.formats or not typed or not decimal_numbers.in_doubt(typed.values()):
        return
    line = next(iter(typed))
    made.problems = [problem for problem in made.problems if problem.column != "uid" or problem.line not in typed]
    made.problems.append(LineProblem(line, decimal_numbers.of_list(list(typed.values())), "uid"))
    made.entries = [entry for entry in made.entries if entry.line != line]
