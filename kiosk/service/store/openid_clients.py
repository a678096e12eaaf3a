"""How each application signs people in by OpenID Connect."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, bindparam, select

from kiosk.service.store import integrity, manifests
from kiosk.service.store.guarded import APPLICATIONS
from kiosk.service.store.joined import JoinedTables
from kiosk.service.store.schema import application, backchannel_client, manifest, openid_client
from kiosk.service.store.sql_types import StoredValues

ClientAuth = Literal["private_key_jwt", "client_secret_basic", "none"]
IdTokenAlg = Literal["ES256", "RS256"]
AUTHS: tuple[ClientAuth, ...] = get_args(ClientAuth)
ALGS: tuple[IdTokenAlg, ...] = get_args(IdTokenAlg)


@dataclass(frozen=True, slots=True)
class OpenIdRules:
    """What an administrator said of an application. ``title``: as people read it. ``redirect_uris``, ``leave_uris``:
    compared letter by letter. ``logout_uri``: where logout tokens are posted. ``secret``: SHA-256 in hex, with
    ``client_secret_basic``. ``dpop``: tokens are bound to a key. ``pushed``: its requests are pushed. ``acr``: the
    least assurance. ``roles``: who may, empty for everybody."""

    title: str
    redirect_uris: tuple[str, ...]
    leave_uris: tuple[str, ...] = ()
    logout_uri: str | None = None
    auth: ClientAuth = "private_key_jwt"
    secret: str | None = None
    dpop: bool = False
    pushed: bool = False
    alg: IdTokenAlg = "ES256"
    acr: str = "urn:kiosk:identified"
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenIdClient:
    """A registered application. ``id``: its ``client_id``. ``jwk``: its public key in JSON, empty for none.
    ``active``: not revoked. ``agent``: it is a program that acts by itself."""

    id: str
    name: str
    audience: str
    jwk: str
    active: bool
    rules: OpenIdRules
    agent: bool = False


# Built once: every request of an application asks it, and to build a statement takes longer than to run it.
_PARTS = JoinedTables(manifest, application, openid_client, backchannel_client)
_CLIENT = (
    select(*_PARTS.columns)
    .select_from(application)
    .outerjoin(openid_client, openid_client.c.application == application.c.id)
    .outerjoin(backchannel_client, backchannel_client.c.application == application.c.id)
    .outerjoin(manifest, manifest.c.subject == APPLICATIONS)
    .where(application.c.id == bindparam("wanted"))
)


def put(conn: Connection, application_id: str, rules: OpenIdRules, now: int) -> None:
    """The application signs people in by these rules from now on."""
    values = _columns(rules)
    mine = openid_client.c.application == application_id
    if not integrity.change(conn, openid_client, mine, values):
        integrity.add(conn, openid_client, {"application": application_id, **values, "created": now})


def remove(conn: Connection, application_id: str) -> bool:
    """It signs nobody in any more. False if it did not."""
    return bool(integrity.remove(conn, openid_client, openid_client.c.application == application_id))


def find(conn: Connection, client_id: str) -> OpenIdClient | None:
    """The application of that ``client_id``, if it signs people in."""
    row = conn.execute(_CLIENT, {"wanted": client_id}).first()
    if row is None:
        return None
    listed, *rest = _PARTS.rows_of(row)
    manifests.keep_read(conn, APPLICATIONS, listed)
    return believed(conn, *rest)


def believed(
    conn: Connection, owner: StoredValues | None, rules: StoredValues | None, asks: StoredValues | None
) -> OpenIdClient | None:
    """The same of rows of ``application``, ``openid_client`` and ``backchannel_client`` that were read together with
    the manifest of all. Raises ``TamperedError``."""
    if owner is None or rules is None:
        return None
    integrity.check(conn, openid_client, rules)
    integrity.check(conn, application, owner)
    if asks is not None:
        integrity.check(conn, backchannel_client, asks)
    agent = asks is not None and asks["agent"] is not None
    active = owner["state"] == "active"
    return OpenIdClient(owner["id"], owner["name"], owner["audience"], owner["jwk"], active, _rules(rules), agent)


def all_of_them(conn: Connection) -> list[OpenIdClient]:
    """Every application that signs people in, by its name."""
    ids = [row.application for row in integrity.rows(conn, openid_client, skip=True)]
    found = [client for client in (find(conn, application) for application in ids) if client is not None]
    return sorted(found, key=lambda client: client.name)


def _columns(rules: OpenIdRules) -> dict[str, object]:
    lists = {name: json.dumps(getattr(rules, name)) for name in ("redirect_uris", "leave_uris", "roles")}
    return {**asdict(rules), **lists}


def _rules(had: StoredValues) -> OpenIdRules:
    lists = {name: tuple(json.loads(had[name])) for name in ("redirect_uris", "leave_uris", "roles")}
    rest = {name: had[name] for name in OpenIdRules.__dataclass_fields__ if name not in lists}
    return OpenIdRules(**{**rest, **lists})
