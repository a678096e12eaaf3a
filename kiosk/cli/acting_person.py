"""Which person administers, as far as the system can vouch for it: the service's account is often shared.

Two things are believed. The login uid (``/proc/self/loginuid``), which the system sets at sign-in and lets nobody
change after that. And ``sudo``: what it says in ``SUDO_UID`` counts only where a ``sudo`` that runs as root is among
the processes above this one, begun by that user. Anybody could set the variable alone.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PROC = Path("/proc")
UNSET = 2**32 - 1
MAX_ABOVE = 32
"""Processes looked at above this one."""
How = Literal["login", "sudo", "account", "not known"]


@dataclass(frozen=True, slots=True)
class ActingPerson:
    """``name``: of the user, None if it is not known who acts. ``how``: what says so.

    ``account``: an ordinary user's own account, not root's.
    """

    name: str | None
    how: How


def acting_person(proc: Path = PROC, account: int | None = None) -> ActingPerson:
    """Who runs this command. ``account``: the effective user id; None for this process's."""
    uid = os.geteuid() if account is None else account
    login = _number(proc / "self" / "loginuid")
    if login is not None and login != UNSET:
        return ActingPerson(_name(login), "login")
    by_sudo = _by_sudo(proc)
    # That an account has become itself says nothing of a person.
    if by_sudo is not None and (by_sudo != uid or uid == 0):
        return ActingPerson(_name(by_sudo), "sudo")
    if uid >= FIRST_PERSON:
        return ActingPerson(_name(uid), "account")
    return ActingPerson(None, "not known")


FIRST_PERSON = 1000
"""Below it are accounts of the system and of services (Debian policy, section 9.2.2)."""


def _by_sudo(proc: Path) -> int | None:
    said = os.environ.get("SUDO_UID", "")
    if not (said.isascii() and said.isdigit() and len(said) <= 10):
        return None
    claimed, process = int(said), _parent(proc, "self")
    for _ in range(MAX_ABOVE):
        if process is None or process <= 1:
            return None
        above = _parent(proc, str(process))
        if _is_sudo(proc / str(process)) and claimed == _begun_by(proc, process, above):
            return claimed
        process = above
    return None


def _is_sudo(process: Path) -> bool:
    """Whether it runs root's ``sudo``: a user's own program of that name does not count."""
    if _name_of(process) != "sudo" or _uid(process, _EFFECTIVE) != 0:
        return False
    try:
        program = (process / "exe").resolve(strict=True)
        about = program.stat()
    except PermissionError:
        # The service's account may not look at root's processes. That it is root's, the system says: nobody can run
        # a program of their own as root.
        return True
    except OSError:
        return False
    return program.name == "sudo" and about.st_uid == 0 and not about.st_mode & 0o022


def _begun_by(proc: Path, sudo: int, above: int | None) -> int | None:
    """Who typed it: it keeps that user's id as its real one, or, where it has given it up, its parent has it."""
    real = _uid(proc / str(sudo), _REAL)
    return _uid(proc / str(above), _REAL) if real == 0 and above is not None else real


_REAL, _EFFECTIVE = 1, 2
"""Places in the line "Uid:" of ``/proc/PID/status`` (proc(5))."""


def _uid(process: Path, which: int) -> int | None:
    return next((int(line.split()[which]) for line in _status(process) if line.startswith("Uid:")), None)


def _name_of(process: Path) -> str:
    return next((line.partition(":")[2].strip() for line in _status(process) if line.startswith("Name:")), "")


def _parent(proc: Path, process: str) -> int | None:
    return next((int(line.split()[1]) for line in _status(proc / process) if line.startswith("PPid:")), None)


def _status(process: Path) -> list[str]:
    try:
        return (process / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
