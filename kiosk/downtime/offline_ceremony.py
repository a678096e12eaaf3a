"""One sign-in that a workstation decides by itself, as it stands, and the challenge that is made for it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from kiosk.downtime import checking
from kiosk.model import binding, statement
from kiosk.model.binding import b64u
from kiosk.model.ceremony import CeremonyView, MethodOffer, Purpose, Why
from kiosk.model.challenge import Challenge
from kiosk.model.people import Person
from kiosk.model.proof import Method
from kiosk.model.ticket import Ticket, TicketCard

SECONDS = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Which workstation, of which service: what a challenge is bound to."""

    station: str
    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class OfflineCeremony:
    """``waiting``: ids of people whose workspaces wait here. ``owner``: once it is known whose card it is."""

    id: str
    kind: str
    ends: float
    waiting: frozenset[str]
    offers: tuple[Method, ...]
    why: Why
    owner: Ticket | None = None
    card: TicketCard | None = None
    asked: Challenge | None = None


def person_of(owner: Ticket) -> Person:
    known = owner.person
    return Person(known.id, known.login, known.name, known.roles)


def challenge_for(here: OfflineCeremony, method: Method, place: Place, now: int) -> Challenge:
    """A fresh challenge of ``method``, bound to this ceremony, workstation and ticket."""
    nonce = secrets.token_bytes(binding.NONCE_BYTES)
    said = statement.offline(
        ceremony=here.id,
        method=method,
        workstation=place.station,
        time=now,
        ticket=here.owner.jti if here.owner else None,
        who=(here.owner.person.id, here.owner.person.login) if here.owner else None,
    )
    text = binding.canonical(said)
    keys = here.owner.keys if here.owner is not None and method is Method.FIDO2 else ()
    return Challenge(
        ceremony=here.id,
        method=method,
        label=binding.OFFLINE_LABEL,
        nonce=b64u(nonce),
        challenge=checking.digest_of(binding.OFFLINE_LABEL, nonce, text),
        statement=text.decode("utf-8"),
        expires_in=SECONDS // 2,
        rp_id=place.rp_id,
        origin=place.origin,
        allow=tuple(key.id for key in keys),
        user_verification="required" if method is Method.FIDO2 else "discouraged",
        guarded=tuple(key.id for key in keys if key.guarded),
    )


def view_of(here: OfflineCeremony, state: Literal["prove", "done", "refused"], now: float) -> CeremonyView:
    """As the service would answer about it. ``now``: epoch seconds."""
    proving = state == "prove"
    return CeremonyView(
        id=here.id,
        purpose=Purpose.SIGN_IN,
        state=state,
        person=person_of(here.owner) if here.owner is not None else None,
        offers=tuple(MethodOffer(method) for method in here.offers) if proving else (),
        proved=(),
        why=here.why,
        expires_in=max(1, int(here.ends - now)) if proving else 0,
    )
