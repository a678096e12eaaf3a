"""What a use of an application's token asks, in one question: who asks, and everything that the sign-in rests on.

An API asks about a token with each of its own requests. Every row that comes back is verified as if it had been asked
for alone (decision 63).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from kiosk.service.store import integrity, lookups, manifests, openid_clients, openid_grants, phones
from kiosk.service.store.guarded import APPLICATIONS
from kiosk.service.store.joined import BETWEEN, InOneText, JoinedTables
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.openid_clients import OpenIdClient
from kiosk.service.store.openid_grants import OpenIdGrant
from kiosk.service.store.schema import (
    application,
    backchannel_client,
    manifest,
    openid_client,
    openid_grant,
    person,
    person_role,
    session,
    workstation,
)
from kiosk.service.store.schema_phone import phone
from kiosk.service.store.sql_types import StoredValues
from kiosk.service.store.unit import unit_of

_ALL, _HIS, _ITS = (manifest.alias(f"manifest_of_{whose}") for whose in ("applications", "person", "workstation"))
_PARTS = JoinedTables(
    *(_ALL, _HIS, _ITS, application, openid_client, backchannel_client, openid_grant, person, session, workstation),
    phone,
)
_ROLES = (
    select(InOneText(person_role.c.role))
    .where(person_role.c.person == openid_grant.c.person)
    .scalar_subquery()
    .label("roles_of_person")
)
_JOINED = (
    application.outerjoin(openid_client, openid_client.c.application == application.c.id)
    .outerjoin(backchannel_client, backchannel_client.c.application == application.c.id)
    .outerjoin(_ALL, _ALL.c.subject == APPLICATIONS)
    .outerjoin(openid_grant, openid_grant.c.id == bindparam("grant_"))
    .outerjoin(person, person.c.id == openid_grant.c.person)
    .outerjoin(_HIS, _HIS.c.subject == openid_grant.c.person)
    .outerjoin(session, session.c.id == openid_grant.c.session)
    .outerjoin(workstation, workstation.c.id == openid_grant.c.workstation)
    .outerjoin(_ITS, _ITS.c.subject == openid_grant.c.workstation)
    .outerjoin(phone, (phone.c.id == openid_grant.c.phone) & (phone.c.person == openid_grant.c.person))
)
_LOOK = select(*_PARTS.columns, _ROLES).select_from(_JOINED).where(application.c.id == bindparam("client_"))
_HOLD = (
    select(manifest)
    .join(openid_grant, openid_grant.c.person == manifest.c.subject)
    .where(openid_grant.c.id == bindparam("grant_"))
    .with_for_update(key_share=True, of=manifest)
)


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What there is, each row verified; None for what there is not. ``client``: who asks. ``grant``: the sign-in,
    whosever it is; ``row``: as it was read. ``session``, ``workstation``: their states. ``phone``: the person's phone
    that approved it still counts."""

    client: OpenIdClient | None
    grant: OpenIdGrant | None = None
    row: StoredValues | None = None
    known: StoredPerson | None = None
    session: str | None = None
    workstation: str | None = None
    phone: bool = False


def hold(conn: Connection, grant_id: str) -> None:
    """In a transaction that writes, the person of that sign-in is locked from here on (decision 33)."""
    row = None if unit_of(conn) is None else conn.execute(_HOLD, {"grant_": grant_id}).first()
    if row is not None:
        manifests.locked(conn, row.subject, row.body, row.mac)


def look(conn: Connection, client_id: str, grant_id: str = "") -> LookedUp:
    """The application of that ``client_id``, and the sign-in of that id. Raises ``TamperedError``."""
    row = conn.execute(_LOOK, {"client_": client_id, "grant_": grant_id}).first()
    if row is None:
        return LookedUp(None)
    of_all, his, its, owner, rules, asks, grant, whose, opened, station, theirs = _PARTS.rows_of(row)
    manifests.keep_read(conn, APPLICATIONS, of_all)
    client = openid_clients.believed(conn, owner, rules, asks)
    if grant is None:
        return LookedUp(client)
    manifests.keep_read(conn, grant["person"], his)
    if grant["workstation"] is not None:
        manifests.keep_read(conn, grant["workstation"], its)
    integrity.check(conn, openid_grant, grant)
    for table, values in ((session, opened), (workstation, station), (phone, theirs)):
        if values is not None:
            integrity.check(conn, table, values)
    roles = tuple(sorted(row[-1].split(BETWEEN))) if row[-1] else ()
    known = None if whose is None else lookups.person_of(conn, whose, roles)
    states = (_state(opened), _state(station))
    return LookedUp(client, openid_grants.grant_of(grant), grant, known, *states, phones.counts(theirs))


def _state(values: StoredValues | None) -> str | None:
    return None if values is None else str(values["state"])
