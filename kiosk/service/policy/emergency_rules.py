"""``[emergency]`` of ``service.toml``: where there is emergency access, for whom, how long (decision 42). Pure.

45 CFR 164.312(a)(2)(ii) demands a procedure for access in an emergency. Without the table there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from kiosk.model.break_glass import check_reason
from kiosk.model.consent import ACTION, MAX_RECORDS
from kiosk.model.drawable import NotDrawableError
from kiosk.model.emergency import EmergencyOffer
from kiosk.service.policy import toml_values
from kiosk.settings import SettingsError

DAY_MINUTES = 24 * 60
MAX_REASONS = 6
"""Each is a button on one screen."""
OWN_ACTS = ("admin.", "app.", "emergency.", "enrolment.", "factor.", "reset.", "review.")
"""What begins so is the service's own to decide, and never approved in an emergency."""
REASONS = ("patient in danger", "sign-in does not work", "nobody with access is here")


@dataclass(frozen=True, slots=True)
class EmergencyRules:
    """Names as in ``[emergency]``.

    ``stations``, ``places``: names of the workstations, or of the places whose workstations all have it. ``roles``: who
    may, empty for everybody. ``minutes``: that it lasts, and that an extension adds; ``most_minutes``: altogether.
    ``idle``: seconds without a touch until it is warned that it ends. ``reasons``: the pick list. ``unknown``: also
    without saying who it is. ``tell_roles``: whose people get a message at once. ``codes``: also by a sealed code of
    the workstation's, once each. ``text_hours``: within which somebody owes a text about it. ``step_up``: actions that
    its programs may ask to have approved, none as shipped; ``step_up_records``: of how many records, in one emergency
    access altogether.
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
    step_up: tuple[str, ...] = ()
    step_up_records: int = 50

    def at(self, station: str, place: str) -> EmergencyOffer | None:
        """What the workstation of that name and place offers; None: nothing."""
        if station not in self.stations and place not in self.places:
            return None
        times = (60 * self.minutes, 60 * self.most_minutes, self.idle)
        return EmergencyOffer(*times, self.reasons, self.unknown, roles=self.roles)

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
        step_up=toml_values.texts(table, "step_up", usual.step_up),
        step_up_records=toml_values.number(table, "step_up_records", usual.step_up_records, 0, MAX_RECORDS),
    )
    _check_step_ups(made)
    if not 1 <= len(made.reasons) <= MAX_REASONS or len(set(made.reasons)) < len(made.reasons):
        raise SettingsError(f"[emergency]: “reasons” must be 1 to {MAX_REASONS} different texts.")
    if made.most_minutes < made.minutes:
        raise SettingsError(f"[emergency]: “most_minutes” must be at least “minutes”, which is {made.minutes}.")
    return made


def _check_step_ups(made: EmergencyRules) -> None:
    """Raises ``SettingsError`` for an action that is none, or the service's own, and for a reason that no prompt could
    show."""
    for action in made.step_up:
        if not ACTION.fullmatch(action):
            raise SettingsError(f"[emergency]: “step_up” has actions such as record.export; “{action}” is none.")
        if action.startswith(OWN_ACTS):
            raise SettingsError(f"[emergency]: “{action}” of “step_up” is the service's own act, and needs a sign-in.")
    if not made.step_up:
        return
    for reason in made.reasons:
        try:
            check_reason(reason)
        except NotDrawableError as error:
            raise SettingsError(f"[emergency]: with “step_up”, each of “reasons” stands on a prompt. {error}") from None
