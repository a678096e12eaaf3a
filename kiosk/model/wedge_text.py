"""A keyboard-wedge reader's format in one line, as commands take it."""

from __future__ import annotations

from dataclasses import fields
from typing import Literal, get_args, get_origin

from kiosk.model.wedge import Card, Style, WedgeFormat, WedgeFormatError


def parse(text: str) -> WedgeFormat:
    """A format in one line: ``card=H10301,typed=decimal,facility=17``, or a name alone, such as ``8H10D,front=0F``.

    ``even`` and ``odd`` may repeat. Raises ``WedgeFormatError``.
    """
    given: dict[str, object] = {}
    hints = {field.name: field.type for field in fields(WedgeFormat)}
    for word in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = word.partition("=")
        if not equals:
            name, value = _named(word), word
        if name not in hints:
            raise WedgeFormatError(f"A format has no “{name}”. It has: {', '.join(hints)}.")
        given[name] = _value(name, value.strip(), hints[name], given.get(name, ()))
    return WedgeFormat(**given)  # type: ignore[arg-type]  # each was read by its field's type


def _named(word: str) -> str:
    for name, hint in (("card", Card), ("typed", Style)):
        if word in get_args(hint) and word != "card":
            return name
    cards, styles = (", ".join(name for name in get_args(hint) if name != "card") for hint in (Card, Style))
    raise WedgeFormatError(f"“{word}” is no card and no style. Cards: {cards}. Styles: {styles}. Else: NAME=VALUE.")


def _value(name: str, value: str, hint: object, before: object) -> object:
    if get_origin(hint) is Literal and value not in get_args(hint):
        raise WedgeFormatError(f"“{name}” must be one of {', '.join(get_args(hint))}, not “{value}”.")
    if get_origin(hint) is tuple:
        return (*before, value) if isinstance(before, tuple) else (value,)
    if hint is bool:
        if value not in ("true", "false"):
            raise WedgeFormatError(f"“{name}” must be true or false, not “{value}”.")
        return value == "true"
    if hint is int:
        if not (value.isascii() and value.isdigit() and len(value) <= 3):
            raise WedgeFormatError(f"“{name}” must be a whole number, not “{value}”.")
        return int(value)
    return value
