"""The ``[phone]`` table of ``service.toml``: what people's phones may do besides a workstation's step-ups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from kiosk.service.platform.web_addresses import UnreachableUriError, check_uri
from kiosk.settings import SettingsError, must

NAMES = ("servers", "push_services", "push_contact", "ca_file", "loopback")
MAX_PUSH_SERVICES = 20
_CONTACT = re.compile(r"mailto:[^\s<>@]+@[^\s<>@]+|https://[^\s<>]+")
"""RFC 8292 section 2.1. Apple's push service refuses one with spaces or angle brackets as ``BadJwtToken``."""


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """``servers``: a server's question goes to the phone of somebody who is active at no workstation.

    ``push_services``: origins of push services (RFC 8030) that wake phones, as ``https://host[:port]``; none for no
    Web Push. ``push_contact``: whom they reach where something is wrong (RFC 8292 section 2.1), a ``mailto:`` or
    ``https:`` address; empty for the service's own. ``ca_file``: a PEM file of whom to trust there; empty for the
    system's authorities. ``loopback``: one on the service's own machine, to try it out."""

    servers: bool = False
    push_services: tuple[str, ...] = ()
    push_contact: str = ""
    ca_file: str = ""
    loopback: bool = False


def phone_from(table: Mapping[str, object]) -> PhoneSettings:
    """Read the table. Raises ``SettingsError`` with a sentence for whoever edits it."""
    for name in table:
        if name not in NAMES:
            raise SettingsError(f"[phone]: there is no setting called “{name}”.")
    contact = _text(table, "push_contact", "a mailto: or https: address")
    if contact and not _CONTACT.fullmatch(contact):
        raise SettingsError(f"[phone]: {must('push_contact', 'a mailto: or https: address', contact)}")
    return PhoneSettings(
        servers=_flag(table, "servers"),
        push_services=_origins(table.get("push_services", [])),
        push_contact=contact,
        ca_file=_text(table, "ca_file", "the path of a PEM file"),
        loopback=_flag(table, "loopback"),
    )


def origin_of(uri: str) -> str | None:
    """The origin (RFC 6454) of an ``https:`` address; None for anything else."""
    try:
        check_uri(uri)
        parts = urlsplit(uri)
        port = parts.port
    except (UnreachableUriError, ValueError):
        return None
    host = (parts.hostname or "").lower()
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}" if port in (None, 443) else f"https://{shown}:{port}"


def _origins(found: object) -> tuple[str, ...]:
    allowed = "a list of origins such as https://push.example"
    if not isinstance(found, list | tuple) or len(found) > MAX_PUSH_SERVICES:
        raise SettingsError(f"[phone]: {must('push_services', allowed, found)}")
    for each in found:
        if not isinstance(each, str) or "*" in each or origin_of(each) != each.rstrip("/").lower():
            raise SettingsError(f"[phone]: {must('push_services', allowed, each)}")
    return tuple(str(origin_of(str(each))) for each in found)


def _flag(table: Mapping[str, object], name: str) -> bool:
    found = table.get(name, False)
    if not isinstance(found, bool):
        raise SettingsError(f"[phone]: {must(name, 'true or false', found)}")
    return found


def _text(table: Mapping[str, object], name: str, allowed: str) -> str:
    found = table.get(name, "")
    if not isinstance(found, str):
        raise SettingsError(f"[phone]: {must(name, allowed, found)}")
    return found
