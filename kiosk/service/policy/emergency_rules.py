"""``[emergency]`` of ``service.toml``: where there is emergency access, for whom, how long (decision 42). Pure.

45 CFR 164.312(a)(2)(ii) demands a procedure for access in an emergency. Without the table there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from kiosk.model.emergency import EmergencyOffer
from kiosk.service.policy import toml_values
from kiosk.settings import SettingsError

DAY_MINUTES = 24 * 60
MAX_REASONS = 6
"""Each is a button on one screen."""
REASONS = ("patient in danger", "sign-in does not work", "nobody with access is here")


@dataclass(frozen=True, slots=True)
class EmergencyRules:
    """Names as in ``[emergency]``.

    ``stations``, ``places``: names of the workstations, or of the places whose workstations all have it. ``roles``: who
    may, empty for everybody. ``minutes``: that it lasts, and that an extension adds; ``most_minutes``: altogether.
    ``idle``: seconds without a touch until it is warned that it ends. ``reasons``: the pick list. ``unknown``: also
    without saying who it is. ``tell_roles``: whose people get a message at once. ``codes``: also by a sealed code of
    the workstation's, once each. ``text_hours``: within which somebody owes a text about it.
    """

    stations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    minutes: int = 30
    most_minutes: int = 120
    idle: int = 120
    reasons: tuple[str, ...] = REASONS
    unknown: bool = False
    tell_roles: tuple[str, ...] = ("supervisor",)
    codes: bool = False
    text_hours: int = 24

    def at(self, station: str, place: str) -> EmergencyOffer | None:
        """What the workstation of that name and place offers; None: nothing."""
        if station not in self.stations and place not in self.places:
            return None
        return EmergencyOffer(60 * self.minutes, 60 * self.most_minutes, self.idle, self.reasons, self.unknown)

    def may(self, roles: tuple[str, ...]) -> bool:
        """Whether somebody with these roles may."""
        return not self.roles or any(role in self.roles for role in roles)


def emergency_rules_from(table: dict[str, object]) -> EmergencyRules:
    """Rules from the ``[emergency]`` table. Raises ``SettingsError``."""
    usual = EmergencyRules()
    for name in table:
        if name not in {field.name for field in fields(EmergencyRules)}:
            raise SettingsError(f"[emergency]: there is no rule called “{name}”.")
    made = EmergencyRules(
        stations=toml_values.texts(table, "stations", usual.stations),
        places=toml_values.texts(table, "places", usual.places),
        roles=toml_values.roles(table, "roles", usual.roles),
        minutes=toml_values.number(table, "minutes", usual.minutes, 5, 240),
        most_minutes=toml_values.number(table, "most_minutes", usual.most_minutes, 5, DAY_MINUTES),
        idle=toml_values.number(table, "idle", usual.idle, 20, 600),
        reasons=toml_values.texts(table, "reasons", usual.reasons),
        unknown=toml_values.flag(table, "unknown", usual.unknown),
        tell_roles=toml_values.roles(table, "tell_roles", usual.tell_roles),
        codes=toml_values.flag(table, "codes", usual.codes),
        text_hours=toml_values.number(table, "text_hours", usual.text_hours, 1, 24 * 14),
    )
    if not 1 <= len(made.reasons) <= MAX_REASONS or len(set(made.reasons)) < len(made.reasons):
        raise SettingsError(f"[emergency]: “reasons” must be 1 to {MAX_REASONS} different texts.")
    if made.most_minutes < made.minutes:
        raise SettingsError(f"[emergency]: “most_minutes” must be at least “minutes”, which is {made.minutes}.")
    return made
