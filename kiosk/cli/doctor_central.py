"""``kiosk doctor --data``: a service's data folder and whether it answers."""

from __future__ import annotations

import socket
from pathlib import Path

from kiosk.cli.doctor_check import Check
from kiosk.service.folder import FolderTrouble, ServiceFolder, listen_address, open_folder
from kiosk.service.keys import KeyTrouble
from kiosk.service.store import disk, people
from kiosk.service.store.errors import StoreBusy, StoreDown, StoreError, StoreFull, StoreReadOnly
from kiosk.settings import BadSettings

ANSWER_SECONDS = 2.0
NEXT: dict[type[StoreError], str] = {
    StoreFull: "Make room on it: without any nobody signs in. The trail itself is never to be shortened.",
    StoreReadOnly: "See mount and dmesg for why, and that the folder's owner runs the service; then start it again.",
    StoreBusy: "See what else uses it, then run this again.",
}


def checks(data: Path) -> list[Check]:
    """The folder with its keys, the door, and the database."""
    try:
        folder = open_folder(data)
    except (FolderTrouble, KeyTrouble, BadSettings) as error:
        return [Check("service", False, str(error), "Mend that, then run this again.")]
    return [_door(folder, data), _database(folder)]


def _door(folder: ServiceFolder, data: Path) -> Check:
    host, port = listen_address(folder.settings.listen)
    try:
        socket.create_connection((host, port), ANSWER_SECONDS).close()
    except OSError:
        do = f"Start it: kiosk service run --data {data}"
        return Check("service", False, f"The folder is in order, but nothing listens at {host}:{port}.", do)
    return Check("service", True, f"The folder is in order, and {host}:{port} answers.")


def _database(folder: ServiceFolder) -> Check:
    """Whether it can be read and written, and the room that is left. Nothing is changed in it."""
    db = folder.database()
    try:
        db.write_now(people.count)
        where = disk.folder_of(db.url)
        left = disk.free(where) if where is not None else None
    except StoreError as error:
        return Check("database", False, str(error), NEXT.get(type(error), "Mend that, then run this again."))
    finally:
        db.close_now()
    if where is None or left is None:
        return Check("database", True, "PostgreSQL answers and takes changes.")
    why = disk.trouble(where)
    if why is not None:
        kind: type[StoreDown] = StoreFull if why == "full" else StoreReadOnly
        return Check(
            "database", False, f"Nothing can be written in {where}: its disk is {why.replace('_', '-')}.", NEXT[kind]
        )
    room = f"{left // disk.MIB} MiB are free in {where}."
    if left < disk.LOW:
        return Check(
            "database", True, f"It can be written; only {room}", "Make room soon: without any nobody signs in."
        )
    return Check("database", True, f"It can be written; {room}")
