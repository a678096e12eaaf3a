"""Programs that may be named on a workstation's screen, and what they may ask for with an application's audience."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from sqlalchemy import Connection

from kiosk.model import drawable
from kiosk.model.binding import Json
from kiosk.model.people import ProgramView
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.policy.toml_values import ACTION
from kiosk.service.store import applications, programs, workstations

MAX_NAME = 60
MAX_PATH = 512
_SHA256 = re.compile(r"[0-9a-f]{64}")
INTERPRETERS = re.compile(
    r"(python|pypy|perl|ruby|node|nodejs|deno|bun|bash|dash|sh|zsh|ksh|fish|busybox|java|javaw|php|lua|tclsh|wish|mono"
    r"|dotnet|wine|wine64|Rscript|electron|env|gawk|awk|mawk|guile|powershell|pwsh)([0-9.]*)(m|t|d)?(\.exe)?"
)
"""Programs that run whatever they are given: their name would say nothing of what asks."""


def is_interpreter(path: str) -> bool:
    """Whether what runs under ``path`` is somebody else's script."""
    return INTERPRETERS.fullmatch(PurePosixPath(path).name) is not None


def add(conn: Connection, admin: Admin, made: ProgramView) -> None:
    """A program under a name that every workstation shows. Raises ``ActRefusedError``."""
    broken = drawable.broken_rule(made.name, "line", MAX_NAME)
    if broken is not None:
        raise ActRefusedError(f"The name {drawable.RULES[broken].format(longest=MAX_NAME)}. Give it plain letters.")
    path = PurePosixPath(made.path)
    if not path.is_absolute() or str(path) != made.path or ".." in path.parts:
        raise ActRefusedError("A program's path is absolute and leads straight to its file: no link, “..” or “//”.")
    if drawable.broken_rule(made.path, "line", MAX_PATH) is not None:
        raise ActRefusedError("That path cannot be shown on a screen. Install the program under a plain one.")
    if made.sha256 is not None and not _SHA256.fullmatch(made.sha256):
        raise ActRefusedError("A checksum is SHA-256 in 64 lower-case hexadecimal digits, as sha256sum prints it.")
    for known in programs.all_of_them(conn):
        if known.name == made.name or known.path == made.path:
            raise ActRefusedError(f"The program “{known.name}” at {known.path} is there already.")
    programs.add(conn, made, admin.now)
    workstations.tell_settings(conn, admin.now)
    said = {"name": made.name, "path": made.path, "sha256": made.sha256, "browser": made.browser}
    record(conn, admin, "program.add", detail={**said})


def remove(conn: Connection, admin: Admin, name: str) -> None:
    """It is a program that is not registered, from now on. Raises ``ActRefusedError``."""
    if not programs.remove(conn, name):
        raise ActRefusedError(f"There is no program “{name}”.")
    workstations.tell_settings(conn, admin.now)
    record(conn, admin, "program.remove", detail={"name": name})


def allow(conn: Connection, admin: Admin, application: str, program: str, action: str) -> None:
    """``program`` (empty: any) may ask for ``action`` (``*``: any) with the application's audience.

    Raises ``ActRefusedError``.
    """
    found = _checked(conn, application, program, action)
    if not programs.allow(conn, found, program, action, admin.now):
        raise ActRefusedError("That is allowed already.")
    record(conn, admin, "app.action.add", detail=_told(application, program, action))


def forbid(conn: Connection, admin: Admin, application: str, program: str, action: str) -> None:
    """No longer. Raises ``ActRefusedError``."""
    if not programs.forbid(conn, _checked(conn, application, program, action), program, action):
        raise ActRefusedError("That was not allowed. See: app action list")
    record(conn, admin, "app.action.remove", detail=_told(application, program, action))


def _checked(conn: Connection, application: str, program: str, action: str) -> str:
    found = applications.find(conn, application)
    if found is None:
        raise ActRefusedError(
            f"There is no application “{application}”. Add it first: app add {application} --audience …"
        )
    if action != programs.ANY and not ACTION.fullmatch(action):
        raise ActRefusedError(f"“{action}” cannot be an action: lower-case words with dots, such as record.export.")
    if program and program not in {program.name for program in programs.all_of_them(conn)}:
        raise ActRefusedError(f"There is no program “{program}”. Add it first: program add “{program}” --path …")
    return found[0]


def _told(application: str, program: str, action: str) -> dict[str, Json]:
    return {"name": application, "program": program or None, "action": action}
