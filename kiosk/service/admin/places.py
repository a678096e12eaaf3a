"""Applications that check step-up tokens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlalchemy import Connection

from kiosk.model import drawable
from kiosk.model.binding import Json
from kiosk.service.admin import programs
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.admin.stations import NAME
from kiosk.service.policy.toml_values import ACTION
from kiosk.service.store import applications, openid_grants, workstations

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def add_application(
    conn: Connection, admin: Admin, name: str, audience: str, jwk: str, actions: Sequence[str] = ()
) -> str:
    """Who checks tokens as ``audience``, by its P-256 public key (RFC 7517, JSON; empty for none); its client id.

    ``actions``: what any program may ask for with that audience.

    Raises ``ActRefusedError``.
    """
    if not NAME.fullmatch(name):
        raise ActRefusedError(f"“{name}” cannot be an application's name: letters, digits, and . _ - inside.")
    if drawable.broken_rule(audience, "name", 200) is not None:
        raise ActRefusedError("An audience is a name without spaces, such as https://records.hospital.example.")
    public, thumbprint = public_key(jwk) if jwk else ("", "")
    for _, known, taken, _ in applications.all_of_them(conn):
        if known == name or taken == audience:
            raise ActRefusedError(f"The application “{known}” with the audience “{taken}” is there already.")
    made = applications.add(conn, name, audience, public, thumbprint, admin.now)
    record(conn, admin, "app.add", detail={"app": made, "name": name, "audience": audience, "jkt": thumbprint})
    for action in dict.fromkeys(actions):
        programs.allow(conn, admin, name, "", action)
    return made


def revoke_application(conn: Connection, admin: Admin, name: str) -> None:
    """Its key is refused from now on, and its pages ask for nothing any more. Raises ``ActRefusedError``."""
    application = _application(conn, name)
    gone = applications.revoke(conn, application)
    openid_grants.end_of_application(conn, application, admin.now)
    if gone:
        workstations.tell_settings(conn, admin.now)
    record(conn, admin, "app.revoke", detail={"name": name, "origins": [*gone]})


def add_origin(conn: Connection, admin: Admin, name: str, origin: str, actions: Sequence[str]) -> None:
    """Pages of ``origin`` may ask for ``actions``, for this application's audience alone. Raises
    ``ActRefusedError``."""
    application = _application(conn, name)
    _check_origin(origin)
    for action in actions:
        if not ACTION.fullmatch(action):
            raise ActRefusedError(f"“{action}” cannot be an action: lower-case words with dots, such as record.export.")
    if origin in applications.origins(conn):
        raise ActRefusedError(f"{origin} belongs to an application already.")
    applications.add_origin(conn, application, origin, actions, admin.now)
    workstations.tell_settings(conn, admin.now)
    said: list[Json] = [*sorted(set(actions))]
    record(conn, admin, "app.origin.add", detail={"name": name, "origin": origin, "actions": said})


def public_key(text: str) -> tuple[str, str]:
    """The public P-256 key of a JWK in JSON, and its RFC 7638 thumbprint. Raises ``ActRefusedError``."""
    try:
        key = ECKey.import_key(json.loads(text))
        if key.curve_name != "P-256":
            raise ValueError("another curve")
    except (JoseError, ValueError, TypeError, KeyError):
        raise ActRefusedError("The key must be a public P-256 key as JSON Web Key (RFC 7517).") from None
    return json.dumps(key.as_dict(private=False), sort_keys=True), key.thumbprint()


def new_key() -> str:
    """A new P-256 key as private JWK in JSON."""
    key = ECKey.generate_key("P-256")
    return json.dumps({**key.as_dict(private=True), "kid": key.thumbprint(), "alg": "ES256"}, sort_keys=True)


def _application(conn: Connection, name: str) -> str:
    found = applications.find(conn, name)
    if found is None:
        raise ActRefusedError(f"There is no application “{name}”. Add it first: app add {name} --audience …")
    return found[0]


def _check_origin(origin: str) -> None:
    """RFC 6454: scheme, host and unusual port; https, or http on this machine."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        raise ActRefusedError(f"“{origin}” is not an origin.") from None
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    if origin != f"{parts.scheme}://{shown}" + (f":{port}" if port else "") or not host:
        raise ActRefusedError("An origin is scheme, host and port only, such as https://records.hospital.example.")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise ActRefusedError("An origin begins with https:// (http:// only for this very machine).")
