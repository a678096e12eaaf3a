"""How the commands that work on a service's data folder open it, and how its troubles become sentences."""

from __future__ import annotations

import argparse
import os
import pwd
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.cli.command_error import Complaint

if TYPE_CHECKING:
    from kiosk.service.admin.act import Admin
    from kiosk.service.folder import ServiceFolder
    from kiosk.service.store.database import Database


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an administrator works: the opened folder, its store, who it is."""

    folder: ServiceFolder
    db: Database
    admin: Admin


def whoever_runs_this() -> Admin:
    """The operating system's user, and the person behind it, now."""
    from kiosk.cli.acting_person import acting_person
    from kiosk.service.admin.act import Admin

    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    who = acting_person()
    return Admin(name, uid, int(time.time()), who.name, who.how)


@contextmanager
def complaints() -> Iterator[None]:
    """The service's named errors as ``Complaint``."""
    from kiosk.service.admin.act import ActRefused
    from kiosk.service.folder import FolderTrouble
    from kiosk.service.platform.keys import KeyTrouble
    from kiosk.service.platform.tls import CaTrouble
    from kiosk.service.store.errors import StoreError

    try:
        yield
    except (ActRefused, FolderTrouble, KeyTrouble, StoreError, CaTrouble) as error:
        raise Complaint(str(error), 1 if isinstance(error, ActRefused | CaTrouble) else 2) from None


@contextmanager
def desk(args: argparse.Namespace) -> Iterator[Desk]:
    """Open ``args.data``. Raises ``Complaint``."""
    from kiosk.service.folder import open_folder
    from kiosk.service.jobs import integrity_alarms

    os.umask(0o077)
    with complaints():
        folder = open_folder(args.data)
        db = folder.database()
        try:
            yield Desk(folder, db, whoever_runs_this())
        finally:
            integrity_alarms.tell_now(db, int(time.time()))
            db.close_now()
