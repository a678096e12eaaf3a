"""Which applications sign people in by OpenID Connect, and by which rules (decision 39)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from sqlalchemy import Connection

from kiosk.model import drawable
from kiosk.model.binding import Json
from kiosk.model.proof import ACR_RANK
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.platform.web_addresses import UnreachableUriError, check_uri
from kiosk.service.policy.toml_values import ROLE
from kiosk.service.store import applications, lookups, openid_clients, openid_grants
from kiosk.service.store.openid_clients import OpenIdRules

MAX_TITLE = 60
MAX_URIS = 20
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def put(conn: Connection, admin: Admin, name: str, rules: OpenIdRules) -> None:
    """The application ``name`` signs people in by ``rules`` from now on, in place of those of before. Sign-ins of
    before end. Raises ``ActRefusedError``."""
    application = _application(conn, name)
    broken = drawable.broken_rule(rules.title, "line", MAX_TITLE)
    if broken is not None:
        raise ActRefusedError(f"The title {drawable.RULES[broken].format(longest=MAX_TITLE)}. Give it plain letters.")
    if not rules.redirect_uris and rules.auth == "none":  # a server may do without: it asks by itself
        raise ActRefusedError("Give at least one address with --redirect-uri.")
    _check_addresses(rules)
    known = lookups.application_by_id(conn, application)
    if rules.auth == "private_key_jwt" and (known is None or not known.jwk):
        raise ActRefusedError(f"“{name}” was added without a key. Give it a secret: --auth client_secret_basic")
    if rules.acr not in ACR_RANK:
        raise ActRefusedError(f"“{rules.acr}” is no assurance. One of: {', '.join(ACR_RANK)}.")
    for role in rules.roles:
        if not ROLE.fullmatch(role):
            raise ActRefusedError(f"“{role}” cannot be a role.")
    openid_clients.put(conn, application, rules, admin.now)
    openid_grants.end_of_application(conn, application, admin.now)
    record(conn, admin, "app.openid.set", detail=_told(name, rules))


def remove(conn: Connection, admin: Admin, name: str) -> None:
    """It signs nobody in any more, and its sign-ins end. Raises ``ActRefusedError``."""
    application = _application(conn, name)
    if not openid_clients.remove(conn, application):
        raise ActRefusedError(f"“{name}” signs nobody in. See: app openid list")
    openid_grants.end_of_application(conn, application, admin.now)
    record(conn, admin, "app.openid.remove", detail={"name": name})


def _application(conn: Connection, name: str) -> str:
    found = applications.find(conn, name)
    if found is None:
        raise ActRefusedError(f"There is no application “{name}”. Add it first: app add {name} --audience …")
    return found[0]


def _check_addresses(rules: OpenIdRules) -> None:
    for uri in (*rules.redirect_uris, *rules.leave_uris):
        _check_redirect(uri)
    if max(len(rules.redirect_uris), len(rules.leave_uris)) > MAX_URIS:
        raise ActRefusedError(f"At most {MAX_URIS} addresses are registered.")
    if rules.logout_uri is not None:
        _check_plain(rules.logout_uri)


def _check_redirect(uri: str) -> None:
    """RFC 9700 section 2.1 and 4.1: whole addresses, https, or http to the person's own machine."""
    try:
        parts = urlsplit(uri)
        local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    except ValueError:
        raise ActRefusedError(f"“{uri}” is not an address.") from None
    _check_plain(uri.replace("http://", "https://", 1) if local else uri)
    if "*" in uri or ".." in parts.path or parts.netloc != parts.netloc.lower():
        raise ActRefusedError(f"“{uri}”: the whole address is registered, in lower case, without “*” or “..”.")


def _check_plain(uri: str) -> None:
    try:
        check_uri(uri)
    except UnreachableUriError as error:
        raise ActRefusedError(f"“{uri}” cannot be registered. {error}") from None


def _told(name: str, rules: OpenIdRules) -> dict[str, Json]:
    def listed(texts: Sequence[str]) -> list[Json]:
        return [*texts]

    return {
        "name": name,
        "title": rules.title,
        "redirect_uris": listed(rules.redirect_uris),
        "leave_uris": listed(rules.leave_uris),
        "logout_uri": rules.logout_uri,
        "auth": rules.auth,
        "dpop": rules.dpop,
        "pushed": rules.pushed,
        "alg": rules.alg,
        "acr": rules.acr,
        "roles": listed(rules.roles),
    }
