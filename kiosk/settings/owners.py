"""Whoever can change a file that is believed is believed: so nobody but its user, or root, may.

A folder counts with everything above it: who can rename one of those puts another in its place.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from kiosk.settings import AgentSettings

BELIEVED = ("agent.toml", "trust.pem", "station.json", "keys")
"""What a workstation believes in its folder."""


class NotOursError(Exception):
    """Somebody else can change what is believed; the message is a sentence that says what, and what to do."""


def check_folder(folder: Path, believed: Iterable[str] = ()) -> None:
    """``folder``, all that is above it, and the files and folders in it whose names are ``believed``, where they exist.

    Raises ``NotOursError``.
    """
    # As it was written, and where it leads: a link in a folder that others may change is theirs.
    for where in dict.fromkeys((folder.absolute(), folder.resolve())):
        _check(where)
        for above in where.parents:
            _check(above, sticky=True)
    for name in believed:
        if os.path.lexists(folder / name):
            check_file(folder / name)


def check_file(path: Path) -> None:
    """One file, where it leads; what it lies in is ``check_folder``'s. Raises ``NotOursError``."""
    _check(path)
    if path.is_symlink():
        check_folder(path.resolve().parent)
        _check(path.resolve())


def check_command(command: tuple[str, ...], search: str) -> None:
    """The program that ``command`` starts, looked for in ``search`` (as ``$PATH``). Raises ``NotOursError``.

    A group may share the installing of programs (``staff``); everybody may not.
    """
    found = shutil.which(command[0], path=search) if command else None
    if found is None:
        return  # whoever starts it says so
    for step in _leading(Path(found)):
        about = step.lstat()
        if about.st_mode & stat.S_IWOTH and not stat.S_ISLNK(about.st_mode) and not _shared(about):
            raise NotOursError(
                f"The program {command[0]} is not started: {step} can be changed by every user of this machine."
                f" Close it with: chmod o-w {step}"
            )
        if about.st_uid not in (0, os.geteuid()):
            raise NotOursError(
                f"The program {command[0]} is not started: {step} belongs to another user, who could change it."
                " Install it as root."
            )


def check_programs(settings: AgentSettings) -> None:
    """What the settings of a workstation start: people's programs, and the station's own. Raises ``NotOursError``."""
    commands = [program.command for program in settings.programs]
    for command in (*commands, settings.workspace, settings.hooks, settings.print_command):
        check_command(command, os.environ.get("PATH", os.defpath))


def _leading(path: Path) -> Iterator[Path]:
    """The file and every folder above it, as it was found and where it leads."""
    for where in dict.fromkeys((path.absolute(), path.resolve())):
        yield from (where, *where.parents)


def _shared(about: os.stat_result) -> bool:
    """A folder such as ``/tmp``: everybody may write there, and change what is their own alone."""
    return stat.S_ISDIR(about.st_mode) and bool(about.st_mode & stat.S_ISVTX)


def _open_to_others(path: Path, about: os.stat_result) -> bool:
    if about.st_mode & stat.S_IWGRP:
        # Where access lists are set, these bits are the most that anybody named there has.
        listed = "system.posix_acl_access" in os.listxattr(path, follow_symlinks=False)
        return listed or not _alone_in(about.st_gid) or bool(about.st_mode & stat.S_IWOTH)
    return bool(about.st_mode & stat.S_IWOTH)


def _alone_in(group: int) -> bool:
    """Whether it is this user's own group, of their name, with nobody else in it, as many systems give everybody."""
    try:
        me, there = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return me.pw_gid == group and there.gr_name == me.pw_name and set(there.gr_mem) <= {me.pw_name}


def _check(path: Path, *, sticky: bool = False) -> None:
    try:
        about = path.lstat()
    except FileNotFoundError:
        return  # whoever needs it says so
    except OSError as error:
        raise NotOursError(f"{path} cannot be looked at: {error.strerror}.") from None
    if about.st_uid not in (0, os.geteuid()):
        raise NotOursError(
            f"{path} belongs to another user, who could change it. Run this as its owner, or give it to the user who"
            " runs this."
        )
    if not stat.S_ISLNK(about.st_mode) and _open_to_others(path, about) and not (sticky and _shared(about)):
        raise NotOursError(
            f"{path} can be changed by other users: what is in it is not believed. Look at what they may have put"
            f" there, then close it with: chmod go-w {path}"
        )
