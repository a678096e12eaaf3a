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
"""The actions of step-ups that the schema names."""
Asks = Literal["program", "page", "server", "agent", "person"]
"""Who asks: the last one of what the service asks for itself, for the person at a workstation."""
Family = Literal["step_up", "sign_in", "emergency"]
"""Who asks for an action: a program for a step-up, the service itself for all others. No program can ask for those:
whatever it calls its wish, it is one for a step-up."""
GROUP_OF: Final[dict[Family, str]] = {
    "step_up": "step_up",
    "sign_in": "sign_in",
    "emergency": "emergency",
}
"""What the schema calls all actions of a family together."""
OPEN: Final = "session.open"
RESUME: Final = "session.resume"
EMERGENCY_OPEN: Final = "emergency.open"
FAMILIES: Final[dict[Family, frozenset[str]]] = {
    "step_up": ACTIONS | {OTHER},
    "sign_in": frozenset({OPEN, RESUME}),
    "emergency": frozenset({EMERGENCY_OPEN}),
}
"""The schema's actions, by family."""
FAMILY_OF: Final[dict[str, Family]] = {
    action: family for family, actions in FAMILIES.items() if family != "step_up" for action in actions
}
"""By the service's own actions."""
OUTSIDE: Final = "outside"
"""The zone of an address that is in none."""
LEVELS: Final = ("normal", "sensitive", "restricted")
LABELS: Final = ("psychiatry", "hiv", "vip", "own_record", "colleague")
"""What makes records specially protected."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One wish, most often for a step-up. ``person``, ``station``: ids; ``place``: a name, empty for none.

    ``action``: as the program wrote it. ``record_type``: of the resource, what stands before its slash.
    ``sensitivity``, ``labels``: the higher, and both together, of registration and claim. ``registered``: an
    administrator named the program; ``known_audience``: added the application. ``source``: the station's address.
    ``hour``: 0 to 23, UTC. ``risk``: 0 to 100, for these ``reasons``; ``own_risk``: what of it nobody but they can have
    brought about, all of it unless it is less than ``risk``. No rule sees that one.
    ``as_second``: they ask for nothing, but are to agree to the same wish of somebody else. ``batch``: seconds for
    which it may be used in parts, 0 for one act. ``zone``: of the network that the service sees the station in;
    ``family``: what it is that is asked for, which no program has a say in. Of the service's own families ``action`` is
    an action of the schema, and ``name`` says by what: the kind of what was presented for emergency access.
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
    asks: Asks = "program"
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
    zone: str = OUTSIDE
    family: Family = "step_up"
    name: str = ""


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


def action_of(asking: Asking) -> str:
    """The schema's action: what a program wrote is one of a step-up, or ``other``, and never of another family."""
    if asking.family == "step_up":
        return asking.action if asking.action in ACTIONS else OTHER
    return asking.action


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
        "name": asking.name or asking.action,
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
        "zone": asking.zone,
        "hour": asking.hour,
        "risk": asking.risk,
        "reasons": sorted(set(asking.reasons)),
        "as_second": asking.as_second,
        "batch": asking.batch,
    }
    return json.dumps(said)
