"""People at a station whose programs have networks of their own, and try what a test tells them to."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from kiosk.demo.processes import PATIENCE
from tests.fakes.staging import ROOT, Staging
from tests.fakes.two_networks import TwoNetworks
from tests.fakes.visible_display import Glass

REACH = ("10.77.0.1:4430", "[fd77::1]:4430", "10.77.0.1:4433/udp", "10.77.0.0/24:6310-6311")
"""The last holds addresses of the station itself."""


class Networked:
    """A stage whose programs do what ``does`` orders. A context manager."""

    def __init__(self, glass: Glass, networks: TwoNetworks, reach: tuple[str, ...] = REACH, **more: Any) -> None:
        code = (ROOT / "tests/fakes/network_inside.py").read_text()  # another user may not read it where it lies
        inside = ["/usr/bin/python3", "-c", code, "{folder}/{login}.do", "{folder}/{login}.keys"]
        self.stage = Staging(glass, [inside], reach=reach, **({"around": networks.around} | more))
        self._pipes: dict[str, int] = {}
        self._heard: dict[str, int] = {}

    def __enter__(self) -> Networked:
        self.stage.__enter__()
        self.stage.greet()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for pipe in self._pipes.values():
            os.close(pipe)
        self.stage.__exit__(kind, error, at)

    def open(self, number: int, login: str, pages: Sequence[str] = ()) -> int:
        """A workspace whose program waits for orders; its first process."""
        path = self.stage.folder / f"{login}.do"
        os.mkfifo(path)
        path.chmod(0o644)
        self._pipes[login] = os.open(path, os.O_RDWR)
        return self.stage.open(number, login, pages=pages)

    def does(self, login: str, act: str, *words: object) -> Any:
        """What came of it."""
        before = len(self.stage.keys(login))
        os.write(self._pipes[login], json.dumps([act, *words]).encode() + b"\n")
        while len(lines := self.stage.keys(login)) == before:
            answered = select.select([self.stage.answers(login)], [], [], PATIENCE)[0]
            assert answered, f"{login}'s program did not answer"
        return json.loads(lines[-1])
