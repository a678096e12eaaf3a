"""What a policy is asked about: who asks for what, and what is proved. Frozen, and whole: nothing is ever left out.

The words are those of ``resources/policy/kiosk.cedarschema``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final, Literal

from kiosk.model.proof import ACR_MFA, ACR_PHR, ACR_PHRH, ACR_RANK
from kiosk.service.risk.rules import MAX_SCORE

TWO_FACTORS: Final = ACR_RANK[ACR_MFA]
PHISHING_RESISTANT: Final = ACR_RANK[ACR_PHR]
HARDWARE: Final = ACR_RANK[ACR_PHRH]
OTHER: Final = "other"
"""The action under which every one arrives that the schema does not name."""
ACTIONS: Final = frozenset(
    {
        "record.view",
        "record.export",
        "deidentified.export",
        "record.print",
        "bulk.print",
        "prescription.sign",
        "factor.reset",
        "reset.approve",
        "reset.code",
        "app.sign_in",
        "app.sign_in.phr",
        "app.sign_in.phrh",
    }
)
"""The actions that the schema names."""
LEVELS: Final = ("normal", "sensitive", "restricted")
LABELS: Final = ("psychiatry", "hiv", "vip", "own_record", "colleague")
"""What makes records specially protected."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One wish for a step-up. ``person``, ``station``: ids; ``place``: a name, empty for none.

    ``action``: as the program wrote it. ``record_type``: of the resource, what stands before its slash.
    ``sensitivity``, ``labels``: the higher, and both together, of registration and claim. ``registered``: an
    administrator named the program; ``known_audience``: added the application. ``source``: the station's address.
    ``hour``: 0 to 23, UTC. ``risk``: 0 to 100, for these ``reasons``; ``own_risk``: what of it nobody but they can have
    brought about, all of it unless it is less than ``risk``. No rule sees that one.
    ``as_second``: they ask for nothing, but are to agree to the same wish of somebody else. ``batch``: seconds for
    which it may be used in parts, 0 for one act.
    """

    person: str
    login: str
    roles: tuple[str, ...]
    action: str
    audience: str
    record_type: str
    records: int = 0
    patients: int = 0
    sensitivity: int = 0
    labels: tuple[str, ...] = ()
    purpose: str = ""
    asks: Literal["program", "page", "server", "agent"] = "program"
    registered: bool = False
    known_audience: bool = False
    station: str = ""
    place: str = ""
    source: str = ""
    hour: int = 0
    risk: int = 0
    own_risk: int = MAX_SCORE
    reasons: tuple[str, ...] = ()
    as_second: bool = False
    batch: int = 0


@dataclass(frozen=True, slots=True)
class ProofState:
    """What is proved, or would be.

    ``strength``: a rank of ``ACR_RANK``; ``kinds``: how many of what somebody knows, has and is; ``age``: seconds since
    the last proof; ``second_person``: somebody else agreed by a step-up of their own.
    """

    strength: int = 0
    kinds: int = 0
    age: int = 0
    second_person: bool = False

    def at_least(self, other: ProofState) -> bool:
        """Whether this is as much assurance as ``other``, or more, in every respect."""
        return (
            self.strength >= other.strength
            and self.kinds >= other.kinds
            and self.age <= other.age
            and self.second_person >= other.second_person
        )


Uid = dict[str, str]


def uid(kind: str, name: str) -> Uid:
    """An entity's name as the engine takes it: data, never text that it parses."""
    return {"type": kind, "id": name}


def action_of(name: str) -> Uid:
    """The schema's action for what a program wrote."""
    return uid("Action", name if name in ACTIONS else OTHER)


def entities(asking: Asking) -> str:
    """Everybody and everything that a policy can name of ``asking``, as Cedar's JSON."""
    roles = sorted(set(asking.roles))
    places = [asking.place] if asking.place else []

    def entity(of: Uid, parents: list[Uid], attrs: dict[str, object]) -> dict[str, object]:
        return {"uid": of, "attrs": attrs, "parents": parents}

    person = {"login": asking.login, "roles": roles}
    found = [
        entity(uid("Person", asking.person), [uid("Role", role) for role in roles], {**person}),
        *(entity(uid("Role", role), [], {}) for role in roles),
        entity(uid("Workstation", asking.station), [uid("Place", place) for place in places], {}),
        *(entity(uid("Place", place), [], {}) for place in places),
        entity(uid("Application", asking.audience), [], {"registered": asking.known_audience}),
        entity(uid("RecordType", asking.record_type), [uid("Application", asking.audience)], {}),
    ]
    return json.dumps(found)


def context(asking: Asking, proving: ProofState) -> str:
    """The rest that a policy can ask about, as Cedar's JSON."""
    said = {
        "name": asking.action,
        "proof": {
            "strength": proving.strength,
            "two_factors": proving.strength >= TWO_FACTORS,
            "phishing_resistant": proving.strength >= PHISHING_RESISTANT,
            "hardware": proving.strength >= HARDWARE,
            "kinds": proving.kinds,
            "age": proving.age,
            "second_person": proving.second_person,
        },
        "records": asking.records,
        "patients": asking.patients,
        "sensitivity": asking.sensitivity,
        "labels": sorted(set(asking.labels)),
        "purpose": asking.purpose,
        "asks": asking.asks,
        "registered": asking.registered,
        "station": {"__entity": uid("Workstation", asking.station)},
        "source": asking.source,
        "hour": asking.hour,
        "risk": asking.risk,
        "reasons": sorted(set(asking.reasons)),
        "as_second": asking.as_second,
        "batch": asking.batch,
    }
    return json.dumps(said)
