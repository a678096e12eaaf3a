"""JSON in the store's columns becomes frozen dataclasses here, and the other way round.

A field that has a default and holds just that need not be written. Everything else is, under its own name. What is
read has to be exactly what this version writes, or wrote before; anything else is refused, never guessed at.

::

    UnreadableError    the text is not of that shape: written by a newer version, or by nobody of ours
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from _typeshed import DataclassInstance  # what typing calls "an instance of any dataclass"; no module at run time

JsonObject = Mapping[str, object]
"""A JSON object as ``json`` reads it, of which nothing is known yet."""
T = TypeVar("T")


class UnreadableError(ValueError):
    """``str()`` says what does not fit, and where. It tells names of fields, never what they hold."""


def parse(text: str | bytes) -> JsonObject:
    """The JSON object in ``text``. Raises ``UnreadableError``."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableError("it is not JSON") from None
    return mapping(found)


def parse_list(text: str | bytes) -> list[object]:
    """The JSON array in ``text``. Raises ``UnreadableError``."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableError("it is not JSON") from None
    if not isinstance(found, list):
        raise UnreadableError("it is no JSON array")
    return found


def mapping(found: object) -> JsonObject:
    """``found``, if it is a JSON object. Raises ``UnreadableError``."""
    if not isinstance(found, dict):
        raise UnreadableError("it is no JSON object")
    return found


def read(kind: type[T], found: object) -> T:
    """``found``, as ``json`` reads it, as a ``kind``: a dataclass, or a tuple of them. Raises ``UnreadableError``."""
    try:
        made = msgspec.convert(found, kind, strict=True)
    except msgspec.ValidationError as error:
        raise UnreadableError(_without_values(str(error))) from None
    _check_names(found, made)
    return made


def write(value: DataclassInstance, *, whole: bool = False) -> dict[str, object]:
    """``value`` as ``json`` writes it: names and plain values alone. ``whole``: defaults, too."""
    held = {field.name: (getattr(value, field.name), field.default) for field in fields(value)}
    return {
        name: _plain(it, whole) for name, (it, default) in held.items() if whole or default is MISSING or it != default
    }


def _plain(value: object, whole: bool) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return write(value, whole=whole)
    if isinstance(value, tuple | list):
        return [_plain(item, whole) for item in value]
    return value


def _check_names(found: object, made: object) -> None:
    """A name that no field has is something that would be lost when it is written again."""
    if is_dataclass(made) and isinstance(found, dict):
        known = {field.name for field in fields(made)}
        if not known.issuperset(found):
            raise UnreadableError(f"{type(made).__name__} has no such field")
        for name, value in found.items():
            _check_names(value, getattr(made, name))
    elif isinstance(made, tuple) and isinstance(found, list):
        for each_value, its in zip(found, made, strict=True):
            _check_names(each_value, its)


def _without_values(said: str) -> str:
    """msgspec says which word an enumeration does not have, and that may be anything."""
    return "a word that it does not have there" if said.startswith("Invalid") else said
