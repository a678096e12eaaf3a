"""Marks by which the service tells that a workstation is another one than before. They identify no person.

They are the workstation's own word: whoever has its key can say what they like. What they show is honest change.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

DISTRIBUTION = "kiosk"
MARK = 32
"""Hex digits of a mark: half of a SHA-256."""
OF_THE_COMPUTER = (
    Path("/etc/machine-id"),
    Path("/sys/class/dmi/id/sys_vendor"),
    Path("/sys/class/dmi/id/product_name"),
    Path("/sys/class/dmi/id/board_name"),
)


def hardware(files: tuple[Path, ...] = OF_THE_COMPUTER) -> str:
    """A mark of this computer and its installation (machine-id(5)); what cannot be read counts as empty."""
    return _mark("\n".join(_text(path) for path in files))


def system() -> str:
    """The operating system and its version, such as ``debian 12`` (os-release(5)); the kernel's name elsewhere."""
    try:
        said = platform.freedesktop_os_release()
    except OSError:
        return platform.system().lower()
    return f"{said.get('ID', 'linux')} {said.get('VERSION_ID', '')}".strip()


@lru_cache(maxsize=1)
def package(name: str = DISTRIBUTION) -> str:
    """A mark of the program's files as they were when it started: what was installed (the wheel's ``RECORD``), and the
    names of files that are not so any more. Empty where it was not installed as a package."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return ""
    rows = [row for row in csv.reader((found.read_text("RECORD") or "").splitlines()) if row]
    other = sorted(path for path, digest, *_ in rows if _differs(Path(str(found.locate_file(path))), digest))
    listed = sorted(f"{path} {digest}" for path, digest, *_ in rows)
    return _mark("\n".join([*listed, "", *other]))


def _differs(path: Path, recorded: str) -> bool:
    """Whether the file is not as it was ``recorded``: ``ALGORITHM=DIGEST`` in base64url, or nothing (Binary
    distribution format, "The .dist-info directory")."""
    algorithm, _, digest = recorded.partition("=")
    if not digest:
        return False
    try:
        found = hashlib.new(algorithm, path.read_bytes()).digest()
    except (OSError, ValueError):
        return True
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode() != digest


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:MARK]
