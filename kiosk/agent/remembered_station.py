"""The service's last word about this station, kept on the disk for the next start."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.files import write_private
from kiosk.model.people import StationView

if TYPE_CHECKING:  # 125 ms (HTTP, TLS, JOSE), imported by the threads that need it
    pass


STATION_FILE = "station.json"


def remember(home: Path, station: StationView) -> None:
    """Keep the service's last word for the next start; a disk that will not is no reason to stop."""
    with contextlib.suppress(OSError):
        write_private(home / STATION_FILE, json.dumps(asdict(station)).encode())


def remembered(home: Path) -> StationView | None:
    """The service's last word, None if there is none that can be read."""
    try:
        table = json.loads((home / STATION_FILE).read_text(encoding="utf-8"))
        known = {f.name for f in fields(StationView)}
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items() if k in known}
        return StationView(**values)
    except (OSError, ValueError, TypeError, AttributeError):
        return None
