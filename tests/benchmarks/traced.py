"""An agent's trace (``kiosk.agent.trace``), read while it is written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from kiosk.demo.processes import until


@dataclass(frozen=True)
class Moment:
    """``at``: seconds of the monotonic clock."""

    event: str
    name: str
    at: float


class Traced:
    """``path``: what ``KIOSK_TRACE`` named. ``since``: moments before it have been dealt with."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.since = 0.0

    def moments(self) -> list[Moment]:
        if not self._path.exists():
            return []
        whole = self._path.read_text().rpartition("\n")[0]
        read = (Moment(**json.loads(line)) for line in whole.splitlines())
        return [moment for moment in read if moment.at > self.since]

    def first(self, event: str, name: str = "", within: float = 10.0) -> float:
        """When ``event`` first happened since ``since``, waiting for it. Raises ``ChildFailedError``."""

        def found() -> Moment | None:
            return next((m for m in self.moments() if m.event == event and m.name in ("", name)), None)

        return until(f"{event} {name} in the trace", found, within, 0.01).at

    def painted(self, name: str, within: float = 10.0) -> float:
        return self.first("painted", name, within)
