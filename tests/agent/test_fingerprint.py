"""Marks of a workstation: the same as long as nothing changes, and other ones as soon as something does."""

from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path

import pytest

from kiosk.agent import fingerprint


def test_a_mark_of_the_computer_tells_of_it_only_that_it_is_another(tmp_path: Path) -> None:
    one, other = tmp_path / "machine-id", tmp_path / "product"
    one.write_text("0123456789abcdef\n")
    first = fingerprint.hardware((one, other))
    assert first == fingerprint.hardware((one, other))
    assert len(first) == fingerprint.MARK and "0123" not in first
    other.write_text("Laptop 9")
    assert fingerprint.hardware((one, other)) != first
    assert fingerprint.hardware() == fingerprint.hardware()


def test_the_system_is_named_with_its_version() -> None:
    assert fingerprint.system() == fingerprint.system().strip() != ""


def test_a_file_of_the_program_that_was_changed_changes_its_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, info = tmp_path / "marked.py", tmp_path / "marked-1.0.dist-info"
    module.write_bytes(b"x = 1\n")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: marked\nVersion: 1.0\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(module.read_bytes()).digest()).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"marked.py,sha256={digest},6\nmarked-1.0.dist-info/RECORD,,\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def mark() -> str:
        fingerprint.package.cache_clear()
        return fingerprint.package("marked")

    whole = mark()
    assert whole == mark() != ""
    module.write_bytes(b"x = 2\n")
    changed = mark()
    assert changed != whole
    module.unlink()
    assert mark() == changed, "gone is as changed"
    module.write_bytes(b"x = 1\n")
    assert mark() == whole
    assert fingerprint.package("there-is-no-such-package") == ""
