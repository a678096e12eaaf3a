"""What is wrong with roll-out waves as they are written: groups that nobody is of, and people whom they lock out."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.proof import ACR_RANK
from kiosk.service.policy import PolicyRules
from kiosk.service.policy.waves import PROVES, Wave
from kiosk.service.records import holdings
from kiosk.service.records.holdings import PersonHoldings
from kiosk.service.records.table import day
from kiosk.service.store import workstations

LIKE = 0.6
"""From here on a place is named as the one that was maybe meant (``difflib``'s ratio)."""
MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class LockOut:
    """People of one wave who cannot sign in once it is enforced: their logins, in order. ``whole``: how many it has."""

    wave: str
    at: int
    logins: tuple[str, ...]
    whole: int

    def said(self, now: int) -> str:
        """In a sentence."""
        few = ", ".join(self.logins[:MAX_NAMED]) + (", …" if len(self.logins) > MAX_NAMED else "")
        count = len(self.logins)
        people = f"{count} of its {self.whole} people" if count < self.whole else f"all {count} of its people"
        when = "locks out now" if self.at <= now else f"will lock out, from {day(self.at)} on,"
        return f"The wave “{self.wave}” {when} {people}, who have not got what it asks for: {few}."


@dataclass(frozen=True, slots=True)
class WaveCheck:
    """``unknown``: a sentence for each place or role that nobody has. ``locked``: whom which wave locks out."""

    unknown: tuple[str, ...]
    locked: tuple[LockOut, ...]


def look(conn: Connection, now: int, rules: PolicyRules) -> WaveCheck:
    """Hold the waves against the people and workstations that there are. Nothing is read where there is no wave."""
    if not rules.waves:
        return WaveCheck((), ())
    active = [holder for holder in holdings.everybody(conn) if holder.person.state == "active"]
    roles = {role for holder in active for role in holder.person.roles}
    places = {holder.person.place for holder in active if holder.person.place}
    stations = {station.place for station in workstations.all_of_them(conn) if station.state != "revoked"}
    unknown = [text for wave in rules.waves for text in _unknown(wave, places, stations, roles)]
    locked = [found for wave in rules.waves if (found := _locked(wave, active, now)) is not None]
    return WaveCheck(tuple(unknown), tuple(locked))


def _unknown(wave: Wave, places: Collection[str], stations: Collection[str], roles: Collection[str]) -> Iterator[str]:
    for place in wave.places:
        if place in places:
            continue
        if place in stations:
            why = "a workstation stands there, but it is nobody's place of work"
        else:
            why = "no person works there and no workstation stands there"
        meant = difflib.get_close_matches(place, sorted({*places, *stations} - {place}), n=1, cutoff=LIKE)
        asked = f" Did you mean “{meant[0]}”?" if meant else ""
        yield f"The wave “{wave.name}” names the place “{place}”: {why}, so nobody is of the wave by it.{asked}"
    for role in wave.roles:
        if role not in roles:
            yield f"The wave “{wave.name}” names the role “{role}”, which nobody has."


def _locked(wave: Wave, active: list[PersonHoldings], now: int) -> LockOut | None:
    if wave.enforced is None:
        return None
    at, least = max(now, wave.enforced), max(ACR_RANK[PROVES[kind]] for kind in wave.kinds)
    group = [holder for holder in active if wave.holds(holder.person.roles, holder.person.place)]
    without = [holder.person.login for holder in group if ACR_RANK.get(holdings.best(holder.has(at)), -1) < least]
    return LockOut(wave.name, wave.enforced, tuple(without), len(group)) if without else None
