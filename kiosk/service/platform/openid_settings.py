"""The ``[openid]`` table of ``service.toml``: where the sign-in page finds its workstation, and who may be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.settings import SettingsError, must

DOORBELL_PORT = 8765
NAMES = ("doorbell_port", "loopback", "ca_file")


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """``doorbell_port``: that of every workstation, as in ``agent.toml``. ``loopback``: applications on the service's
    own machine may be sent logout tokens. ``ca_file``: a PEM file of whom to trust there; empty for the system's
    authorities."""

    doorbell_port: int = DOORBELL_PORT
    loopback: bool = False
    ca_file: str = ""


def openid_from(table: Mapping[str, object]) -> OpenIdSettings:
    """Read the table. Raises ``SettingsError`` with a sentence for whoever edits it."""
    for name in table:
        if name not in NAMES:
            raise SettingsError(f"[openid]: there is no setting called “{name}”.")
    port, loopback = table.get("doorbell_port", DOORBELL_PORT), table.get("loopback", False)
    ca_file = table.get("ca_file", "")
    if type(port) is not int or not 1 <= port <= 65535:
        raise SettingsError(f"[openid]: {must('doorbell_port', 'a port, 1 to 65535', port)}")
    if not isinstance(loopback, bool):
        raise SettingsError(f"[openid]: {must('loopback', 'true or false', loopback)}")
    if not isinstance(ca_file, str):
        raise SettingsError(f"[openid]: {must('ca_file', 'the path of a PEM file', ca_file)}")
    return OpenIdSettings(port, loopback, ca_file)
