"""What phones are asked: one row each, known to whoever read its QR code, answered once, forgotten soon."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection, delete, func, select

from kiosk.model.proof import Fido2Proof
from kiosk.service.store import integrity, stored_json
from kiosk.service.store.schema import phone_request
from kiosk.service.store.sql_types import StoredRow

MAX_TRIES = 3
"""Wrong numbers, until one is over: of six digits, three in a million guesses."""
KEEP = 3600
"""Seconds that one is kept after its end: what was asked of somebody is counted over an hour."""
AT_ONCE = 100
PhoneState = Literal["open", "made", "approved", "refused", "reported", "ended", "used"]
OPEN: tuple[PhoneState, ...] = ("open", "made")


@dataclass(frozen=True, slots=True)
class MadePasskey:
    """A new passkey as the phone's browser made it, base64url (WebAuthn Level 3, section 5.2.1)."""

    client_data: str
    attestation_object: str


@dataclass(frozen=True, slots=True)
class PhoneRequest:
    """One question. ``id``: SHA-256 of its code, hex. ``about``: id of the enrolment or ceremony. ``nonce``: base64url.

    ``statement``: what is signed, RFC 8785. ``made``: the new passkey, ``proof``: what was signed, each once there is
    one. ``tries``: wrong numbers. Times: epoch seconds.
    """

    id: str
    purpose: Literal["pair", "approve"]
    person: str
    workstation: str
    about: str
    nonce: str
    statement: str
    created: int
    expires: int
    state: PhoneState = "open"
    made: MadePasskey | None = None
    proof: Fido2Proof | None = None
    tries: int = 0

    def live(self, now: int) -> bool:
        """Whether it can still be answered, by a clock that was not set back."""
        return self.state in OPEN and self.created <= now < self.expires


def mark_of(code: str) -> str:
    """What is kept of the code in a QR code."""
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()


def add(conn: Connection, request: PhoneRequest) -> None:
    """Record a new one. What was asked before about the same is over."""
    before = (phone_request.c.about == request.about) & phone_request.c.state.in_(OPEN)
    integrity.change(conn, phone_request, before, {"state": "ended"}, skip=True)
    integrity.add(conn, phone_request, _values(request))


def find(conn: Connection, mark: str) -> PhoneRequest | None:
    """The one of that id."""
    row = integrity.one(conn, phone_request, phone_request.c.id == mark)
    return None if row is None else _request(row)


def answered(conn: Connection, ceremony: str) -> PhoneRequest | None:
    """What a phone approved of that ceremony, if nobody has taken it yet."""
    mine = (phone_request.c.about == ceremony) & (phone_request.c.state == "approved")
    row = integrity.one(conn, phone_request, mine)
    return None if row is None else _request(row)


def move(conn: Connection, before: PhoneRequest, after: PhoneRequest) -> bool:
    """Record what it has become. False where somebody else was faster: of two answers the first one counts."""
    mine = (phone_request.c.id == before.id) & (phone_request.c.state == before.state)
    return len(integrity.change(conn, phone_request, mine, _values(after))) == 1


def wrong(conn: Connection, request: PhoneRequest) -> PhoneRequest:
    """A wrong number was typed; the third ends it. The request as it is then."""
    tries = request.tries + 1
    after = replace(request, tries=tries, state="ended" if tries >= MAX_TRIES else request.state)
    move(conn, request, after)
    return after


def asked_since(conn: Connection, person: str, since: int) -> int:
    """How often the person's phone was to approve something."""
    mine = (phone_request.c.person == person) & (phone_request.c.purpose == "approve")
    counted = select(func.count()).select_from(phone_request).where(mine & (phone_request.c.created > since))
    return int(conn.execute(counted).scalar() or 0)


def purge(conn: Connection, now: int) -> int:
    """Forget what ended a while ago, not too many at once. How many."""
    old = select(phone_request.c.id).where(phone_request.c.expires < now - KEEP).limit(AT_ONCE)
    ids = list(conn.execute(old).scalars())
    return conn.execute(delete(phone_request).where(phone_request.c.id.in_(ids))).rowcount


def _values(request: PhoneRequest) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(request, name) for name in PhoneRequest.__dataclass_fields__}
    made, proof = request.made, request.proof
    values["made"] = None if made is None else json.dumps(stored_json.write(made))
    values["proof"] = None if proof is None else json.dumps(stored_json.write(proof))
    return values


def _request(row: StoredRow) -> PhoneRequest:
    values = {name: getattr(row, name) for name in PhoneRequest.__dataclass_fields__}
    values["made"] = None if row.made is None else stored_json.read(MadePasskey, stored_json.parse(row.made))
    values["proof"] = None if row.proof is None else stored_json.read(Fido2Proof, stored_json.parse(row.proof))
    return PhoneRequest(**values)
