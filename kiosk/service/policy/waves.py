"""Roll-out waves: pilot groups that get, or need, certain kinds of factors from a day on. Pure; times epoch seconds.

A kind that no wave names is offered to everybody, as if there were no waves. A kind that some wave names is offered to
those alone whose wave has begun.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from kiosk.model.enrolment import FactorKind
from kiosk.model.proof import ACR_IDENTIFIED, ACR_MFA, ACR_PHR, ACR_PIN, ACR_RANK
from kiosk.service.policy import toml_values
from kiosk.settings import SettingsError

DAY = 86_400
PROVES = {
    FactorKind.PIN: ACR_PIN,
    FactorKind.CODE_APP: ACR_MFA,
    FactorKind.PIV: ACR_PHR,
    FactorKind.KEY: ACR_PHR,
}
"""What a sign-in with each comes to. A badge only names, a recovery code opens no session."""
FIRST_YEAR, LAST_YEAR = 2000, 2199
"""A wave outside of these was mistyped."""


@dataclass(frozen=True, slots=True)
class Wave:
    """One ``[[policy.wave]]``. Somebody is of it who has one of ``roles`` or works at one of ``places``; both empty:
    everybody. ``begins``: the first second, UTC. ``required``: its people are to have ``kinds``, not only may, and are
    told at a sign-in. ``enforced``: from that second on they sign in with that strength and no less; None: never."""

    name: str
    kinds: tuple[FactorKind, ...]
    begins: int
    roles: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    required: bool = False
    enforced: int | None = None

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


def enforced(waves: Sequence[Wave], roles: Collection[str], place: str | None, now: int) -> str:
    """The least assurance of a sign-in that their waves enforce by now; that of a bare badge where none does."""
    mine = [w for w in waves if w.enforced is not None and w.enforced <= now and w.holds(roles, place)]
    return max((PROVES[kind] for wave in mine for kind in wave.kinds), key=ACR_RANK.__getitem__, default=ACR_IDENTIFIED)


def waves_from(value: object) -> tuple[Wave, ...]:
    """The waves of ``[[policy.wave]]``. Raises ``SettingsError``."""
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise SettingsError("[policy]: write each wave as [[policy.wave]].")
    found = tuple(_wave(table) for table in value)
    names = [wave.name for wave in found]
    if len(set(names)) != len(names):
        raise SettingsError("[policy]: two waves have the same name.")
    return found


def _wave(table: dict[str, object]) -> Wave:
    name = table.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > toml_values.MAX_TEXT or not name.isprintable():
        raise toml_values.bad("name", f"what a wave is called, in 1 to {toml_values.MAX_TEXT} characters", name)
    strange = sorted(set(table) - {"name", "kinds", "from", "roles", "places", "required", "enforce_after"})
    if strange:
        raise SettingsError(f"[policy]: the wave “{name}” has nothing called “{strange[0]}”.")
    where = f"wave {name}: "
    made = Wave(
        name=name,
        kinds=_kinds(table, where),
        begins=_begins(table.get("from"), where),
        roles=toml_values.roles(table, "roles", where=where),
        places=toml_values.texts(table, "places", where=where),
        required=toml_values.flag(table, "required", False, where),
    )
    return made if "enforce_after" not in table else _enforced(made, table, where)


def _enforced(wave: Wave, table: dict[str, object], where: str) -> Wave:
    """From so many days after its begin on."""
    days = toml_values.number(table, "enforce_after", None, 0, 365, where)
    if not wave.required:
        raise SettingsError(f"[policy]: “{where}enforce_after” needs required = true.")
    if not set(wave.kinds) <= set(PROVES):
        # What proves nothing at a sign-in cannot be asked for there; the report says who has not got it.
        raise SettingsError(f"[policy]: “{where}enforce_after” needs kinds that sign in: {', '.join(PROVES)}.")
    return replace(wave, enforced=wave.begins + days * DAY)


def _kinds(table: dict[str, object], where: str) -> tuple[FactorKind, ...]:
    said = toml_values.texts(table, "kinds", where=where)
    try:
        found = tuple(FactorKind(kind) for kind in said)
    except ValueError:
        found = ()
    if not found:
        raise toml_values.bad(f"{where}kinds", f"out of {', '.join(FactorKind)}", ", ".join(said))
    return found


def _begins(value: object, where: str) -> int:
    if isinstance(value, date) and FIRST_YEAR <= value.year <= LAST_YEAR:
        day = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
        return int((day if day.tzinfo else day.replace(tzinfo=UTC)).timestamp())
    raise toml_values.bad(f"{where}from", "a day, such as 2026-12-01 without quotes", value)
