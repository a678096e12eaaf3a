"""A list of persons and badges as somebody sent it: read whole, with everything that is wrong and in which line.

UTF-8, commas, one person a line, a first line that names the columns: ``login,name,roles,uid`` and, if wanted,
``place`` and ``contact``. Roles are separated by semicolons or spaces; no uid means no badge yet.
"""

from __future__ import annotations

import hashlib
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from kiosk.service import badge_number
from kiosk.service.admin.act import ActRefused
from kiosk.service.admin.people import check_contact, check_login, check_name, check_role
from kiosk.service.records import cells

T = TypeVar("T")
NEEDED = ("login", "name", "roles", "uid")
COLUMNS = (*NEEDED, "place", "contact")
MAX_BYTES = 64 * 1024 * 1024
MAX_LINE = 4096
"""Bytes of one line."""
MAX_CELL = 200
"""Characters of one cell."""
MAX_ROLES = 20
MAX_PLACE = 100
_BETWEEN_ROLES = re.compile(r"[;\s]+")
_NOT_UTF8 = "not UTF-8. Save the file as “CSV UTF-8”."


@dataclass(frozen=True, slots=True)
class Problem:
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
class Entry:
    """One person to be added. ``number``: of her badge, canonical."""

    line: int
    login: str
    name: str
    roles: tuple[str, ...]
    place: str | None
    number: bytes | None = field(repr=False)
    contact: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class PeopleFile:
    """What was read. ``entries``: the lines in which nothing is wrong. ``sha256``: of the file's bytes, hex."""

    sha256: str
    size: int
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    logins: dict[str, int] = field(default_factory=dict)
    numbers: dict[bytes, int] = field(default_factory=dict, repr=False)


def read(data: bytes) -> PeopleFile:
    """Read a whole file; nothing that it holds raises."""
    made = PeopleFile(hashlib.sha256(data).hexdigest(), len(data))
    if len(data) > MAX_BYTES:
        made.problems.append(Problem(0, f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB. Split it."))
        return made
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        made.problems.append(Problem(0, f"The file is {_NOT_UTF8}"))
        return made
    columns: list[str] | None = None
    for line, raw in enumerate(data.removeprefix(BOM_UTF8).split(b"\n"), 1):
        found = _cells(made, line, raw.removesuffix(b"\r"))
        if found is None:
            continue
        if columns is not None:
            _take(made, line, columns, found)
        else:
            columns = _columns(made, line, found)
            if columns is None:
                return made
    if columns is None and not made.problems:
        made.problems.append(Problem(0, f"The file is empty. Its first line must be {','.join(COLUMNS)}."))
    return made


def _cells(made: PeopleFile, line: int, raw: bytes) -> list[str] | None:
    """The cells of a line, stripped; None if it is empty or broken, which is noted."""
    if not raw.strip(b" \t,"):
        return None
    sentence = ""
    if len(raw) > MAX_LINE:
        sentence = f"The line is longer than {MAX_LINE} bytes. Look for a quotation mark that was not closed."
    elif b"\x00" in raw:
        sentence = "There is a NUL byte. Save the file anew as text."
    try:
        text = "" if sentence else raw.decode("utf-8")
        found = cells.split(text)
    except UnicodeDecodeError as error:
        sentence = f"Byte {error.start + 1} of the line, {raw[error.start]:02X}, is {_NOT_UTF8}"
    except cells.BrokenLine as error:
        sentence = str(error)
    if sentence:
        made.problems.append(Problem(line, sentence))
        return None
    return [cell.strip(" ") for cell in found]


def _columns(made: PeopleFile, line: int, found: list[str]) -> list[str] | None:
    names = [name.lower() for name in found]
    strange = [name for name in names if name not in COLUMNS]
    wanted = f"The first line must name the columns: {','.join(COLUMNS)} (the last two may be left out)."
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        sentence = "The columns are not separated by commas. Save the file as comma-separated CSV."
    elif strange or len(set(names)) != len(names) or not set(NEEDED) <= set(names):
        sentence = wanted
    else:
        return names
    made.problems.append(Problem(line, sentence))
    return None


def _take(made: PeopleFile, line: int, columns: list[str], found: list[str]) -> None:
    if len(found) != len(columns):
        sentence = f"There are {len(found)} cells, not {len(columns)}. Look at its commas and quotation marks."
        made.problems.append(Problem(line, sentence))
        return
    row = {"place": "", "contact": "", **dict(zip(columns, found, strict=True))}
    wrong = list(_wrong_cells(line, row))
    bad = {problem.column for problem in wrong}

    def tried(column: str, check: Callable[[PeopleFile, int, str], T]) -> T | None:
        try:
            return None if column in bad else check(made, line, row[column])
        except (ActRefused, badge_number.BadNumber, _Twice) as error:
            wrong.append(Problem(line, str(error), column))
            return None

    login, name, roles = tried("login", _login), tried("name", _name), tried("roles", _roles)
    number, contact = tried("uid", _uid), tried("contact", _contact)
    made.problems += wrong
    if login is not None and name is not None and roles is not None and not wrong:
        made.entries.append(Entry(line, login, name, roles, row["place"] or None, number, contact))


def _wrong_cells(line: int, row: dict[str, str]) -> Iterator[Problem]:
    for column, text in row.items():
        longest = MAX_PLACE if column == "place" else MAX_CELL
        if cells.is_formula(text):
            sentence = "A spreadsheet would take this for a formula: it begins with = + - or @."
        elif len(text) > longest:
            sentence = f"This is longer than {longest} characters."
        elif not text.isprintable():
            sentence = "There is a character in it that cannot be seen. Type it anew."
        else:
            continue
        yield Problem(line, sentence, column)


class _Twice(Exception):
    """A login or number stands in the file twice."""


def _login(made: PeopleFile, line: int, text: str) -> str:
    login = check_login(text)
    first = made.logins.setdefault(login, line)
    if first != line:
        raise _Twice(f"“{login}” is in line {first} already. One line a person.")
    return login


def _name(_made: PeopleFile, _line: int, text: str) -> str:
    return check_name(text)


def _roles(_made: PeopleFile, _line: int, text: str) -> tuple[str, ...]:
    roles = tuple(dict.fromkeys(word for word in _BETWEEN_ROLES.split(text) if word))
    for role in roles:
        check_role(role)
    if len(roles) > MAX_ROLES:
        raise ActRefused(f"A person has at most {MAX_ROLES} roles.")
    return roles


def _contact(_made: PeopleFile, _line: int, text: str) -> str | None:
    return check_contact(text) if text else None


def _uid(made: PeopleFile, line: int, text: str) -> bytes | None:
    if not text:
        return None
    plain = "".join(c for c in text if c not in ":- ")
    if len(plain) % 2 and re.fullmatch("[0-9A-Fa-f]+", plain):
        raise badge_number.BadNumber(
            "This has an odd number of hex digits: a spreadsheet may have dropped a zero in front. Mark it as text."
        )
    number = badge_number.parse(text)
    first = made.numbers.setdefault(number, line)
    if first != line:
        raise _Twice(f"This badge is in line {first} already. A badge belongs to one person.")
    return number
