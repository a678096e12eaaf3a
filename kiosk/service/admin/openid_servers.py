"""Which applications' servers may ask a person elsewhere, and for which audiences people's own programs get tokens."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.proof import ACR_RANK
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.platform.web_addresses import UnreachableUriError, check_uri
from kiosk.service.policy.rules import APP_SIGN_IN
from kiosk.service.policy.toml_values import ACTION
from kiosk.service.store import applications, backchannel_clients, lookups, openid_clients
from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.openid_clients import OpenIdClient

OWN = frozenset({*APP_SIGN_IN.values(), "factor.reset", "reset.approve", "reset.code"})
"""Actions of the service itself."""
MAX_ACTIONS = 50


def allow(
    conn: Connection, admin: Admin, name: str, rules: BackchannelRules, accounts: tuple[str, ...] | None = None
) -> None:
    """The server of the application ``name`` may ask by ``rules`` from now on. ``accounts``: it is a program that acts
    by itself; logins that it holds, which never answer for it. None for any other server. Raises ``ActRefusedError``.
    """
    client = _client(conn, name)
    if client.rules.auth != "private_key_jwt":
        raise ActRefusedError(f"A server that asks has a key of its own: app openid set {name} --auth private_key_jwt")
    if (rules.delivery == "ping") is (rules.notify_uri is None):
        raise ActRefusedError("A ping needs an address with --notify-uri, and a poll has none.")
    if rules.notify_uri is not None:
        try:
            check_uri(rules.notify_uri)
        except UnreachableUriError as error:
            raise ActRefusedError(f"“{rules.notify_uri}” cannot be registered. {error}") from None
    if len(rules.actions) > MAX_ACTIONS:
        raise ActRefusedError(f"At most {MAX_ACTIONS} actions are allowed.")
    for action in rules.actions:
        if not ACTION.fullmatch(action) or action in OWN:
            raise ActRefusedError(f"“{action}” cannot be asked for by a server.")
    if accounts is not None:
        rules = replace(rules, agent=tuple(_account(conn, login) for login in accounts))
    if rules.phones and rules.agent is not None:
        raise ActRefusedError("Nobody sits before a program that acts by itself: its number would be shown to nobody.")
    backchannel_clients.put(conn, client.id, rules, admin.now)
    actions: list[Json] = [*rules.actions]
    detail: dict[str, Json] = {"name": name, "delivery": rules.delivery, "notify_uri": rules.notify_uri}
    if accounts is not None:
        detail |= {"agent": True, "accounts": list[Json](accounts)}
    if rules.phones:
        detail["phones"] = True
    record(conn, admin, "app.ciba.set", detail={**detail, "actions": actions})


def forbid(conn: Connection, admin: Admin, name: str) -> None:
    """It may not any more; what it asked and nobody answered is over. Raises ``ActRefusedError``."""
    if not backchannel_clients.remove(conn, _application(conn, name)):
        raise ActRefusedError(f"The server of “{name}” asks nobody. See: app ciba list")
    record(conn, admin, "app.ciba.remove", detail={"name": name})


def open_audience(conn: Connection, admin: Admin, name: str, acr: str) -> None:
    """People's own programs get tokens for the application ``name``. ``acr``: the least. Raises ``ActRefusedError``."""
    if acr not in ACR_RANK:
        raise ActRefusedError(f"“{acr}” is no assurance. One of: {', '.join(ACR_RANK)}.")
    client = _client(conn, name)
    backchannel_clients.open_audience(conn, client.id, acr, admin.now)
    record(conn, admin, "app.token.open", detail={"name": name, "audience": client.audience, "acr": acr})


def close_audience(conn: Connection, admin: Admin, name: str) -> None:
    """They get none any more. Raises ``ActRefusedError``."""
    if not backchannel_clients.close_audience(conn, _application(conn, name)):
        raise ActRefusedError(f"Programs get no token for “{name}”. See: app token list")
    record(conn, admin, "app.token.close", detail={"name": name})


def _account(conn: Connection, login: str) -> str:
    found = lookups.person_by_login(conn, login)
    if found is None:
        raise ActRefusedError(f"Nobody has the login “{login}”.")
    return found.person.id


def _client(conn: Connection, name: str) -> OpenIdClient:
    found = openid_clients.find(conn, _application(conn, name))
    if found is None:
        raise ActRefusedError(f"“{name}” has no title and rules yet: app openid set {name} --title …")
    return found


def _application(conn: Connection, name: str) -> str:
    found = applications.find(conn, name)
    if found is None:
        raise ActRefusedError(f"There is no application “{name}”. Add it first: app add {name} --audience …")
    return found[0]
