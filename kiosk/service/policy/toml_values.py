"""Reads one value of the ``[policy]`` table at a time; whatever is wrong is named with its value and what is allowed.

``where``: what stands before the name, such as ``actions.record.export.``. Everything here raises ``SettingsError``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from kiosk.settings import SettingsError, must

ROLE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
ACTION = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*")
MAX_TEXT = 100
"""Characters of any one text."""


def bad(name: str, allowed: str, value: object) -> SettingsError:
    """The complaint about one rule."""
    return SettingsError(f"[policy]: {must(name, allowed, value)}")


def number(table: Mapping[str, object], name: str, default: object, least: int, most: int, where: str = "") -> int:
    """A whole number from ``least`` to ``most``."""
    value = table.get(name, default)
    if type(value) is not int or not least <= value <= most:
        raise bad(where + name, f"a whole number from {least} to {most}", value)
    return value


def flag(table: Mapping[str, object], name: str, default: bool, where: str = "") -> bool:
    """True or false."""
    value = table.get(name, default)
    if not isinstance(value, bool):
        raise bad(where + name, "true or false", value)
    return value


def one_of(table: Mapping[str, object], name: str, default: str, choices: Collection[str], where: str = "") -> str:
    """One of ``choices``."""
    value = table.get(name, default)
    if not isinstance(value, str) or value not in choices:
        raise bad(where + name, f"one of {', '.join(choice or '“”' for choice in choices)}", value)
    return value


def texts(table: Mapping[str, object], name: str, default: Collection[str] = (), where: str = "") -> tuple[str, ...]:
    """A list of texts that somebody can read."""
    value = table.get(name, list(default))
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise bad(where + name, "a list of texts", value)
    for text in value:
        if not text.strip() or len(text) > MAX_TEXT or not text.isprintable():
            raise bad(where + name, f"a list of texts of 1 to {MAX_TEXT} printable characters", text)
    return tuple(value)


def roles(
    table: Mapping[str, object], name: str, default: Collection[str] = (), where: str = "", *, some: bool = False
) -> tuple[str, ...]:
    """A list of roles as persons have them: one written otherwise would be nobody's. ``some``: one at least."""
    value = texts(table, name, default, where)
    for text in value:
        check_role(where + name, text)
    if some and not value:
        raise bad(where + name, "a list of one role at least", [])
    return value


def check_role(name: str, role: str) -> None:
    """Whether a person could have that role."""
    if not ROLE.fullmatch(role):
        raise bad(name, "roles: lower-case letters, digits, - and _, at most 40", role)
