"""``[review]`` of ``service.toml``: who looks at cases, until when, and who is told if nobody does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kiosk.service.policy import toml_values
from kiosk.settings import SettingsError, must

LIST, SHOW, CLOSE, REOPEN = "review.list", "review.show", "review.close", "review.reopen"
TEXT = "review.text"
"""The actions of the step-ups by which a reviewer acts."""
SATURDAY = 5
MAX_FINDINGS = 30


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """Names as in ``[review]``.

    ``roles``: who reviews. ``working_days``: until a case is due, at the end of that day in ``time_zone`` (IANA name);
    Saturdays, Sundays and ``holidays`` (ISO 8601 dates) are none. ``reminders``: how often a case's reviewers are
    reminded, once a working day at most. ``escalation_role``: who is told once it is overdue, and may close it too.
    ``findings``: of which one closes a case.
    """

    roles: tuple[str, ...] = ("supervisor",)
    working_days: int = 2
    escalation_role: str = "administrator"
    reminders: int = 5
    findings: tuple[str, ...] = ("justified", "justified with remarks", "not justified", "technical fault")
    holidays: tuple[str, ...] = ()
    time_zone: str = "UTC"

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Roles of whoever may look at a case and close it."""
        return tuple(dict.fromkeys((*self.roles, self.escalation_role)))

    def due(self, opened: int) -> int:
        """When a case is due that was opened at ``opened``: midnight after the last of its working days. Epoch seconds.

        The day on which it was opened does not count.
        """
        return self._after(opened, self.working_days)

    def next_reminder(self, told: int) -> int:
        """From when on its reviewers are told again who were told at ``told``: at the begin of the next working day."""
        zone = self._zone()
        day = datetime.fromtimestamp(told, zone).date() + timedelta(days=1)
        while not self._works(day):
            day += timedelta(days=1)
        return _midnight(day, zone)

    def _after(self, opened: int, days: int) -> int:
        zone = self._zone()
        day, left = datetime.fromtimestamp(opened, zone).date(), days
        while left:
            day += timedelta(days=1)
            left -= self._works(day)
        return _midnight(day + timedelta(days=1), zone)

    def _works(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day.isoformat() not in self.holidays

    def _zone(self) -> tzinfo:
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)


def _midnight(day: date, zone: tzinfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp())


def review_from(table: Mapping[str, object]) -> ReviewRules:
    """Rules from the ``[review]`` table. Raises ``SettingsError``."""
    try:
        return _read(table)
    except SettingsError as error:
        raise SettingsError(str(error).replace("[policy]", "[review]", 1)) from None


def _read(table: Mapping[str, object]) -> ReviewRules:
    strange = sorted(set(table) - {field.name for field in fields(ReviewRules)})
    if strange:
        raise SettingsError(f"[review]: there is no setting called “{strange[0]}”.")
    default = ReviewRules()
    escalation = table.get("escalation_role", default.escalation_role)
    toml_values.check_role("escalation_role", escalation if isinstance(escalation, str) else "")
    found = toml_values.texts(table, "findings", default.findings)
    if not 0 < len(found) <= MAX_FINDINGS or len(set(found)) < len(found) or any(":" in text for text in found):
        raise toml_values.bad("findings", f"1 to {MAX_FINDINGS} different texts without a colon", list(found))
    return ReviewRules(
        roles=toml_values.roles(table, "roles", default.roles, some=True),
        working_days=toml_values.number(table, "working_days", default.working_days, 1, 60),
        escalation_role=str(escalation),
        reminders=toml_values.number(table, "reminders", default.reminders, 0, 60),
        findings=found,
        holidays=_holidays(table),
        time_zone=_time_zone(table.get("time_zone", default.time_zone)),
    )


def _holidays(table: Mapping[str, object]) -> tuple[str, ...]:
    """Days as ISO 8601 dates, at most one a day for years. Bounds what a due date passes over."""
    days = toml_values.texts(table, "holidays")
    for day in days:
        try:
            good = date.fromisoformat(day).isoformat() == day
        except ValueError:
            good = False
        if not good:
            raise toml_values.bad("holidays", "days such as 2026-12-25", day)
    if len(days) > 1000:
        raise toml_values.bad("holidays", "at most 1000 days", len(days))
    return days


def _time_zone(name: object) -> str:
    try:
        good = isinstance(name, str) and bool(name) and (name == "UTC" or ZoneInfo(name) is not None)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        good = False
    if not good:
        raise SettingsError(f"[review]: {must('time_zone', 'a time zone such as Europe/Berlin', name)}")
    return str(name)
