"""The ``[kerberos]`` table of ``service.toml``: who gets certificates for a Kerberos realm, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

import msgspec

from kiosk.model.proof import ACR_MFA, ACR_RANK
from kiosk.settings import SettingsError, must
from kiosk.settings.checks import Range

_RANGES = {"certificate_seconds": Range(60, 600), "ticket_seconds": Range(300, 36_000)}
_REALM = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_LOGIN = "{login}"
_PATTERN = re.compile(r"\{login\}(?:/[a-z0-9][a-z0-9.-]{0,62})?")
"""Nothing stands beside the login but an instance: letters there would make of one person another."""
_UPN = re.compile(r"\{login\}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class KerberosSettings:
    """``realm``: empty for no Kerberos. ``principal``: with ``{login}`` filled in. ``upn``: the same for Active
    Directory's name of a person; empty for none. ``acr``: the least assurance of the session. ``roles``: one of these;
    empty for anybody's. Seconds: ``certificate_seconds`` that one is good, ``ticket_seconds`` of the ticket that the
    workspace asks for with it.
    """

    realm: str = ""
    principal: str = _LOGIN
    upn: str = ""
    acr: str = ACR_MFA
    roles: tuple[str, ...] = ()
    certificate_seconds: int = 300
    ticket_seconds: int = 3600


def kerberos_from(table: Mapping[str, object]) -> KerberosSettings:
    """Read the table. Raises ``SettingsError`` with a sentence for whoever edits it."""
    known = {field.name for field in fields(KerberosSettings)}
    for name, value in table.items():
        if name not in known:
            raise SettingsError(f"[kerberos]: there is no setting called “{name}”.")
        if name in _RANGES and (type(value) is not int or not _RANGES[name].holds(value)):
            raise SettingsError(f"[kerberos]: {must(name, str(_RANGES[name]), value)}")
    try:
        found = msgspec.convert(dict(table), KerberosSettings, strict=True)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[kerberos]: a value is of another kind: {error}.") from None
    for name, wanted, holds in _rules(found) if table else ():
        if not holds:
            raise SettingsError(f"[kerberos]: {must(name, wanted, getattr(found, name))}")
    return found


def _rules(found: KerberosSettings) -> list[tuple[str, str, bool]]:
    """Name, what it must be, and whether it is."""
    return [
        ("realm", "a realm's name, such as HOSPITAL.EXAMPLE", bool(_REALM.fullmatch(found.realm))),
        ("principal", "“{login}” or “{login}/instance”", bool(_PATTERN.fullmatch(found.principal))),
        ("upn", "“{login}@” and a domain", not found.upn or bool(_UPN.fullmatch(found.upn))),
        ("acr", f"one of {', '.join(ACR_RANK)}", found.acr in ACR_RANK),
        ("roles", "names of roles", all(role.strip() for role in found.roles)),
    ]
