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

from kiosk.cli.command_error import CommandError

if TYPE_CHECKING:
    from kiosk.service.admin.act import Admin
    from kiosk.service.folder import ServiceFolder
    from kiosk.service.store.database import Database


@dataclass(frozen=True, slots=True)
class AdminDesk:
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
    """The service's named errors as ``CommandError``."""
    from kiosk.service.admin.act import ActRefusedError
    from kiosk.service.folder import DataFolderError
    from kiosk.service.platform.keys import KeyFileError
    from kiosk.service.platform.sealed_bundle import BundleError
    from kiosk.service.platform.tls import CaExchangeError
    from kiosk.service.store.errors import StoreError

    try:
        yield
    except (ActRefusedError, BundleError, DataFolderError, KeyFileError, StoreError, CaExchangeError) as error:
        raise CommandError(
            str(error), 1 if isinstance(error, ActRefusedError | BundleError | CaExchangeError) else 2
        ) from None


@contextmanager
def desk(args: argparse.Namespace) -> Iterator[AdminDesk]:
    """Open ``args.data``. Raises ``CommandError``."""
    from kiosk.service.folder import open_folder
    from kiosk.service.jobs import integrity_alarms

    os.umask(0o077)
    with complaints():
        folder = open_folder(args.data)
        db = folder.database()
        try:
            yield AdminDesk(folder, db, whoever_runs_this())
        finally:
            integrity_alarms.tell_now(db, int(time.time()))
            db.close_now()
