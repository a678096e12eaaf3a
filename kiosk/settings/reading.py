"""Settings from TOML: each value of the type that its field says, or a sentence about it."""

# Without "from __future__ import annotations", as beside it.

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from types import UnionType
from typing import Literal, TypeVar, get_args, get_origin

from kiosk.model.wedge import WedgeFormatError
from kiosk.settings.checks import MAX_NUMBER, SettingsError, must, refuse_controls

T = TypeVar("T")


def load(kind: type[T], path: Path) -> T:
    """Settings of ``kind`` from the TOML at ``path``. Raises ``SettingsError``."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"There is no settings file at {path}.") from None
    except IsADirectoryError:
        raise SettingsError(f"{path} is a folder, where a settings file is wanted.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path} is not UTF-8 text (line {line}). Save it as UTF-8.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from None
    return from_table(kind, table, str(path))


def from_table(kind: type[T], table: Mapping[str, object], where: str) -> T:
    """Settings of ``kind`` from a decoded table; ``where`` names it in messages. Raises ``SettingsError``."""
    hints = kind.__annotations__
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    for name in table:
        if name not in known:
            raise SettingsError(f"{where}: there is no setting called “{name}”.")
    values = {name: _checked(name, value, hints[name], where) for name, value in table.items()}
    for f in fields(kind):  # type: ignore[arg-type]
        if f.name not in values and f.default is MISSING and f.default_factory is MISSING:
            raise SettingsError(f"{where}: “{f.name}” is missing.")
    try:
        return kind(**values)
    except (SettingsError, WedgeFormatError) as error:
        raise SettingsError(f"{where}: {error}") from None


def _checked(name: str, value: object, hint: object, where: str) -> object:
    origin = get_origin(hint)
    if origin is Literal:
        if value not in get_args(hint):
            raise _wrong(name, f"one of {', '.join(map(str, get_args(hint)))}", value, where)
        return value
    if origin is UnionType:
        if tuple[str, ...] in get_args(hint):
            if not isinstance(value, str | list):
                raise _wrong(name, "a text, or a list of texts", value, where)
            return (
                _checked_list(name, value, str, where) if isinstance(value, list) else _checked(name, value, str, where)
            )
        if type(value) not in get_args(hint):
            raise _wrong(name, "a whole number, or true or false", value, where)
        return value
    if origin is tuple:
        return _checked_list(name, value, get_args(hint)[0], where)
    if origin is dict:
        if not isinstance(value, dict):
            raise _wrong(name, "a table", value, where)
        return value
    if not isinstance(hint, type) or type(value) is not hint:
        wanted = {"int": "a whole number", "str": "a text", "bool": "true or false"}.get(
            getattr(hint, "__name__", ""), "of another type"
        )
        raise _wrong(name, wanted, value, where)
    if type(value) is int and not 0 <= value <= MAX_NUMBER:
        raise _wrong(name, f"a whole number from 0 to {MAX_NUMBER}", value, where)
    refuse_controls(f"{where}: ", name, value if isinstance(value, str) else "")
    return value


def _checked_list(name: str, value: object, kind: type, where: str) -> tuple[object, ...]:
    if kind is not str:
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise _wrong(name, f"tables, each under [[{name}]]", value, where)
        return tuple(from_table(kind, table, f"{where}, [[{name}]]") for table in value)
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise _wrong(name, "a list of texts", value, where)
    # A word of a command may be a small script of several lines.
    refuse_controls(f"{where}: ", name, "".join(value).replace("\n", ""))
    return tuple(value)


def _wrong(name: str, allowed: str, value: object, where: str) -> SettingsError:
    return SettingsError(f"{where}: {must(name, allowed, value)}")
