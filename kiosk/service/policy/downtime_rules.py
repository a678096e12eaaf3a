"""What workstations may do by themselves while the service is away (decision 40). Pure; times in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.service.policy import toml_values

DAY = 86_400
OFF = "off"
PIN_AT = (OFF, "sealed", "unsealed")


@dataclass(frozen=True, slots=True)
class DowntimeRules:
    """Names as in ``[policy]``.

    ``downtime_reopen``: how long after a sign-in a person reopens what waits at that workstation; 0: no tickets at all.
    ``downtime_stations``: names of those where a new workspace may be opened as well, for ``downtime_open``.
    ``downtime_verify``: the key or card has to verify its user; without it a touch is enough. ``downtime_pin``: whether
    workstations may check a badge's PIN by themselves: ``off``, ``sealed`` (where they have a seal), ``unsealed``.
    """

    downtime_reopen: int = 1800
    downtime_open: int = 12 * 3600
    downtime_stations: tuple[str, ...] = ()
    downtime_verify: bool = True
    downtime_pin: str = OFF

    def at(self, station: str) -> tuple[Literal["reopen", "open"], int]:
        """What a ticket for the workstation of that name allows, and for how long; 0: none is given."""
        if self.downtime_reopen and station in self.downtime_stations:
            return "open", max(self.downtime_open, self.downtime_reopen)
        return "reopen", self.downtime_reopen


def downtime_rules_from(table: dict[str, object]) -> DowntimeRules:
    """Rules from those names of ``[policy]`` that are fields of ``DowntimeRules``. Raises ``SettingsError``."""
    default = DowntimeRules()
    return DowntimeRules(
        downtime_reopen=toml_values.number(table, "downtime_reopen", default.downtime_reopen, 0, DAY),
        downtime_open=toml_values.number(table, "downtime_open", default.downtime_open, 60, DAY),
        downtime_stations=toml_values.texts(table, "downtime_stations", default.downtime_stations),
        downtime_verify=toml_values.flag(table, "downtime_verify", default.downtime_verify),
        downtime_pin=toml_values.one_of(table, "downtime_pin", default.downtime_pin, PIN_AT),
    )
