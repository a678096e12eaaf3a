"""What each event does here. It asks for more, or stops something; no event lowers what anybody has to prove."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin import people as people_acts
from kiosk.service.admin.act import Admin
from kiosk.service.risk import RiskRules, learning
from kiosk.service.shared import risk_memory
from kiosk.service.shared.risk_memory import RiskMemory
from kiosk.service.signals import credentials
from kiosk.service.signals.reading import SecurityEvent
from kiosk.service.store import people, sessions, stopping
from kiosk.service.store.lookups import StoredStation
from kiosk.service.store.people import PersonLine
from kiosk.service.store.stopping import LockedAccess

LOCK = "signal"
"""The reason that workstations are told of a lock."""


@dataclass(frozen=True, slots=True)
class LockedPerson:
    """Somebody who was at a workstation that was locked."""

    person: PersonLine
    locked: LockedAccess


@dataclass(frozen=True, slots=True)
class DoneSignal:
    """What an event did. ``told``: for the trail. ``touched``: ids of those who were stopped or have to prove more,
    first whom the event is about; nobody where it changed nothing. ``lasting``: it stands until an administrator takes
    it back, so that it is done once, however often it is asked for. ``at_station``: whom it met with a workstation."""

    told: dict[str, Json] = field(default_factory=dict)
    touched: tuple[str, ...] = ()
    lasting: bool = False
    at_station: tuple[LockedPerson, ...] = ()


NOTHING_DONE = DoneSignal()


@dataclass(frozen=True, slots=True)
class Acting:
    """One event of ``transmitter``, in its transaction. ``person``, ``station``: whom it names, locked."""

    conn: Connection
    risk: RiskRules
    transmitter: str
    event: SecurityEvent
    person: PersonLine | None
    station: StoredStation | None
    now: int
    memory: RiskMemory = field(default_factory=RiskMemory, repr=False)

    @property
    def admin(self) -> Admin:
        """In whose name administrators' acts are done for it."""
        return Admin(f"signals {self.transmitter}", os.geteuid(), self.now, None, "signal", self.transmitter)

    def text(self, name: str) -> str:
        """What the event says of ``name``; empty for no text."""
        value = self.event.says.get(name)
        return value if isinstance(value, str) else ""


def session_revoked(acting: Acting) -> DoneSignal:
    """CAEP 1.0 section 3.1. Locked, with grace and applications' tokens gone: whoever goes on proves a second factor,
    and no work is lost."""
    if acting.person is None:
        return _lock_station(acting)
    was_going_on = acting.person.id in stopping.going_on(acting.conn, acting.now)
    locked = _lock(acting, acting.person.id)
    touched = (acting.person.id,) if was_going_on or locked.sign_ins else ()
    return DoneSignal(locked_told(locked), touched)


def credential_change(acting: Acting) -> DoneSignal:
    """Section 3.3. What was revoked or deleted there and is the very same here is suspended; else their risk rises."""
    if acting.person is None:
        return NOTHING_DONE
    found = credentials.same(acting.conn, acting.person.id, acting.text("credential_type"), acting.event.says)
    suspended = credentials.suspend(acting.conn, acting.admin, acting.person, found)
    if suspended:
        return DoneSignal({"suspended": [*suspended]}, (acting.person.id,), lasting=True)
    return _warn(acting, high=False)


def device_compliance_change(acting: Acting) -> DoneSignal:
    """Section 3.5. What is open there is locked, and the workstation's risk rises until an administrator clears it, or
    its time is over."""
    if acting.station is None:
        return NOTHING_DONE
    here = risk_memory.station(acting.conn, acting.memory, acting.station.id)
    here.past = learning.reported(here.past, acting.now)
    done = _lock_station(acting)
    touched = done.touched or (acting.station.id,)
    return replace(done, told={**done.told, "risk": "station_reported"}, touched=touched)


def risk_level_change(acting: Acting) -> DoneSignal:
    """Section 3.8: the person's risk is high, or more than low."""
    return _warn(acting, high=acting.text("current_level") == "HIGH")


def account_disabled(acting: Acting) -> DoneSignal:
    """RISC 1.0 section 2.3: the person is suspended here, too, until an administrator resumes them."""
    if acting.person is None or not acting.person.active:
        return NOTHING_DONE
    ended = people_acts.suspend(acting.conn, acting.admin, acting.person.login)
    told: dict[str, Json] = {"suspended_person": True, "sessions_ended": ended}
    return DoneSignal(told, (acting.person.id,), lasting=True)


def credential_compromise(acting: Acting) -> DoneSignal:
    """RISC 1.0 section 2.7: somebody else may know a credential of theirs."""
    return _warn(acting, high=True)


ACTS: Mapping[str, Callable[[Acting], DoneSignal]] = MappingProxyType(
    {
        "session-revoked": session_revoked,
        "credential-change": credential_change,
        "device-compliance-change": device_compliance_change,
        "risk-level-change": risk_level_change,
        "account-disabled": account_disabled,
        "credential-compromise": credential_compromise,
    }
)


def asks_for_something(event: SecurityEvent) -> bool:
    """Whether it asks for more, or stops something. What says that something is well again changes nothing here."""

    def is_one(name: str, *words: str) -> bool:
        return event.says.get(name) in words

    match event.name:
        case "credential-change":
            return is_one("change_type", "revoke", "delete")
        case "device-compliance-change":
            return is_one("current_status", "not-compliant")
        case "risk-level-change":
            return is_one("current_level", "HIGH", "MEDIUM") and event.says.get("principal", "USER") == "USER"
        case _:
            return event.name in ACTS


def act(acting: Acting) -> DoneSignal:
    """Do what the event asks for; what was done."""
    done = ACTS[acting.event.name or ""](acting)
    risk_memory.write(acting.conn, acting.memory, acting.now)
    return done


def locked_told(locked: LockedAccess) -> dict[str, Json]:
    """What the trail says of what was locked."""
    return {"sessions_locked": locked.sessions, "sign_ins_ended": locked.sign_ins}


def _lock(acting: Acting, person: str) -> LockedAccess:
    return stopping.lock_access(acting.conn, person, acting.now, LOCK)


def _lock_station(acting: Acting) -> DoneSignal:
    """Whoever is at the workstation is locked, wherever they are."""
    if acting.station is None:
        return NOTHING_DONE
    here = sorted(set(sessions.people_at(acting.conn, acting.station.id)))
    met = tuple(LockedPerson(people.by_id(acting.conn, who), _lock(acting, who)) for who in here)
    whole = LockedAccess(sum(them.locked.sessions for them in met), sum(them.locked.sign_ins for them in met))
    touched = (acting.station.id, *here) if here else ()
    return DoneSignal(locked_told(whole), touched, at_station=met)


def _warn(acting: Acting, *, high: bool) -> DoneSignal:
    if acting.person is None or not acting.risk.enabled:
        return NOTHING_DONE
    them = risk_memory.person(acting.conn, acting.memory, acting.person.id)
    them.past = learning.warned(them.past, acting.now, high=high)
    return DoneSignal({"risk": "warned_high" if high else "warned"}, (acting.person.id,))
