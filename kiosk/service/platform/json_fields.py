"""Reading JSON of others field by field: each value is of exactly the type that is wanted, or there is an error.

Everything here raises ``TypeError`` for a value of another type, and ``KeyError`` for a name that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

from kiosk.model.binding import Json

JsonObject = Mapping[str, object]
"""A JSON object of which nothing is known yet."""
T = TypeVar("T")


def of(kind: type[T], value: object) -> T:
    """``value``, which is exactly of ``kind``: True is no number here."""
    if type(value) is not kind:
        raise TypeError(kind.__name__)
    return value


def members(value: object) -> JsonObject:
    """``value``, which is a JSON object."""
    if not isinstance(value, Mapping):
        raise TypeError("object")
    return value


def member(found: JsonObject, name: str) -> JsonObject:
    """The object of that name; empty for null, and for a name that is not there."""
    value = found.get(name)
    return {} if value is None else members(value)


def items(value: object) -> list[object]:
    """``value``, which is a JSON array."""
    return of(list, value)


def text(found: JsonObject, name: str) -> str:
    """The text of that name."""
    return of(str, found[name])


def number(found: JsonObject, name: str) -> int:
    """The whole number of that name."""
    return of(int, found[name])


def as_json(value: object) -> dict[str, Json]:
    """A JSON object that ``json`` has read, as what ``binding.canonical`` takes: nothing is looked at or changed."""
    return cast("dict[str, Json]", members(value))
