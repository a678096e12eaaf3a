"""What SQLAlchemy made of the store's statements: once a process and kind of database, not once for every engine.

A statement takes a millisecond to compile, which is more than to run it; SQLite's writer and reader, and each command's
own handle, would compile all of them anew. Documented as the execution option ``compiled_cache``
(``Connection.execution_options``), whose keys name the dialect first. One dialect object is as good as another of its
class here: every engine of this program is made with the same arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TypeAlias

from sqlalchemy.engine import Compiled, Dialect
from sqlalchemy.util import LRUCache

OPTION = "compiled_cache"
MAX_STATEMENTS = 1000
"""The store has some four hundred statements."""
Key: TypeAlias = tuple[object, ...]


class Statements(MutableMapping[Key, Compiled]):
    """Compiled statements by what they are, the least used of them forgotten. Safe to use from several threads."""

    def __init__(self, most: int = MAX_STATEMENTS) -> None:
        self._kept: LRUCache[Key, Compiled] = LRUCache(most)

    def __getitem__(self, key: Key) -> Compiled:
        return self._kept[_of_any_engine(key)]

    def __setitem__(self, key: Key, compiled: Compiled) -> None:
        self._kept[_of_any_engine(key)] = compiled

    def __delitem__(self, key: Key) -> None:
        del self._kept[_of_any_engine(key)]

    def __iter__(self) -> Iterator[Key]:
        return iter(list(self._kept))

    def __len__(self) -> int:
        return len(self._kept)


def _of_any_engine(key: Key) -> Key:
    return tuple(type(part) if isinstance(part, Dialect) else part for part in key)


SQLITE = Statements()
POSTGRESQL = Statements()
