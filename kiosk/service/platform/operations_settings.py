"""The ``[operations]`` table of ``service.toml``: where probes and metrics are served, and how the log is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kiosk.service.platform.addresses import host_and_port
from kiosk.settings import SettingsError, must

LogForm = Literal["text", "json"]
_FORMS: tuple[LogForm, ...] = ("text", "json")


@dataclass(frozen=True, slots=True)
class Operations:
    """``listen``: host and port of the probes and metrics, None for none. ``log``: how a line of the log is written."""

    listen: tuple[str, int] | None = None
    log: LogForm = "text"


def operations_from(table: Mapping[str, object]) -> Operations:
    """Read the table. Raises ``SettingsError`` with a sentence for whoever edits it."""
    for name in table:
        if name not in ("listen", "log"):
            raise SettingsError(f"[operations]: there is no setting called “{name}”.")
    listen, form = table.get("listen", ""), table.get("log", "text")
    if form not in _FORMS:
        raise SettingsError(f"[operations]: {must('log', 'text or json', form)}")
    if not isinstance(listen, str):
        raise SettingsError(f"[operations]: {must('listen', 'HOST:PORT (as 127.0.0.1:9464)', listen)}")
    where = host_and_port(listen) if listen else None
    if listen and where is None:
        raise SettingsError(f"[operations]: {must('listen', 'HOST:PORT (as 127.0.0.1:9464)', listen)}")
    return Operations(where, "json" if form == "json" else "text")
