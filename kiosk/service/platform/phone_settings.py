"""The ``[phone]`` table of ``service.toml``: what people's phones may do besides a workstation's step-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.settings import SettingsError, must

NAMES = ("servers",)


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """``servers``: a server's question goes to the phone of somebody who is active at no workstation."""

    servers: bool = False


def phone_from(table: Mapping[str, object]) -> PhoneSettings:
    """Read the table. Raises ``SettingsError`` with a sentence for whoever edits it."""
    for name in table:
        if name not in NAMES:
            raise SettingsError(f"[phone]: there is no setting called “{name}”.")
    servers = table.get("servers", False)
    if not isinstance(servers, bool):
        raise SettingsError(f"[phone]: {must('servers', 'true or false', servers)}")
    return PhoneSettings(servers)
