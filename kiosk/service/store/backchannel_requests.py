"""Questions of servers to a person (OpenID CIBA): one row each. How one stands is read from its step-up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, select, update

from kiosk.model.stepup import StepUpAsk
from kiosk.service.store import integrity, phone_questions, stored_json
from kiosk.service.store.columns import being
from kiosk.service.store.schema import backchannel_request, ceremony, session
from kiosk.service.store.sql_types import StoredRow

INTERVAL = 5
"""Seconds between two polls (CIBA Core section 7.3); what each that came too soon adds to it (section 11)."""
KEEP = 600
"""Seconds that one is kept after its end, so that an auth_req_id that comes back is known; as long as what a step-up
asked for."""
AT_ONCE = 100
AGAIN = 4
"""Seconds until a workstation is told once more of what still waits there."""
State = Literal["waiting", "shown", "approved", "denied"]


@dataclass(frozen=True, slots=True)
class BackchannelRequest:
    """One question. ``secret``: SHA-256 of its ``auth_req_id``, hex. ``acr``: the least that will do. ``ask``: what the
    person is asked for. ``message``: its binding_message. ``details``: authorization_details as they will be granted,
    in JSON. ``notify``: what a ping says, sealed. ``ceremony``: the step-up that was shown. ``numbered``: its server
    was given a number to show; ``on_phone``: a phone approved it. Times: epoch seconds."""

    id: str
    secret: str
    application: str
    person: str
    scope: str
    acr: str
    ask: StepUpAsk
    created: int
    expires: int
    message: str | None = None
    details: str | None = None
    notify: str | None = None
    ceremony: str | None = None
    denied: int | None = None
    used: int | None = None
    interval: int = INTERVAL
    polled: int | None = None
    numbered: int | None = None
    on_phone: int | None = None


def add(conn: Connection, request: BackchannelRequest) -> None:
    """Record a new one."""
    values = {name: getattr(request, name) for name in BackchannelRequest.__dataclass_fields__}
    values |= {"ask": json.dumps(stored_json.write(request.ask)), "due": request.created if request.notify else None}
    integrity.add(conn, backchannel_request, values)


def by_id(conn: Connection, request_id: str) -> BackchannelRequest | None:
    """The one of that id."""
    return _one(conn, backchannel_request.c.id == request_id)


def by_secret(conn: Connection, secret: str) -> BackchannelRequest | None:
    """The one with that ``auth_req_id`` (SHA-256, hex)."""
    return _one(conn, backchannel_request.c.secret == secret)


def waiting_for(conn: Connection, person: str, now: int) -> list[BackchannelRequest]:
    """What waits for ``person`` to be shown or answered, oldest first."""
    mine = (backchannel_request.c.person == person) & _open(now)
    rows = integrity.rows(conn, backchannel_request, mine, order=(backchannel_request.c.created,), skip=True)
    found = [_request(row) for row in rows]
    return [request for request in found if state_of(conn, request, now) in ("waiting", "shown")]


def state_of(conn: Connection, request: BackchannelRequest, now: int) -> State:
    """How it stands; its time is not looked at. A step-up that ended otherwise than by a yes is a no."""
    if request.denied is not None:
        return "denied"
    if request.on_phone is not None:
        return "approved"
    if request.ceremony is None:
        return "waiting"
    row = integrity.one(conn, ceremony, ceremony.c.id == request.ceremony)
    if row is None or row.state == "refused":
        return "denied"
    if row.state == "prove":
        return "shown" if now < row.expires else "denied"
    return "approved"


def shown(conn: Connection, request_id: str, ceremony_id: str, now: int) -> None:
    """The person is shown it at a workstation, as that step-up: it waits on no phone any more."""
    _change(conn, request_id, {"ceremony": ceremony_id})
    phone_questions.end(conn, request_id, "at_station", now)


def deny(conn: Connection, request_id: str, now: int) -> None:
    """It is answered: no."""
    _change(conn, request_id, {"denied": now})
    phone_questions.end(conn, request_id, "at_station", now)


def approve_on_phone(conn: Connection, request_id: str, now: int) -> None:
    """It is answered: yes, on a phone."""
    _change(conn, request_id, {"on_phone": now})


def use(conn: Connection, request_id: str, now: int) -> bool:
    """Its tokens are given, once. False if they were before."""
    mine = (backchannel_request.c.id == request_id) & backchannel_request.c.used.is_(None)
    return len(integrity.change(conn, backchannel_request, mine, {"used": now})) == 1


def note_poll(conn: Connection, request: BackchannelRequest, now: int) -> bool:
    """It was asked how it stands. Whether that was too soon: then its interval grows."""
    soon = request.polled is not None and now - request.polled < request.interval
    interval = request.interval + INTERVAL if soon else request.interval
    _free(conn, [request.id], {"polled": now, "interval": interval})
    return soon


_OFFER = (
    select(backchannel_request.c.id, session.c.id.label("session"), session.c.workstation)
    .join(session, session.c.person == backchannel_request.c.person)
    .where(
        backchannel_request.c.ceremony.is_(None),
        backchannel_request.c.on_phone.is_(None),
        being(session.c.state, "open"),
    )
    .order_by(backchannel_request.c.created, session.c.opened.desc())
)


def to_offer(conn: Connection, now: int, only: str | None = None) -> list[tuple[str, str, str]]:
    """(request, session, workstation) of what waits for somebody who is active now, and of which their workstation has
    not been told for ``AGAIN`` seconds; where they are active at several, where they came last. ``only``: this one."""
    late = backchannel_request.c.offered.is_(None) | (backchannel_request.c.offered <= now - AGAIN)
    wanted = _OFFER.where(_open(now), late)
    if only is not None:
        wanted = wanted.where(backchannel_request.c.id == only)
    found: dict[str, tuple[str, str, str]] = {}
    for row in conn.execute(wanted.limit(AT_ONCE)):
        found.setdefault(row.id, (row.id, row.session, row.workstation))
    return list(found.values())


def offered(conn: Connection, ids: list[str], now: int) -> None:
    """Their workstations are told now."""
    _free(conn, ids, {"offered": now})


def purge(conn: Connection, now: int) -> int:
    """Forget what ended a while ago, not too many at once. How many."""
    old = select(backchannel_request.c.id).where(backchannel_request.c.expires < now - KEEP).limit(AT_ONCE)
    ids = list(conn.execute(old).scalars())
    return conn.execute(delete(backchannel_request).where(backchannel_request.c.id.in_(ids))).rowcount


def _open(now: int) -> ColumnElement[bool]:
    table = backchannel_request.c
    return (table.expires > now) & table.denied.is_(None) & table.used.is_(None)


def _change(conn: Connection, request_id: str, values: dict[str, object]) -> None:
    integrity.change(conn, backchannel_request, backchannel_request.c.id == request_id, values)


def _free(conn: Connection, ids: list[str], values: dict[str, int]) -> None:
    """Columns that decide nothing."""
    conn.execute(update(backchannel_request).where(backchannel_request.c.id.in_(ids)).values(**values))


def _one(conn: Connection, where: ColumnElement[bool]) -> BackchannelRequest | None:
    row = integrity.one(conn, backchannel_request, where)
    return None if row is None else _request(row)


def _request(row: StoredRow) -> BackchannelRequest:
    values = {name: getattr(row, name) for name in BackchannelRequest.__dataclass_fields__}
    return BackchannelRequest(**{**values, "ask": stored_json.read(StepUpAsk, stored_json.parse(row.ask))})
