"""What is inside of a backup: one JSON value a line, compressed. ``docs/backup.md`` has the format.

Tables are written row by row, the same for both databases, so that a backup of one can be restored into the other.
The last line is the manifest: what each part must be. A backup without it is none.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, BinaryIO

from kiosk.service.backup.sealed_file import COST, BackupFileError, SealedReader, SealedWriter
from kiosk.service.platform.json_fields import JsonObject, as_json, items, members, number, text

if TYPE_CHECKING:
    from hashlib import _Hash

VERSION = 1
PIECE = 3 * 64 * 1024
"""Bytes of a file that stand on one line."""
MAX_LINE = 1 << 28
Value = str | int | float | bytes | bool | None


@dataclass(frozen=True, slots=True)
class BackupPart:
    """A file or table: SHA-256 (hex) of the file, or of its lines; ``count``: bytes, or rows."""

    name: str
    kind: str
    sha256: str
    count: int


@dataclass(frozen=True, slots=True)
class BackupHead:
    """The last row of a chain when the backup was made. ``hash``: hex."""

    chain: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """``made``: epoch seconds. ``schema``: the migration that its tables are of. ``checkpoint``: the last one's number
    and its hash (hex), 0 and empty for none."""

    made: int
    origin: str
    database: str
    schema: str
    parts: tuple[BackupPart, ...]
    heads: tuple[BackupHead, ...]
    checkpoint: int
    checkpoint_hash: str
    version: int = VERSION

    def line(self) -> bytes:
        """As it stands in the backup."""
        return _line({"manifest": asdict(self)})

    def digest(self) -> str:
        """SHA-256 (hex), by which the trail names the backup."""
        return hashlib.sha256(self.line()).hexdigest()


@dataclass(frozen=True, slots=True)
class FilePiece:
    """The next bytes of a file."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TableRow:
    """The next row of a table."""

    table: str
    columns: tuple[str, ...]
    values: tuple[Value, ...]


class PartWriter:
    """Writes parts one after the other, then the manifest. ``parts``: those that are whole."""

    def __init__(self, file: BinaryIO, passphrase: bytes, cost: int = COST) -> None:
        self._sealed = SealedWriter(file, passphrase, cost)
        self._out = gzip.GzipFile(filename="", mode="wb", fileobj=self._sealed, compresslevel=4, mtime=0)
        self.parts: list[BackupPart] = []

    def file(self, name: str, data: bytes) -> None:
        """A whole file."""
        for start in range(0, max(len(data), 1), PIECE):
            piece = base64.b64encode(data[start : start + PIECE]).decode("ascii")
            self._out.write(_line({"file": name, "bytes": piece}))
        self.parts.append(BackupPart(name, "file", hashlib.sha256(data).hexdigest(), len(data)))

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A whole table."""
        self._out.write(_line({"table": name, "columns": [*columns]}))
        digest, count = hashlib.sha256(), 0
        for row in rows:
            line = _line([_told(value) for value in row])
            digest.update(line)
            self._out.write(line)
            count += 1
        self.parts.append(BackupPart(name, "table", digest.hexdigest(), count))

    def finish(self, manifest: BackupManifest) -> None:
        """The manifest, and the end."""
        self._out.write(manifest.line())
        self._out.close()
        self._sealed.finish()


class PartReader:
    """Reads a backup from its beginning. ``manifest`` is there once ``pieces`` came to the end, and all was right."""

    def __init__(self, file: BinaryIO, passphrase: bytes, name: str) -> None:
        file.seek(0)
        self._name = name
        unsealed = io.BufferedReader(SealedReader(file, passphrase, name))
        self._in = io.BufferedReader(gzip.GzipFile(fileobj=unsealed, mode="rb"))
        self._seen: dict[tuple[str, str], tuple[_Hash, int]] = {}
        self.manifest: BackupManifest | None = None

    def pieces(self) -> Iterator[FilePiece | TableRow]:
        """Everything, in the order in which it was written. Raises ``BackupFileError``."""
        try:
            yield from self._pieces()
        except BackupFileError:
            raise
        except (ValueError, TypeError, KeyError, OSError, EOFError, RecursionError, zlib.error):
            raise BackupFileError(f"{self._name} is damaged. Take another backup.") from None

    def whole(self) -> BackupManifest:
        """What its end says of it, once ``pieces`` has been read to the end. Raises ``BackupFileError`` before."""
        if self.manifest is None:
            raise BackupFileError(f"{self._name} was not read to its end. Take another backup.")
        return self.manifest

    def _pieces(self) -> Iterator[FilePiece | TableRow]:
        table: str | None = None
        columns: tuple[str, ...] = ()
        while line := self._in.readline(MAX_LINE):
            said: object = json.loads(line)
            if isinstance(said, list):
                if table is None or len(said) != len(columns):
                    raise ValueError("a row of no table")
                self._count(("table", table), line, 1)
                yield TableRow(table, columns, tuple(map(_value, said)))
                continue
            found = members(said)
            if "manifest" in found:
                self._end(members(found["manifest"]))
                return
            if "table" in found:
                table = text(found, "table")
                columns = tuple(str(column) for column in items(found["columns"]))
                self._count(("table", table), b"", 0)
                continue
            piece = FilePiece(text(found, "file"), base64.b64decode(text(found, "bytes"), validate=True))
            self._count(("file", piece.name), piece.data, len(piece.data))
            yield piece
        raise ValueError("no manifest")

    def _count(self, part: tuple[str, str], data: bytes, more: int) -> None:
        digest, count = self._seen.get(part, (hashlib.sha256(), 0))
        digest.update(data)
        self._seen[part] = (digest, count + more)

    def _end(self, said: JsonObject) -> None:
        if self._in.read(1):
            raise ValueError("more after the manifest")
        found = _manifest(said)
        if found.version != VERSION:
            raise BackupFileError(f"{self._name} was made by a newer version of kiosk. Restore it with that version.")
        seen = [
            BackupPart(name, kind, digest.hexdigest(), count) for (kind, name), (digest, count) in self._seen.items()
        ]
        if list(found.parts) != seen:
            raise ValueError("parts")
        self.manifest = found


def examine(file: BinaryIO, passphrase: bytes, name: str) -> BackupManifest:
    """Read a backup to its end. Raises ``BackupFileError`` unless every part is what the manifest says."""
    reader = PartReader(file, passphrase, name)
    for _ in reader.pieces():
        pass
    return reader.whole()


def _manifest(said: JsonObject) -> BackupManifest:
    parts = [members(part) for part in items(said["parts"])]
    heads = [members(head) for head in items(said["heads"])]
    return BackupManifest(
        number(said, "made"),
        text(said, "origin"),
        text(said, "database"),
        text(said, "schema"),
        tuple(BackupPart(text(p, "name"), text(p, "kind"), text(p, "sha256"), number(p, "count")) for p in parts),
        tuple(BackupHead(text(h, "chain"), number(h, "seq"), text(h, "hash")) for h in heads),
        number(said, "checkpoint"),
        text(said, "checkpoint_hash"),
        number(said, "version"),
    )


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8") + b"\n"


def _told(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return {"b": base64.b64encode(bytes(value)).decode("ascii")}
    return value


def _value(said: object) -> Value:
    if isinstance(said, dict):
        return base64.b64decode(text(as_json(said), "b"), validate=True)
    if said is None or isinstance(said, str | int | float):
        return said
    raise ValueError("no value of a column")
