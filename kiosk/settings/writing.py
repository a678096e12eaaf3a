"""Settings to TOML, as ``reading`` takes them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.files import write_private
from kiosk.settings.checks import refuse_controls

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def save(settings: DataclassInstance, path: Path) -> None:
    """Write ``settings`` as TOML, in one step, readable by the owner alone. Defaults are left out, and so are dicts.

    Raises ``SettingsError`` for a text that no setting may hold, and ``OSError``; then ``path`` is as it was.
    """
    import tomli_w  # here: a lock screen only reads

    table = {
        f.name: _plain(f.name, getattr(settings, f.name))
        for f in fields(settings)
        if getattr(settings, f.name) != f.default and not isinstance(getattr(settings, f.name), dict)
    }
    write_private(path, tomli_w.dumps(table).encode())


def _plain(name: str, value: object, allowed: str = "") -> object:
    """``value`` as tables, lists, texts and numbers. ``allowed``: control characters that a text may hold."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(f.name, getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_plain(name, part, "\n") for part in value]  # a word of a command may be a script of several lines
    if isinstance(value, str):
        refuse_controls("", name, value.translate(dict.fromkeys(map(ord, allowed))))
    return value
