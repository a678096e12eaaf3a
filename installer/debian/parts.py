"""Which locked Python package goes into which Debian package, and which of Qt's files a station needs.

Nothing is listed twice: what only the service's or only the station's own packages pull in goes with them, all the rest
is common. Qt's libraries are kept if what we import, or a plugin we need, is linked with them.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from importlib.metadata import distribution, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

SERVICE = (
    *("alembic", "argon2-cffi", "asyncpg", "fastapi", "httptools", "pygal", "pyotp", "resvg-py", "sqlalchemy"),
    *("uvicorn", "uvloop"),
)
STATION = ("pyside6-essentials", "keyring", "jeepney")

QT_WANTED = (
    *("__init__.py", "_config.py", "_git_pyside_version.py", "QtCore.abi3.so", "QtGui.abi3.so", "QtWidgets.abi3.so"),
    *("Qt/plugins/platforms/libqxcb.so", "Qt/plugins/platforms/libqoffscreen.so"),
    "Qt/plugins/platforminputcontexts/libcomposeplatforminputcontextplugin.so",
)
NOT_AT_RUN_TIME = {".pyi", ".pyx", ".pxd", ".pxi", ".c", ".h", ".hpp", ".cpp", ".pyc"}
TESTS = ("greenlet/tests/", "greenlet/platform/", "sqlalchemy/testing/", "alembic/testing/")


def parts() -> dict[str, str]:
    """Canonical name of every package needed at run time → ``common``, ``station`` or ``service``."""
    ours = [Requirement(text) for text in requires("kiosk") or ()]
    ours = [package for package in ours if package.marker is None or package.marker.evaluate({"extra": ""})]
    shared = [package for package in ours if canonicalize_name(package.name) not in (*SERVICE, *STATION)]
    where = dict.fromkeys(_closure(shared), "common")
    for part, names in (("service", SERVICE), ("station", STATION)):
        for name in _closure(package for package in ours if canonicalize_name(package.name) in names):
            if where.setdefault(name, part) not in (part, "common"):
                where[name] = "common"
    return where


def _closure(wanted: Iterable[Requirement]) -> set[str]:
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    todo = list(wanted)
    while todo:
        one = todo.pop()
        name = canonicalize_name(one.name)
        for extra in ("", *one.extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            found.add(name)
            for text in distribution(name).requires or ():
                further = Requirement(text)
                if further.marker is None or further.marker.evaluate({"extra": extra}):
                    todo.append(further)
    return found


def lock_of(names: Iterable[str], lock: str) -> str:
    """The entries of ``names`` in the lock's text, with their hashes. Raises ``KeyError`` for one that is not there."""
    entries: dict[str, str] = {
        canonicalize_name(re.split(r"[=\[]", entry, maxsplit=1)[0]): entry
        for entry in re.split(r"\n(?=[A-Za-z0-9])", "\n" + lock)
        if entry.strip() and not entry.lstrip().startswith("#")
    }
    return "".join(entries[name].rstrip() + "\n" for name in sorted(names))


def qt_kept(pyside: Path) -> set[Path]:
    """Files of ``pyside`` (the folder PySide6) that a station needs, found by following what is linked."""
    kept: set[Path] = set()
    todo = [*(pyside / name for name in QT_WANTED), *pyside.glob("libpyside6.abi3.so*")]
    while todo:
        path = todo.pop()
        if path in kept:
            continue
        kept.add(path)
        if ".so" in path.name:
            listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
            linked = (Path(found).resolve() for found in re.findall(r"=> (/\S+)", listed))
            todo += [found for found in linked if found.is_relative_to(pyside)]
    return kept


def is_needed(path: str) -> bool:
    """Whether a file of a Python package, named by its path in the library, is of use when the program runs."""
    return Path(path).suffix not in NOT_AT_RUN_TIME and not path.startswith(("bin/", "..", *TESTS))
