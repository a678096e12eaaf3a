"""A yes that was given on a phone: read again from the trail and its evidence, where its server comes for tokens.

The question's row says which row of the trail it is, and nothing else of it is believed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from hmac import compare_digest

from sqlalchemy import Connection

from kiosk.model.proof import ACR_RANK, Assurance, Method
from kiosk.service.audit import reading
from kiosk.service.audit.event import SERVICE, row_hash
from kiosk.service.platform.json_fields import JsonObject, member, members, number, text
from kiosk.service.policy import Proved, add_up
from kiosk.service.shared.context import Service
from kiosk.service.store import lookups, openid_clients, phone_questions, phones
from kiosk.service.store.backchannel_requests import BackchannelRequest


@dataclass(frozen=True, slots=True)
class PhoneYes:
    """``phone``: id of the one that signed; ``proved``: what that comes to."""

    phone: str
    proved: Assurance


def yes_to(conn: Connection, service: Service, request: BackchannelRequest) -> PhoneYes | None:
    """The yes to this very question, if everything that it rests on still stands: its person and their phone, that
    phones may answer, and the trail. None else."""
    waits = phone_questions.by_id(conn, request.id)
    if waits is None or waits.state != "approved" or waits.person != request.person or waits.phone is None:
        return None
    known = lookups.person_by_id(conn, request.person)
    may = service.phone.servers and service.rules.enrol.phone_approval
    if known is None or known.suspended or not may or not phones.stands(conn, waits.phone, request.person):
        return None
    try:
        body = _row(conn, waits.told_seq or 0)
        signed = members(json.loads(text(_evidence(conn, waits.told_seq or 0, body), "statement")))
        proved = add_up((Proved(Method.PHONE, number(body, "at"), "builtin"),), number(body, "at"))
        good = _agrees(conn, request, body, signed)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None  # somebody else wrote a text there that is no row's, or no statement
    if not good or ACR_RANK[proved.acr] < ACR_RANK[request.acr]:
        return None
    return PhoneYes(waits.phone, proved)


def _row(conn: Connection, seq: int) -> JsonObject:
    """The row of the trail. Raises ``ValueError``."""
    told = reading.row(conn, SERVICE, seq)
    if told is None or not compare_digest(bytes(told.hash), row_hash(bytes(told.prev), told.body)):
        raise ValueError("no such row")
    return members(json.loads(told.body))


def _evidence(conn: Connection, seq: int, body: JsonObject) -> JsonObject:
    """The evidence beside it. Raises ``ValueError``."""
    kept = reading.evidence_between(conn, SERVICE, seq, seq).get(seq)
    if kept is None or hashlib.sha256(kept[0].encode("utf-8")).hexdigest() != body.get("evidence"):
        raise ValueError("no such evidence")
    return members(json.loads(kept[0]))


def _agrees(conn: Connection, request: BackchannelRequest, body: JsonObject, signed: JsonObject) -> bool:
    """Whether the row is this question's yes, and what was signed is what will be told."""
    client = openid_clients.find(conn, request.application)
    said = (body.get("action"), body.get("result"), body.get("reason"), body.get("ceremony"), body.get("person"))
    if said != ("phone_answered", "success", "approved", request.id, request.person) or client is None:
        return False
    ask = request.ask
    wanted = (request.id, ask.action, ask.records, ask.purpose, client.audience, client.rules.title, request.message)
    names = ("ceremony", "action", "records", "purpose", "audience", "server", "message")
    return tuple(signed.get(name) for name in names) == wanted and member(signed, "who").get("id") == request.person
