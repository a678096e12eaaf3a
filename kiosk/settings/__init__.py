"""Typed, frozen settings, one table per program, read once from TOML.

``HOME/agent.toml`` for a workstation's agent, ``DIR/service.toml`` for the service (``service``). An unknown name, a
wrong type or an impossible value is a ``SettingsError`` whose text says which line of thought to mend.
"""

from kiosk.settings.agent import NAMES_SHOWN, NAMESPACES, AgentSettings, Keystore, ProgramIcon, ProgramSettings
from kiosk.settings.checks import DAY, HOUR, SettingsError, must
from kiosk.settings.printers import PrinterSettings
from kiosk.settings.reading import from_table, load
from kiosk.settings.writing import save

__all__ = [
    "DAY",
    "HOUR",
    "NAMESPACES",
    "NAMES_SHOWN",
    "AgentSettings",
    "Keystore",
    "PrinterSettings",
    "ProgramIcon",
    "ProgramSettings",
    "SettingsError",
    "from_table",
    "load",
    "must",
    "save",
]
