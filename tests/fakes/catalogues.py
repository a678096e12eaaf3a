"""Languages for tests: written as translators' tools write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from kiosk.resources import resource
from kiosk.ui.words import FOLDER, TEMPLATE


def english() -> Iterator[Message]:
    """Every sentence of the template."""
    with resource(FOLDER, TEMPLATE).open("rb") as file:
        yield from (message for message in read_po(file) if message.context)


def write(path: Path, like: str, translate: Callable[[str, str], str | None]) -> None:
    """A language that counts as ``like`` does (``he``), at ``path``. ``translate(key, English)``: None: not yet."""
    made = Catalog(locale=like, fuzzy=False)
    for message in english():
        key = str(message.context)
        if message.pluralizable:
            other = translate(key, message.id[1])
            said: str | tuple[str, ...] = (other or "",) * made.num_plurals
        else:
            said = translate(key, str(message.id)) or ""
        made.add(message.id, said, context=key)
    with path.open("wb") as file:
        write_po(file, made)
