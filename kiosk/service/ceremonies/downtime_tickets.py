"""Downtime tickets: signed at each sign-in that used a proof, for the workstation where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from kiosk.model.binding import b64u
from kiosk.model.ticket import TYP, Confirmation, Ticket, TicketCard, TicketKey, TicketPerson
from kiosk.service.shared.context import Service
from kiosk.service.shared.frame import Frame
from kiosk.service.store import downtime, lookups
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.people import fresh_id
from kiosk.service.store.sql_types import StoredRow

MARK = 16


def ticket_for(frame: Frame, known: StoredPerson, session: str, language: str) -> str:
    """A ticket for ``known`` at the workstation that asks, by its key; empty where the policy gives none, or the person
    has nothing that a workstation could check. ``session``: with which it is given."""
    allow, seconds = frame.service.rules.downtime.at(frame.station.name)
    if not seconds or frame.station.jkt is None:
        return ""
    keys = tuple(map(_key, lookups.credentials_of(frame.conn, known.person.id)))
    cards = tuple(map(_card, lookups.piv_cards_of(frame.conn, known.person.id)))
    if not keys and not cards:
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
    )
    downtime.give(frame.conn, made, session)
    return frame.service.mint.sign(TYP, asdict(made))


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


def _card(row: StoredRow) -> TicketCard:
    return TicketCard(b64u(bytes(row.cert_9e)), b64u(bytes(row.cert_9a)) if row.cert_9a is not None else None)
