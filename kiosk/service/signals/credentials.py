"""Which factor here is the credential that another system speaks of: only one that is the very same for certain."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cryptography import x509
from sqlalchemy import Connection

from kiosk.service.admin import life
from kiosk.service.admin.act import Admin
from kiosk.service.platform.json_fields import JsonObject
from kiosk.service.store import factors, lookups
from kiosk.service.store.factors import Factor
from kiosk.service.store.people import PersonLine

KEYS = frozenset({"fido2-roaming", "fido2-platform", "fido-u2f"})
_HEX = re.compile(r"(0x)?[0-9a-fA-F]{1,50}")


def same(conn: Connection, person: str, kind: str, says: JsonObject) -> list[Factor]:
    """Factors of ``person`` that an event names: keys of that model (``fido2_aaguid``) where they have one alone, cards
    with a certificate of that number and issuer (``x509_serial``, ``x509_issuer``)."""
    mine = {factor.id: factor for factor in factors.of_person(conn, person) if factor.suspended is None}
    if kind in KEYS:
        model = _plain(says, "fido2_aaguid").replace("-", "").lower()
        rows = [row for row in lookups.credentials_of(conn, person) if model and row.aaguid == model]
        return [mine[row.credential_id] for row in rows if row.credential_id in mine] if len(rows) == 1 else []
    if kind == "x509":
        number, issuer = _plain(says, "x509_serial"), _plain(says, "x509_issuer")
        cards = lookups.piv_cards_of(conn, person)
        fit = [card for card in cards if _holds(card.cert_9e, number, issuer) or _holds(card.cert_9a, number, issuer)]
        return [mine[card.id] for card in fit if card.id in mine]
    return []


def suspend(conn: Connection, admin: Admin, person: PersonLine, found: Sequence[Factor]) -> list[str]:
    """They prove nothing until an administrator resumes them; their short ids."""
    for factor in found:
        life.suspend_factor(conn, admin, person.login, factor.mark, f"revoked elsewhere, says {admin.source}")
    return [factor.short for factor in found]


def _holds(der: bytes | None, number: str, issuer: str) -> bool:
    """Whether that is the certificate. Numbers are written in decimal or, with colons or letters, in hexadecimal."""
    if der is None or not number or not issuer:
        return False
    certificate = x509.load_der_x509_certificate(bytes(der))
    plain = number.replace(":", "").replace(" ", "")
    if not _HEX.fullmatch(plain):
        return False
    known = certificate.serial_number
    said = {int(plain, 16), int(plain)} if plain.isdigit() else {int(plain, 16)}
    return known in said and certificate.issuer == _name(issuer)


def _name(text: str) -> x509.Name | None:
    try:
        return x509.Name.from_rfc4514_string(text)
    except ValueError:
        return None


def _plain(says: JsonObject, name: str) -> str:
    value = says.get(name)
    return value if isinstance(value, str) and len(value) <= 500 else ""
