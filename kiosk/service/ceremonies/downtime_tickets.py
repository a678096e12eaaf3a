"""Downtime tickets: signed at each sign-in that used a proof, for the workstation where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Literal

from kiosk.model.binding import b64u
from kiosk.model.proof import ACR_PHR, ACR_PIN, ACR_RANK
from kiosk.model.ticket import TYP, Confirmation, Ticket, TicketCard, TicketKey, TicketPerson
from kiosk.service.ceremonies import rollout
from kiosk.service.proofs import piv_cards
from kiosk.service.shared.context import Service
from kiosk.service.shared.frame import Frame
from kiosk.service.store import downtime, lookups
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.people import fresh_id
from kiosk.service.store.sql_types import StoredRow
from kiosk.verification.refused import ProofRefusedError

MARK = 16


def ticket_for(frame: Frame, known: StoredPerson, session: str, language: str, *, by_pin: bool = False) -> str:
    """A ticket for ``known`` at the workstation that asks, by its key; empty where the policy gives none, or the person
    has nothing that a workstation could check. ``session``: with which it is given. ``by_pin``: they have just shown
    their badge there and typed their PIN."""
    allow, seconds = frame.service.rules.downtime.at(frame.station.name)
    if not seconds or frame.station.jkt is None:
        return ""
    # No network must never be the easier way in: what would not be enough here is in no ticket.
    strict = ACR_RANK[rollout.wanted(frame, known)] > ACR_RANK[ACR_PHR]
    keys = tuple(map(_key, lookups.credentials_of(frame.conn, known.person.id)))
    cards = tuple(card for row in lookups.piv_cards_of(frame.conn, known.person.id) if (card := _card(frame, row)))
    if strict:
        keys, cards = tuple(key for key in keys if key.hardware), tuple(card for card in cards if card.hardware)
    pin = _pin(frame, known) if by_pin else ""
    if not keys and not cards and not pin:
        return ""
    who = known.person
    made = Ticket(
        iss=frame.service.issuer,
        aud=frame.station.id,
        jti=fresh_id(),
        sub=who.id,
        cnf=Confirmation(frame.station.jkt),
        iat=frame.now,
        nbf=frame.now,
        exp=frame.now + seconds,
        policy=policy_mark(frame.service),
        session=session,
        allow=allow,
        verify=frame.service.rules.downtime.downtime_verify,
        person=TicketPerson(who.id, who.login, who.name, who.roles, b64u(known.user_handle), language),
        keys=keys,
        cards=cards,
        pin=pin,
    )
    downtime.give(frame.conn, made, session)
    return frame.service.mint.sign(TYP, asdict(made))


def _pin(frame: Frame, known: StoredPerson) -> Literal["", "sealed", "unsealed"]:
    """Where their PIN may be checked by the workstation: nowhere if a PIN is not enough for them here."""
    if ACR_RANK[rollout.wanted(frame, known)] > ACR_RANK[ACR_PIN]:
        return ""
    allowed = frame.service.rules.downtime.downtime_pin
    return "sealed" if allowed == "sealed" else "unsealed" if allowed == "unsealed" else ""


def policy_mark(service: Service) -> str:
    """Names the policy in force: another one has another mark."""
    text = json.dumps(service.settings.policy_table(), sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:MARK]


def _key(row: StoredRow) -> TicketKey:
    return TicketKey(
        id=row.credential_id,
        key=b64u(bytes(row.public_key)),
        count=row.sign_count,
        eligible=bool(row.backup_eligible),
        built_in=row.user_verification == "builtin",
        hardware=bool(row.attestation_trusted),
        guarded=bool(row.guarded),
    )


def _card(frame: Frame, row: StoredRow) -> TicketCard | None:
    """None for one that would be refused here: by its CA, its time, or a list of those that were revoked."""
    certificates: tuple[tuple[Literal["9E", "9A"], bytes | None], ...] = (("9E", row.cert_9e), ("9A", row.cert_9a))
    good: list[str | None] = []
    hardware = True
    for slot, der in certificates:
        if der is None:
            good.append(None)
            continue
        try:
            hardware &= piv_cards.card_of(frame, slot, bytes(der)).path.ca.hardware
        except ProofRefusedError:
            return None
        good.append(b64u(bytes(der)))
    return TicketCard(good[0] or "", good[1], hardware)
