"""``kiosk doctor --data``: a service's data folder and whether it answers."""

from __future__ import annotations

import socket
from pathlib import Path

from kiosk.cli.doctor_check import Check
from kiosk.service.folder import FolderTrouble, listen_address, open_folder
from kiosk.service.keys import KeyTrouble
from kiosk.settings import BadSettings

ANSWER_SECONDS = 2.0


def checks(data: Path) -> list[Check]:
    """The folder with its keys, and the door."""
    try:
        folder = open_folder(data)
    except (FolderTrouble, KeyTrouble, BadSettings) as error:
        return [Check("service", False, str(error), "Mend that, then run this again.")]
    host, port = listen_address(folder.settings.listen)
    try:
        socket.create_connection((host, port), ANSWER_SECONDS).close()
    except OSError:
        do = f"Start it: kiosk service run --data {data}"
        return [Check("service", False, f"The folder is in order, but nothing listens at {host}:{port}.", do)]
    return [Check("service", True, f"The folder is in order, and {host}:{port} answers.")]
