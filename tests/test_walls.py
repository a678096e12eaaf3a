"""Who may import whom. Reads every import of every file and fails on an arrow that the map does not draw.

The same inside the session and the service: a new room, or a new arrow between rooms, is written down here first.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.imports import arrows_of_files, arrows_of_rooms, circles, imported
from tests.house.picture import drawn, placed

ROOT = Path(__file__).parent.parent
AGENT_ROOMS = {"reader", "credential", "session", "client", "downtime", "stage", "ui"}
EVERYTHING = AGENT_ROOMS | {"agent", "service", "simulator", "demo", "cli", "server_login"}

MAY_IMPORT: dict[str, set[str]] = {
    "files": set(),
    "model": set(),
    "settings": {"model", "files"},
    "resources": set(),
    "reaper": set(),
    "reader": {"model"},
    "credential": {"model", "reader"},
    "session": {"model"},
    "client": {"model", "settings", "files", "verification"},
    "verification": {"model"},
    "downtime": {"model", "files", "verification"},
    "stage": {"model"},
    "ui": {"model", "session", "resources"},
    "agent": {"model", "settings", "resources", "reaper", "files"} | AGENT_ROOMS,
    "service": {"model", "settings", "resources", "reaper", "files", "verification"},
    "simulator": {"model", "files"},
    "server_login": {"model", "settings"},
    "demo": EVERYTHING | {"model", "settings", "resources", "files"},
    "cli": EVERYTHING | {"model", "settings", "resources", "files"},
    "__main__": {"cli", "settings"},
}
_MOVES = {"facts", "shared"}
_UPKEEP = {"audit", "channels", "store", "platform"}
_FLOW = {"proofs", "shared", "audit", "channels", "store", "platform", "policy"}
INSIDE: dict[str, dict[str, set[str]]] = {
    "kiosk.session": {
        "facts": set(),
        "shared": {"facts"},
        "sign_in": _MOVES,
        "step_up": {"sign_in"} | _MOVES,
        "enrolment": {"sign_in"} | _MOVES,
        "emergency": _MOVES,
        "station": {"sign_in", "enrolment", "step_up", "emergency"} | _MOVES,
        "screen": {"step_up", "enrolment", "emergency"} | _MOVES,
        "present_mode": {"station", "sign_in", "step_up", "enrolment", "emergency"} | _MOVES,
        "step": {"present_mode", "station", "sign_in", "step_up", "emergency", "screen"} | _MOVES,
    },
    "kiosk.service": {
        "platform": set(),
        "policy": {"risk"},
        "risk": set(),
        "jose": {"platform"},
        "metadata": {"platform"},
        "store": {"platform", "metadata"},
        "audit": {"platform", "jose", "store"},
        "channels": {"platform", "store"},
        "shared": {"platform", "policy", "risk", "jose", "store", "audit"},
        "proofs": {"platform", "policy", "metadata", "store", "audit", "shared"},
        "enrolment": _FLOW,
        "ceremonies": _FLOW | {"enrolment", "jose", "risk"},
        "admin": {"proofs", "metadata", "policy"} | _UPKEEP,
        "records": {"admin", "policy"} | _UPKEEP,
        "directory": {"admin", "shared", "policy", "audit", "store", "platform"},
        "helpdesk": {"admin", "ceremonies", "shared", "policy"} | _UPKEEP,
        "jobs": {"policy", "shared"} | _UPKEEP,
        "openid": {"ceremonies", "shared", "jose", "policy", "audit", "store", "platform"},
        "signals": {"openid", "admin", "risk", "shared", "jose", "audit", "store", "platform"},
        "phone": {"proofs", "shared", "audit", "channels", "store", "platform"},
        "away": {
            "phone",
            "openid",
            "ceremonies",
            "proofs",
            "channels",
            "shared",
            "policy",
            "risk",
            "audit",
            "store",
            "platform",
        },
        "upstream": {"openid", "ceremonies", "shared", "audit", "store", "platform"},
        "kerberos": {"shared", "audit", "store", "platform"},
        "routes": {
            "openid",
            "upstream",
            "signals",
            "phone",
            "away",
            "kerberos",
            "ceremonies",
            "directory",
            "enrolment",
            "helpdesk",
            "proofs",
            "shared",
            "jose",
            "policy",
            "audit",
            "store",
            "platform",
        },
        "folder": {"policy", "shared"} | _UPKEEP,
        "backup": {"admin", "folder", "jose"} | _UPKEEP,
        "operations": {"routes", "shared"} | _UPKEEP | {"folder"},
        "joining": {"admin", "folder", "store", "platform"},
        "error_answers": {"jobs", "shared", "store", "platform"},
        "app": {
            "error_answers",
            "routes",
            "away",
            "openid",
            "upstream",
            "signals",
            "jobs",
            "directory",
            "folder",
            "shared",
            "channels",
            "policy",
            "jose",
        }
        | {"store", "platform"},
        "server": {"app", "operations", "routes", "folder", "store", "platform"},
        "openapi": {"app"},
    },
}
"""By room, which others inside the same one it may import."""
FOREIGN: dict[str, set[str]] = {
    "PySide6": {"ui", "agent", "demo"},
    "smartcard": {"reader"},
    "sqlalchemy": {"service"},
    "alembic": {"service"},
    "cedarpy": {"service"},
    "pygal": {"service"},
    "resvg_py": {"service"},
    "fastapi": {"service"},
    "httpx": {"client", "demo", "cli", "service"},
    "Xlib": {"stage"},
    "jeepney": {"stage"},
}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "kiosk").parts[0].removesuffix(".py")


def forbidden(room: str, name: str) -> str | None:
    """Why a file of ``room`` may not import ``name``; None where it may."""
    parts = name.split(".")
    if parts[0] == "kiosk" and len(parts) > 1 and parts[1] != room and parts[1] not in MAY_IMPORT[room]:
        return f"{room} may not import {name}"
    if parts[0] in FOREIGN and room not in FOREIGN[parts[0]]:
        return f"only {sorted(FOREIGN[parts[0]])} may import {parts[0]}"
    return None


def test_a_file_imports_only_what_its_room_may() -> None:
    files = sorted(p for p in (ROOT / "kiosk").rglob("*.py") if p.name != "__init__.py" or p.parent.name != "kiosk")
    assert len(files) > 500
    found = [(str(path.relative_to(ROOT)), forbidden(room_of(path), name)) for path in files for name in imported(path)]
    assert [(path, why) for path, why in found if why] == []


def test_a_wrong_import_is_found() -> None:
    assert forbidden("session", "kiosk.model.card") is None
    assert forbidden("session", "kiosk.client.link") == "session may not import kiosk.client.link"
    assert forbidden("service", "smartcard.System") == "only ['reader'] may import smartcard"


@pytest.mark.parametrize("inside", INSIDE)
def test_inside_a_room_the_same_holds_for_the_rooms_in_it(inside: str) -> None:
    rooms = arrows_of_rooms(arrows_of_files(ROOT, inside), inside)
    assert set(rooms) == set(INSIDE[inside])
    wrong = {room: sorted(wanted - INSIDE[inside][room]) for room, wanted in rooms.items()}
    assert {room: others for room, others in wrong.items() if others} == {}


@pytest.mark.parametrize("inside", INSIDE)
def test_the_inner_walls_have_no_circle(inside: str) -> None:
    assert circles({room: frozenset(others) for room, others in INSIDE[inside].items()}) == []


def test_no_files_import_one_another_in_a_circle() -> None:
    known = [["kiosk.model.wedge", "kiosk.model.wedge_check"]]  # the check is wanted only where a format is written
    assert circles(arrows_of_files(ROOT, "kiosk")) == known


def test_the_picture_of_the_house_is_of_this_house() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert placed(page, drawn(ROOT)) == page, "run: make picture"


def test_the_session_knows_no_clock_and_no_outside() -> None:
    files = sorted((ROOT / "kiosk" / "session").rglob("*.py"))
    assert len(files) > 40
    allowed = {"__future__", "dataclasses", "enum", "typing", "collections", "functools", "itertools", "kiosk"}
    for path in files:
        for name in imported(path):
            assert name.split(".")[0] in allowed, f"{path.name} imports {name}: the session is pure"


def test_every_folder_says_what_it_is_for() -> None:
    for front in (ROOT / "kiosk").rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(front.read_text())), f"{front} has no docstring"
