"""Roll-out waves: pilot groups that get, or need, certain kinds of factors from a day on. Pure; times epoch seconds.

A kind that no wave names is offered to everybody, as if there were no waves. A kind that some wave names is offered to
those alone whose wave has begun.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from kiosk.model.enrolment import FactorKind
from kiosk.settings import BadSettings


@dataclass(frozen=True, slots=True)
class Wave:
    """One ``[[policy.wave]]``. Somebody is of it who has one of ``roles`` or works at one of ``places``; both empty:
    everybody. ``begins``: the first second, UTC. ``required``: its people are to have ``kinds``, not only may."""

    name: str
    kinds: tuple[FactorKind, ...]
    begins: int
    roles: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    required: bool = False

    def holds(self, roles: Collection[str], place: str | None) -> bool:
        """Whether somebody of these roles, who usually works at ``place``, is of this wave."""
        if not self.roles and not self.places:
            return True
        return bool(set(self.roles) & set(roles)) or place in self.places


def offered(waves: Sequence[Wave], kind: FactorKind, roles: Collection[str], place: str | None, now: int) -> bool:
    """Whether ``kind`` is for this person by now."""
    naming = [wave for wave in waves if kind in wave.kinds]
    return not naming or any(wave.begins <= now and wave.holds(roles, place) for wave in naming)


def required(waves: Sequence[Wave], roles: Collection[str], place: str | None, now: int) -> tuple[FactorKind, ...]:
    """The kinds that this person is to have by now, in the order of ``FactorKind``."""
    mine = [wave for wave in waves if wave.required and wave.begins <= now and wave.holds(roles, place)]
    wanted = {kind for wave in mine for kind in wave.kinds}
    return tuple(kind for kind in FactorKind if kind in wanted)


def waves_from(value: object) -> tuple[Wave, ...]:
    """The waves of ``[[policy.wave]]``. Raises ``BadSettings``."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise BadSettings("[policy]: write each wave as [[policy.wave]].")
    found = tuple(_wave(table) for table in value)
    names = [wave.name for wave in found]
    if len(set(names)) != len(names):
        raise BadSettings("[policy]: two waves have the same name.")
    return found


def _wave(table: dict[str, object]) -> Wave:
    name = table.get("name")
    if not isinstance(name, str) or not name.strip():
        raise BadSettings("[policy]: every wave needs a name.")
    strange = sorted(set(table) - {"name", "kinds", "from", "roles", "places", "required"})
    if strange:
        raise BadSettings(f"[policy]: the wave “{name}” has nothing called “{strange[0]}”.")
    required_ = table.get("required", False)
    if not isinstance(required_, bool):
        raise BadSettings(f"[policy]: “required” of the wave “{name}” must be true or false.")
    roles, places = _texts(table, "roles", name), _texts(table, "places", name)
    return Wave(name, _kinds(table, name), _begins(table.get("from"), name), roles, places, required_)


def _kinds(table: dict[str, object], name: str) -> tuple[FactorKind, ...]:
    said = _texts(table, "kinds", name)
    try:
        found = tuple(FactorKind(one) for one in said)
    except ValueError:
        found = ()
    if not found:
        raise BadSettings(f"[policy]: “kinds” of the wave “{name}” must be out of {', '.join(FactorKind)}.")
    return found


def _begins(value: object, name: str) -> int:
    if isinstance(value, datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    if isinstance(value, date):
        return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp())
    raise BadSettings(f"[policy]: “from” of the wave “{name}” must be a day, such as 2026-12-01 without quotes.")


def _texts(table: dict[str, object], what: str, name: str) -> tuple[str, ...]:
    value = table.get(what, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadSettings(f"[policy]: “{what}” of the wave “{name}” must be a list of texts.")
    return tuple(value)
