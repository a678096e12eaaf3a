"""Whether a sign-in to an application still stands: asked whenever a token of it is used."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.service.store import lookups, openid_clients, phones, sessions
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.openid_clients import OpenIdClient
from kiosk.service.store.openid_grants import OpenIdGrant
from kiosk.service.store.openid_looks import LookedUp


@dataclass(frozen=True, slots=True)
class StandingGrant:
    """A sign-in that stands, with whose it is."""

    grant: OpenIdGrant
    client: OpenIdClient
    known: StoredPerson


def standing(
    conn: Connection, grant: OpenIdGrant | None, now: int, asking: OpenIdClient | None = None
) -> StandingGrant | None:
    """None where the sign-in, its session, person, workstation or application does not count any more. ``asking``: the
    application that asks, as it was found a moment ago; who ends it ends its sign-ins, whose persons they lock.

    A locked session counts: the person went away, and may come back.
    """
    if grant is None or not grant.lives(now):
        return None
    known = lookups.person_seen(conn, grant.person)
    own = asking is not None and asking.id == grant.application
    client = asking if own else openid_clients.find(conn, grant.application)
    if known is None or known.suspended or client is None or not client.active or not _session_stands(conn, grant):
        return None
    return StandingGrant(grant, client, known)


def standing_of(found: LookedUp, now: int) -> StandingGrant | None:
    """``standing`` of a sign-in to the very application that was looked up with it; None for any other."""
    grant, client, known = found.grant, found.client, found.known
    if grant is None or client is None or known is None or grant.application != client.id:
        return None
    if not grant.lives(now) or known.suspended or not client.active:
        return None
    at_work = found.session not in (None, "ended") and found.workstation == "enrolled"
    there = found.phone if grant.phone is not None else at_work
    return StandingGrant(grant, client, known) if there or grant.upstream is not None else None


def _session_stands(conn: Connection, grant: OpenIdGrant) -> bool:
    """One that came by the hospital's own provider has none that could end. One that was approved on a phone stands as
    long as that phone does."""
    if grant.upstream is not None:
        return True
    if grant.phone is not None:
        return phones.stands(conn, grant.phone, grant.person)
    session = sessions.find(conn, grant.session or "")
    station = lookups.station(conn, grant.workstation or "")
    ended = session is None or session.state == "ended"
    return not ended and station is not None and station.state == "enrolled"
