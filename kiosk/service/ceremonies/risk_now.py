"""The risk of a sign-in and of a step-up, from what is remembered and what the request shows."""

from __future__ import annotations

from typing import Literal

from kiosk.model.binding import Json
from kiosk.model.stepup import StepUpAsk
from kiosk.service.risk import NORMAL, PersonPast, Risk, RiskFacts, WishFacts, assess, learning, of_persons
from kiosk.service.shared import risk_memory
from kiosk.service.shared.frame import Frame
from kiosk.service.shared.place_names import place_of
from kiosk.service.shared.risk_cases import LEAVING
from kiosk.service.shared.risk_rules import zone_of
from kiosk.service.store import sessions
from kiosk.service.store.lookups import StoredPerson

PATIENT = "patient/"
MIN_WARD = 3
"""Characters of a place by which a resource can be told to be of it."""


def of_sign_in(frame: Frame, known: StoredPerson) -> Risk:
    """Of a sign-in; looked at once a request."""
    weighed = frame.memory.weighed
    if known.person.id not in weighed:
        weighed[known.person.id] = NORMAL
        if frame.service.risk.enabled:
            weighed[known.person.id] = assess(facts_of(frame, known, "sign_in"), frame.service.risk)
    return weighed[known.person.id]


def of_step_up(frame: Frame, known: StoredPerson, ask: StepUpAsk) -> Risk:
    """Of a wish for a step-up."""
    if not frame.service.risk.enabled:
        return NORMAL
    past = risk_memory.person(frame.conn, frame.memory, known.person.id).past
    return assess(facts_of(frame, known, "step_up", wish_of(frame, past, ask)), frame.service.risk)


def facts_of(
    frame: Frame, known: StoredPerson, kind: Literal["sign_in", "step_up"], wish: WishFacts | None = None
) -> RiskFacts:
    """What is known now. From where the workstation asks is remembered from here on."""
    conn, memory, rules, now = frame.conn, frame.memory, frame.service.risk, frame.now
    person = risk_memory.person(conn, memory, known.person.id)
    here = risk_memory.station(conn, memory, frame.station.id)
    leaves = wish is not None and wish.export
    roles = [risk_memory.role(conn, memory, role) for role in sorted(known.person.roles)] if leaves else []
    zone = zone_of(rules, frame.source)
    # A role's past that is not believed is none: what is never too much comes in its place, and asks more.
    found = (("person", person.doubted), ("station", here.doubted))
    facts = RiskFacts(
        kind=kind,
        now=now,
        person=person.past,
        station=here.past,
        roles=tuple(role.past for role in roles),
        station_id=frame.station.id,
        place=place_of(frame.station.place),
        source=frame.source,
        zone=zone,
        elsewhere=sessions.open_elsewhere(conn, known.person.id, frame.station.id),
        changed=person.changed,
        lost=person.lost,
        wish=wish or WishFacts(),
        doubts=frozenset(whose for whose, doubted in found if doubted),
    )
    here.past = learning.at_source(here.past, now, frame.source, zone)
    return facts


def wish_of(frame: Frame, past: PersonPast, ask: StepUpAsk) -> WishFacts:
    """What ``ask`` comes to. A patient is of a ward where the person works if the resource names that ward."""
    resource = plain(ask.resource)
    wards = {plain(ward) for ward in (*past.wards, place_of(frame.station.place))}
    own = any(len(ward) >= MIN_WARD and ward in resource for ward in wards)
    named = max(len(ask.patients), int(ask.resource.casefold().startswith(PATIENT)))
    return WishFacts(ask.action.endswith(LEAVING), max(ask.records, len(ask.patients)), 0 if own else named)


def plain(text: str) -> str:
    """Letters and digits alone, in small: “Ward/3-North” and “Ward 3 North” are one."""
    return "".join(c for c in text.casefold() if c.isalnum())


def told(risk: Risk) -> dict[str, Json]:
    """What the trail says of a risk; nothing of none."""
    if not risk.reasons:
        return {}
    reasons: list[Json] = [*risk.reasons]
    failed: list[Json] = [*risk.failed]
    return {"risk": {"score": risk.score, "reasons": reasons, **({"failed": failed} if failed else {})}}


def without_grace(frame: Frame, known: StoredPerson) -> bool:
    """Whether a tap alone opens nothing now."""
    return frame.service.risk.enabled and of_sign_in(frame, known).score >= frame.service.risk.sign_in


def came_too_fast(frame: Frame, known: StoredPerson) -> bool:
    """Whether nobody walks here in the time since their last session was opened."""
    past, here = risk_memory.person(frame.conn, frame.memory, known.person.id).past, place_of(frame.station.place)
    facts = RiskFacts("sign_in", frame.now, past, station_id=frame.station.id, place=here)
    return of_persons.came_too_fast(facts, frame.service.risk)
