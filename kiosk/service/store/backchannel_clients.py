"""Which applications' servers may ask a person (OpenID CIBA), and for which a person's own programs get tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection

from kiosk.service.store import integrity
from kiosk.service.store.schema import backchannel_client, token_audience
from kiosk.service.store.sql_types import StoredValues

Delivery = Literal["poll", "ping"]
DELIVERIES: tuple[Delivery, ...] = get_args(Delivery)


@dataclass(frozen=True, slots=True)
class BackchannelRules:
    """``delivery``: how the server learns that its question is answered (CIBA Core section 5). ``notify_uri``: where a
    ping goes. ``actions``: what it may ask for besides a sign-in, such as ``record.export``. ``agent``: it is a
    program that acts by itself; ids of the accounts that it has, which may never answer it. None for any other server.
    ``phones``: its screens show the number that it is given, so that people at no workstation answer it on a phone.
    """

    delivery: Delivery = "poll"
    notify_uri: str | None = None
    actions: tuple[str, ...] = ()
    agent: tuple[str, ...] | None = None
    phones: bool = False


def put(conn: Connection, application_id: str, rules: BackchannelRules, now: int) -> None:
    """The application's server may ask by these rules from now on."""
    agent = None if rules.agent is None else json.dumps(rules.agent)
    values: dict[str, object] = {"delivery": rules.delivery, "notify_uri": rules.notify_uri, "agent": agent}
    values |= {"actions": json.dumps(rules.actions), "phones": now if rules.phones else None}
    mine = backchannel_client.c.application == application_id
    if not integrity.change(conn, backchannel_client, mine, values):
        integrity.add(conn, backchannel_client, {"application": application_id, **values, "created": now})


def remove(conn: Connection, application_id: str) -> bool:
    """It may not any more. False if it could not."""
    return bool(integrity.remove(conn, backchannel_client, backchannel_client.c.application == application_id))


def find(conn: Connection, application_id: str) -> BackchannelRules | None:
    """Its rules; None for one that may not ask."""
    row = integrity.one(conn, backchannel_client, backchannel_client.c.application == application_id)
    return None if row is None else rules_of(row._mapping)


def all_of_them(conn: Connection) -> list[tuple[str, BackchannelRules]]:
    """Id and rules of each that may ask."""
    return [(row.application, rules_of(row._mapping)) for row in integrity.rows(conn, backchannel_client, skip=True)]


def program_accounts(conn: Connection) -> frozenset[str]:
    """Ids of the people's records that any agent holds. Raises ``TamperedError``: who is named there decides."""
    named = integrity.rows(conn, backchannel_client, backchannel_client.c.agent.is_not(None))
    return frozenset(person for row in named for person in rules_of(row._mapping).agent or ())


def rules_of(had: StoredValues) -> BackchannelRules:
    """A row of ``backchannel_client`` that was found right."""
    agent = None if had["agent"] is None else tuple(json.loads(had["agent"]))
    actions = tuple(json.loads(had["actions"]))
    return BackchannelRules(had["delivery"], had["notify_uri"], actions, agent, had["phones"] is not None)


def open_audience(conn: Connection, application_id: str, acr: str, now: int) -> None:
    """A person's own programs get tokens for this application. ``acr``: the least assurance."""
    mine = token_audience.c.application == application_id
    if not integrity.change(conn, token_audience, mine, {"acr": acr}):
        integrity.add(conn, token_audience, {"application": application_id, "acr": acr, "created": now})


def close_audience(conn: Connection, application_id: str) -> bool:
    """They get none any more. False if they got none before."""
    return bool(integrity.remove(conn, token_audience, token_audience.c.application == application_id))


def audience_acr(conn: Connection, application_id: str) -> str | None:
    """The least assurance of an open audience; None where it is closed."""
    row = integrity.one(conn, token_audience, token_audience.c.application == application_id)
    return None if row is None else str(row.acr)


def open_audiences(conn: Connection) -> list[tuple[str, str]]:
    """Id and least assurance of each that is open."""
    return [(row.application, row.acr) for row in integrity.rows(conn, token_audience, skip=True)]
