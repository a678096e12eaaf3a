"""Who may import whom. Reads every import of every file and fails on an arrow that the map does not draw."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
AGENT_ROOMS = {"reader", "credential", "session", "client", "stage", "ui"}
EVERYTHING = AGENT_ROOMS | {"agent", "service", "simulator", "demo", "cli"}

MAY_IMPORT: dict[str, set[str]] = {
    "files": set(),
    "model": set(),
    "settings": {"model", "files"},
    "resources": set(),
    "reaper": set(),
    "reader": {"model"},
    "credential": {"model", "reader"},
    "session": {"model"},
    "client": {"model", "settings", "files"},
    "stage": {"model"},
    "ui": {"model", "session", "resources"},
    "agent": {"model", "settings", "resources", "reaper", "files"} | AGENT_ROOMS,
    "service": {"model", "settings", "resources", "reaper", "files"},
    "simulator": {"model", "files"},
    "demo": EVERYTHING | {"model", "settings", "resources"},
    "cli": EVERYTHING | {"model", "settings", "resources", "files"},
    "__main__": {"cli", "settings"},
}
FOREIGN: dict[str, set[str]] = {
    "PySide6": {"ui", "agent", "demo"},
    "smartcard": {"reader"},
    "sqlalchemy": {"service"},
    "alembic": {"service"},
    "fastapi": {"service"},
    "httpx": {"client", "demo", "cli", "service"},
    "Xlib": {"stage"},
    "jeepney": {"stage"},
}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "kiosk").parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which room they reach"
            module = node.module or ""
            yield from (f"{module}.{alias.name}" for alias in node.names)


FILES = sorted(p for p in (ROOT / "kiosk").rglob("*.py") if p.name != "__init__.py" or p.parent.name != "kiosk")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    room = room_of(path)
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "kiosk" and len(parts) > 1 and parts[1] != room:
            assert parts[1] in MAY_IMPORT[room], f"{room} may not import {name}"
        for package, rooms in FOREIGN.items():
            assert parts[0] != package or room in rooms, f"only {sorted(rooms)} may import {package}"


def test_the_session_knows_no_clock_and_no_outside() -> None:
    allowed = {"__future__", "dataclasses", "enum", "typing", "collections", "functools", "itertools", "kiosk"}
    for path in (ROOT / "kiosk" / "session").glob("*.py"):
        for name in imported(path):
            assert name.split(".")[0] in allowed, f"{path.name} imports {name}: the session is pure"


def test_every_folder_says_what_it_is_for() -> None:
    for front in (ROOT / "kiosk").rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(front.read_text())), f"{front} has no docstring"
