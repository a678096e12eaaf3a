"""Whom a signal is about: only by the forms that its transmitter may use (RFC 9493, SSF 1.0 section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.platform.json_fields import JsonObject
from kiosk.service.store import directory, people, workstations
from kiosk.service.store.signal_receivers import ReceiverRules
from kiosk.service.store.signal_transmitters import TransmitterRules

MAX_ID = 256
TAKEN_FORMS = ("iss_sub", "email", "opaque", "station")
"""``station``: an opaque id as a device is the name of a workstation."""


@dataclass(frozen=True, slots=True)
class NamedSubject:
    """Ids, not looked at yet. ``person``, ``station``: None for nobody that is known here, or nobody named."""

    person: str | None = None
    station: str | None = None


def named(conn: Connection, rules: TransmitterRules, issuer: str, subject: JsonObject) -> NamedSubject:
    """Whom ``subject`` names. ``issuer``: ours. What cannot be read names nobody."""
    if subject.get("format") != "complex":
        return NamedSubject(_person(conn, rules, issuer, subject), _station(conn, rules, issuer, subject))
    user, device = subject.get("user"), subject.get("device")
    return NamedSubject(
        _person(conn, rules, issuer, user) if isinstance(user, dict) else None,
        _station(conn, rules, issuer, device) if isinstance(device, dict) else None,
    )


def _person(conn: Connection, rules: TransmitterRules, issuer: str, subject: JsonObject) -> str | None:
    form = subject.get("format")
    if form not in rules.forms:
        return None
    match form:
        case "iss_sub":
            return _by_sub(conn, rules, issuer, _text(subject, "iss"), _text(subject, "sub"))
        case "email":
            return _by_login(conn, _login_of(rules.email_domain, _text(subject, "email")))
        case "opaque":
            return _by_login(conn, _text(subject, "id"))
        case _:
            return None


def _by_sub(conn: Connection, rules: TransmitterRules, issuer: str, iss: str, sub: str) -> str | None:
    """Ours: as our ID tokens name them. The transmitter's: as the directory calls them, from which both know them."""
    if not sub:
        return None
    if iss == issuer:
        return sub if people.exists(conn, sub) else None
    if iss == rules.issuer and rules.directory is not None:
        found = directory.by_external_id(conn, rules.directory, sub)
        mark = None if found is None else directory.mark_of(conn, found)
        return found if mark is not None and (mark.source, mark.external_id) == (rules.directory, sub) else None
    return None


def _login_of(domain: str | None, address: str) -> str:
    login, at, host = address.rpartition("@")
    if domain is not None:
        return login if at and host.lower() == domain.lower() else ""
    return address


def _by_login(conn: Connection, login: str) -> str | None:
    return people.id_of(conn, login.lower()) if login else None


def _station(conn: Connection, rules: TransmitterRules, issuer: str, subject: JsonObject) -> str | None:
    if "station" not in rules.forms:
        return None
    if subject.get("format") == "opaque":
        found = workstations.find(conn, _text(subject, "id"))
        return None if found is None else found.id
    if subject.get("format") == "iss_sub" and subject.get("iss") == issuer:
        return _text(subject, "sub") or None
    return None


def _text(subject: Mapping[str, object], name: str) -> str:
    """Empty for what is no plain text of a fair length."""
    value = subject.get(name)
    plain = isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable()
    return value if plain and isinstance(value, str) else ""


def subject_of(rules: ReceiverRules, issuer: str, person: str, login: str) -> dict[str, Json]:
    """How a receiver is told of a person."""
    match rules.form:
        case "email":
            return {"format": "email", "email": f"{login}@{rules.email_domain}" if rules.email_domain else login}
        case "opaque":
            return {"format": "opaque", "id": login}
        case _:
            return {"format": "iss_sub", "iss": issuer, "sub": person}


def told_as(conn: Connection, rules: ReceiverRules, issuer: str, subject: Mapping[str, str]) -> str | None:
    """The person whom ``subject_of`` names so; None for nobody who is known here."""
    match rules.form:
        case "email":
            return _by_login(conn, _login_of(rules.email_domain, _text(subject, "email")))
        case "opaque":
            return _by_login(conn, _text(subject, "id"))
        case _:
            ours = _text(subject, "iss") == issuer
            sub = _text(subject, "sub")
            return sub if ours and sub and people.exists(conn, sub) else None
