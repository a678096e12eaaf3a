"""``kiosk service init`` and ``kiosk admin`` in this process, on a data folder of the test's own."""

from __future__ import annotations

import atexit
import io
import json
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kiosk.__main__ import main


@dataclass
class AdminDesk:
    """Runs commands; ``out`` and ``err`` are what the last one printed."""

    data: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    def run(self, *words: str, typed: str = "") -> int:
        """The exit status of ``kiosk WORDS``, with ``typed`` on standard input."""
        self.monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        self.capsys.readouterr()
        status = main(words)
        self.out, self.err = self.capsys.readouterr()
        return status

    def admin(self, *words: str, typed: str = "", status: int = 0) -> str:
        """What ``kiosk admin WORDS`` printed; it must end with ``status``."""
        ended = self.run("admin", "--data", str(self.data), *words, typed=typed)
        assert ended == status, self.err
        return self.out if status == 0 else self.err

    def rows(self) -> list[dict[str, Any]]:
        """The audit trail but for its exports, in which nothing may be wrong; no checkpoint vouches for it yet."""
        assert self.run("audit", "verify", "--data", str(self.data)) in (0, 3), self.out
        assert self.run("audit", "export", "--data", str(self.data)) == 0
        rows = [json.loads(line) for line in self.out.splitlines()]
        return [row for row in rows if (row.get("detail") or {}).get("act") != "audit.export"]

    def acts(self) -> list[str]:
        """What administrators did, in order."""
        return [row["detail"]["act"] for row in self.rows() if row["action"] == "admin"]


@cache
def _template() -> Path:
    """Where the folder will be that each desk's is a copy of: keys and schema take a third of a second to make."""
    holder = tempfile.TemporaryDirectory(prefix="kiosk-desk-", ignore_cleanup_errors=True)
    atexit.register(holder.cleanup)
    return Path(holder.name) / "data"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> AdminDesk:
    """A desk at a new data folder."""
    made = AdminDesk(_template(), monkeypatch, capsys)
    if not (made.data / "service.toml").exists():
        words = ("service", "init", "--data", str(made.data), "--origin", "https://localhost:8443")
        assert made.run(*words) == 0, made.err
    shutil.copytree(made.data, tmp_path / "data")
    return AdminDesk(tmp_path / "data", monkeypatch, capsys)
