"""Sends commands into a workspace of a staging, and waits for what came of them (``orders_inside``)."""

from __future__ import annotations

import json
import os

from tests.fakes.process_table import until
from tests.fakes.staging import ROOT, Staging

INSIDE = [
    "/usr/bin/python3",
    str(ROOT / "tests/fakes/orders_inside.py"),
    "{folder}/{login}.orders",
    "{folder}/{login}.keys",
]
"""The program that a workspace needs for it."""


class Errands:
    """In the workspace of ``login``, which is opened as number ``number``."""

    def __init__(self, stage: Staging, number: int, login: str) -> None:
        self._stage, self._number, self._login = stage, number, login
        path = stage.folder / f"{login}.orders"
        os.mkfifo(path)
        path.chmod(0o644)
        self._orders = os.open(path, os.O_RDWR)
        stage.open(number, login)

    def begin(self, command: str) -> int:
        """Say it; returns which report will be its own."""
        count = len(self._stage.keys(self._login))
        os.write(self._orders, command.encode() + b"\n")
        return count

    def ended(self, which: int, patience: float = 60) -> tuple[int, str]:
        """Exit status, and what it printed."""
        reports = until("its report", lambda: self._stage.keys(self._login)[which:], patience)
        status, said = json.loads(reports[0])
        return status, said

    def run(self, command: str) -> tuple[int, str]:
        """Both, while it is seen: whoever is not may be stopped."""
        self._stage.show(self._number)
        return self.ended(self.begin(command))

    def close(self) -> None:
        os.close(self._orders)
