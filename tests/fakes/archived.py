"""A trail of which the oldest part was archived years later, by the functions that the commands call."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.service.admin import retention
from kiosk.service.admin.act import Admin
from kiosk.service.admin.retention import Pruning
from kiosk.service.audit import archiving, checkpoint, export, scope, seal
from kiosk.service.audit.archiving import ArchiveSpan, ReadArchive
from kiosk.service.audit.event import Event
from kiosk.service.audit.exported import ExportTrail
from kiosk.service.audit.finding import VerificationReport
from kiosk.service.audit.partial import verify_files
from kiosk.service.audit.verify import verify
from kiosk.service.audit.writer import append
from kiosk.service.platform.keys import CheckpointKeys
from kiosk.service.store import archives
from kiosk.service.store.database import Database
from tests.service.audit import trail
from tests.service.audit.trail import CHAIN, NOW

YEARS = 6
LATER = NOW + 7 * retention.YEAR
"""When all of ``trail.write_trail`` is older than the retention."""


@dataclass
class OldTrail:
    """``trail.write_trail``, and a row of seven years later, all of it signed."""

    db: Database
    folder: Path
    keys: CheckpointKeys = field(default_factory=trail.checkpoint_keys)

    def __post_init__(self) -> None:
        self.db.write_now(trail.write_trail, self.keys)
        self.lock(LATER)

    def lock(self, at: int, chain: str = CHAIN) -> None:
        self.db.write_now(append, chain, Event("lock", "seen", at, workstation=chain))
        self.sign(at)

    def sign(self, at: int) -> None:
        what = self.db.read_now(seal.read, self.keys.public)
        assert not what.refused, what.refused
        self.db.write_now(seal.write, self.keys, at, what)

    def span(self, before: int = LATER - YEARS * retention.YEAR) -> ArchiveSpan:
        found = self.db.read_now(archiving.span_before, self.keys.public, before)
        assert found is not None
        return found

    def archive(self, name: str = "archive", at: int = LATER, who: str = "ada", *, two: bool = False) -> Path:
        """Its folder."""
        span, folder = self.span(at - YEARS * retention.YEAR), self.folder / name
        folder.mkdir()
        rows = self.db.read_now(archiving.write, folder, span, self.keys.public, at)
        sha256 = archiving.read(folder, self.keys.public).sha256
        admin = admin_at(at, who)
        self.db.write_now(retention.record_archive, admin, span, rows, sha256, "yearly", YEARS, two=two)
        return folder

    def read(self, folder: Path) -> ReadArchive:
        return archiving.read(folder, self.keys.public)

    def plan(self, at: int = LATER) -> Pruning:
        return self.db.read_now(retention.plan, self.span(at - YEARS * retention.YEAR))

    def put_in_force(self, folder: Path, at: int = LATER, who: str = "ada", *, two: bool = False) -> None:
        plan = self.plan(at)
        self.db.write_now(retention.prepare, plan)
        self.db.write_now(retention.prepare_kept, plan, plan.kept)
        self.db.write_now(retention.put_in_force, admin_at(at, who), plan, self.read(folder), "yearly", two=two)
        self.sign(at + 1)

    def clear(self, folder: Path, at: int = LATER) -> None:
        self.db.write_now(retention.clear, admin_at(at + 1), self.read(folder))
        self.sign(at + 1)

    def remove(self) -> None:
        while self.db.write_now(archives.remove_some):
            pass

    def prune(self, folder: Path, at: int = LATER) -> None:
        self.put_in_force(folder, at)
        self.clear(folder, at)
        self.remove()

    def verify(self) -> VerificationReport:
        return self.db.read_now(verify, self.keys.public)

    def why(self) -> str:
        """What verification finds, empty for nothing."""
        return str(self.verify().finding or "")

    def verify_files(self, *paths: Path) -> VerificationReport:
        copy = self.db.read_now(checkpoint.after, 0, 1000)
        with ExitStack() as opened:
            trail = ExportTrail([(opened.enter_context(path.open("rb")), path) for path in paths])
            return verify_files(trail, self.keys.public, copy)

    def export(self, name: str, of: scope.ExportScope, most: int | None = None) -> tuple[Path, scope.ScopeEnd]:
        path = self.folder / name
        with path.open("w", encoding="utf-8") as file:
            return path, self.db.read_now(export.part, file, of, most)


def admin_at(at: int, who: str = "ada") -> Admin:
    return Admin(who or "kiosk", 1000, at, who or None, "login" if who else "not known")
