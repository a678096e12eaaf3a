"""What the policy is asked of the service's own acts, from what it sees, and what the trail says of any decision."""

from __future__ import annotations

from datetime import UTC, datetime

from kiosk.model.binding import Json
from kiosk.model.people import Person
from kiosk.service import policy
from kiosk.service.policy.cedar.facts import OUTSIDE, Asking, Family, ProofState
from kiosk.service.policy.cedar.ladder import Rung
from kiosk.service.risk import Risk
from kiosk.service.risk.rules import MAX_SCORE
from kiosk.service.shared.frame import Frame
from kiosk.service.shared.risk_rules import zone_of


def zone(frame: Frame) -> str:
    """The network zone that the service sees the station in, whatever that says of itself."""
    return zone_of(frame.service.risk, frame.source) or OUTSIDE


def own_act(
    frame: Frame, family: Family, action: str, who: Person | None, name: str = "", risk: Risk | None = None
) -> Asking:
    """``who`` asks the service for its own ``action`` of ``family`` at this station. None: nobody that is known."""
    return Asking(
        person=who.id if who else "",
        login=who.login if who else "",
        roles=who.roles if who else (),
        action=action,
        audience=frame.service.issuer,
        record_type="",
        asks="person",
        station=frame.station.id,
        place=frame.station.place or "",
        source=frame.source,
        zone=zone(frame),
        hour=datetime.fromtimestamp(frame.now, UTC).hour,
        risk=risk.score if risk else 0,
        own_risk=risk.own if risk else MAX_SCORE,
        reasons=risk.reasons if risk else (),
        family=family,
        name=name,
    )


def told_of(ground: policy.Ground | None) -> dict[str, Json]:
    """What the trail says of the decision: under which policy, by which of its rules, with which answer."""
    if ground is None:
        return {}
    by: list[Json] = [*ground.by]
    errors: list[Json] = [error[:200] for error in ground.errors[:3]]
    said: dict[str, Json] = {
        "version": ground.version,
        "sha256": ground.digest,
        "answer": ground.answer,
        "rung": ground.rung or None,
        "by": by,
    }
    facts = ground.decided_on
    on: dict[str, Json] = {} if facts is None else {"context": _context(facts)}
    return {"policy": {**said, **({"errors": errors} if errors else {}), **on}}


def _context(facts: policy.DecidedOn) -> dict[str, Json]:
    """From what was decided, so that it can be decided anew under another policy (``records/replayed_policy``). Person
    and workstation stand in the row. The resource, the purpose and the address do not: they may tell of a patient, or
    of where somebody is."""
    asking, proof = facts.asking, facts.proved
    if asking.family != "step_up":
        return _context_of_own(asking, proof, facts.reach)
    lists: dict[str, Json] = {
        "roles": list[Json](asking.roles),
        "labels": list[Json](asking.labels),
        "reasons": list[Json](asking.reasons),
        "reach": list[Json](rung.value for rung in Rung if rung in facts.reach),
    }
    return {
        **lists,
        "audience": asking.audience,
        "place": asking.place,
        "records": asking.records,
        "patients": asking.patients,
        "sensitivity": asking.sensitivity,
        "asks": asking.asks,
        "registered": asking.registered,
        "known": asking.known_audience,
        "hour": asking.hour,
        "zone": asking.zone,
        "risk": asking.risk,
        **({"own_risk": asking.own_risk} if asking.own_risk < asking.risk else {}),
        **({"least": facts.least} if facts.least else {}),
        **({"as_second": True} if asking.as_second else {}),
        **({"batch": asking.batch} if asking.batch else {}),
        "proof": [proof.strength, proof.kinds, proof.age, int(proof.second_person)],
    }


def _context_of_own(asking: Asking, proof: ProofState, reach: frozenset[Rung]) -> dict[str, Json]:
    """The same of an act of the service's own, of which less can differ."""
    return {
        "action": asking.action,
        **({"name": asking.name} if asking.name else {}),
        "roles": list[Json](asking.roles),
        "place": asking.place,
        "zone": asking.zone,
        "hour": asking.hour,
        **({"risk": asking.risk, "reasons": list[Json](asking.reasons)} if asking.risk else {}),
        **({"reach": list[Json](rung.value for rung in Rung if rung in reach)} if reach else {}),
        "proof": [proof.strength, proof.kinds, proof.age],
    }
