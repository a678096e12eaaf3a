"""Sign-ins to applications: one row each, from what the workstation attested to the last token that comes of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select

from kiosk.model.proof import Assurance
from kiosk.service.store import integrity, manifests, openid_logouts
from kiosk.service.store.schema import openid_grant, session, workstation
from kiosk.service.store.sql_types import StoredValues

MAX_SECONDS = 86_400
"""A sign-in to an application lasts no longer, whatever is refreshed (SP 800-63B-4 section 2.2.3)."""
KEEP = 3600
"""Seconds that one that has ended is kept, so that a token of it that comes back is known."""
AT_ONCE = 25
_SEEN = select(openid_grant).where(openid_grant.c.id == bindparam("wanted"))
"""Built once: each introspection asks it."""


@dataclass(frozen=True, slots=True)
class OpenIdGrant:
    """One sign-in. ``workstation``, ``session``: in which it is; None where the person came by the hospital's own
    provider, whose issuer is ``upstream`` then, or approved on a phone, whose id is ``phone`` then. ``sid``: what the
    application knows the session by. ``receipt``, ``code``, ``browser``: SHA-256, in hex. ``jkt``: thumbprint of the
    key that its tokens are bound to. ``refreshed``: number of the good refresh token. Times in epoch seconds."""

    id: str
    application: str
    person: str
    workstation: str | None
    session: str | None
    sid: str
    scope: str
    assurance: Assurance
    nonce: str | None
    redirect_uri: str
    challenge: str
    browser: str
    receipt: str
    created: int
    code: str | None = None
    code_until: int | None = None
    used: int | None = None
    jkt: str | None = None
    refreshed: int = 0
    ended: int | None = None
    upstream: str | None = None
    phone: str | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """One by one."""
        return frozenset(self.scope.split())

    def lives(self, now: int) -> bool:
        """Whether it has not ended, as far as it knows itself."""
        return self.ended is None and self.created <= now + 5 and now < self.created + MAX_SECONDS


_PLAIN = [name for name in OpenIdGrant.__dataclass_fields__ if name != "assurance"]


def add(conn: Connection, grant: OpenIdGrant) -> None:
    """Record a new one."""
    values = asdict(grant)
    values.pop("assurance")
    known = grant.assurance
    values |= {"acr": known.acr, "amr": json.dumps(known.amr), "auth_time": known.auth_time}
    integrity.add(conn, openid_grant, values)


def by_id(conn: Connection, grant_id: str) -> OpenIdGrant | None:
    """The one of that id; in a transaction that writes its person is locked from here on."""
    return _locked(conn, openid_grant.c.id == grant_id)


def by_receipt(conn: Connection, receipt: str) -> OpenIdGrant | None:
    """The one that the doorbell gave that receipt for (SHA-256, hex)."""
    return _locked(conn, openid_grant.c.receipt == receipt)


def by_code(conn: Connection, code: str) -> OpenIdGrant | None:
    """The one with that code (SHA-256, hex)."""
    return _locked(conn, openid_grant.c.code == code)


def seen(conn: Connection, grant_id: str) -> OpenIdGrant | None:
    """The one of that id, of which nothing is decided that is written."""
    row = conn.execute(_SEEN, {"wanted": grant_id}).first()
    if row is None:
        return None
    integrity.check(conn, openid_grant, row._mapping)
    return grant_of(row._mapping)


def give_code(conn: Connection, grant: OpenIdGrant, code: str, until: int) -> None:
    """It has a code (SHA-256, hex) from now on, good until then."""
    _change(conn, grant, {"code": code, "code_until": until})


def use_code(conn: Connection, grant: OpenIdGrant, jkt: str | None, now: int) -> None:
    """Its code is exchanged; its tokens are bound to ``jkt``."""
    _change(conn, grant, {"used": now, "jkt": jkt, "refreshed": 1})


def refresh(conn: Connection, had: StoredValues) -> int:
    """The next refresh token is the good one; its number. ``had``: the row, found right in this transaction."""
    number: int = had["refreshed"] + 1
    integrity.change_values_soon(conn, openid_grant, had, {"refreshed": number})
    return number


def end(conn: Connection, grant: OpenIdGrant, now: int, *, tell: bool) -> None:
    """No token of it is good any more. ``tell``: the application is sent a logout token, where it wants one."""
    if grant.ended is not None:
        return
    _change(conn, grant, {"ended": now})
    if tell and grant.used is not None:
        openid_logouts.add(conn, grant.application, grant.person, grant.sid, now)


def end_of_session(conn: Connection, application: str, sid: str, now: int) -> int:
    """The application's own sign-out: all of its sign-ins in that session end, and it is not told. How many."""
    mine = (openid_grant.c.application == application) & (openid_grant.c.sid == sid) & openid_grant.c.ended.is_(None)
    return _end_all(conn, mine, now, tell=False)


def end_of_person(conn: Connection, person: str, now: int, *, but: str | None = None) -> int:
    """Something of the person's was stopped: their sign-ins end. ``but``: a session that goes on. How many."""
    mine = (openid_grant.c.person == person) & openid_grant.c.ended.is_(None)
    if but is not None:
        mine &= openid_grant.c.session.is_distinct_from(but)  # what has no session is no part of that one
    return _end_all(conn, mine, now, tell=True)


def end_of_application(conn: Connection, application: str, now: int) -> int:
    """It signs nobody in any more. How many sign-ins ended."""
    mine = (openid_grant.c.application == application) & openid_grant.c.ended.is_(None)
    return _end_all(conn, mine, now, tell=False)


_OVER = (
    select(openid_grant.c.id)
    .outerjoin(session, session.c.id == openid_grant.c.session)
    .outerjoin(workstation, workstation.c.id == openid_grant.c.workstation)
    .where(openid_grant.c.ended.is_(None))
)


def over(conn: Connection, now: int, upstream: str | None = None) -> list[str]:
    """Ids of sign-ins that go on though their session has ended, their workstation is revoked, their day is over, or
    they came by another provider than ``upstream``, the issuer that is believed; not too many."""
    ends = or_(
        session.c.state == "ended",
        workstation.c.state == "revoked",
        openid_grant.c.created <= now - MAX_SECONDS,
        openid_grant.c.upstream != (upstream or ""),
    )
    return list(conn.execute(_OVER.where(ends).limit(AT_ONCE)).scalars())


def end_some(conn: Connection, ids: list[str], now: int) -> int:
    """These end, and their applications are told. How many."""
    mine = openid_grant.c.id.in_(ids) & openid_grant.c.ended.is_(None)
    return _end_all(conn, mine, now, tell=True)


def purge(conn: Connection, now: int) -> int:
    """Forget what has ended a while ago, and what nobody fetched; not too many at once. How many."""
    old = openid_grant.c.ended < now - KEEP
    unfetched = openid_grant.c.used.is_(None) & (openid_grant.c.created < now - KEEP)
    ids = list(conn.execute(select(openid_grant.c.id).where(or_(old, unfetched)).limit(AT_ONCE)).scalars())
    mine = openid_grant.c.id.in_(ids)
    _lock(conn, mine)
    return len(integrity.remove(conn, openid_grant, mine))


def _end_all(conn: Connection, mine: ColumnElement[bool], now: int, *, tell: bool) -> int:
    _lock(conn, mine)
    found = integrity.change(conn, openid_grant, mine, {"ended": now}, skip=True)
    told = {(row.application, row.person, row.sid) for row in found if row.used is not None}
    for application, person, sid in sorted(told if tell else ()):
        openid_logouts.add(conn, application, person, sid, now)
    return len(found)


def _change(conn: Connection, grant: OpenIdGrant, values: dict[str, object]) -> None:
    integrity.change(conn, openid_grant, openid_grant.c.id == grant.id, values)


def _lock(conn: Connection, where: ColumnElement[bool]) -> None:
    manifests.lock(conn, *conn.execute(select(openid_grant.c.person).where(where).distinct()).scalars())


def _locked(conn: Connection, where: ColumnElement[bool]) -> OpenIdGrant | None:
    _lock(conn, where)
    row = integrity.one(conn, openid_grant, where)
    return None if row is None else grant_of(row._mapping)


def grant_of(had: StoredValues) -> OpenIdGrant:
    """A row of ``openid_grant`` that was found right."""
    known = Assurance(had["acr"], tuple(json.loads(had["amr"])), had["auth_time"])
    return OpenIdGrant(**{name: had[name] for name in _PLAIN}, assurance=known)
