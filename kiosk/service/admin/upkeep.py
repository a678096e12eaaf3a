"""The exchange of our own CA, written down."""

from __future__ import annotations

from cryptography.x509 import Certificate
from sqlalchemy import Connection

from kiosk.service.admin.act import Admin, record
from kiosk.service.platform.tls import spki_pin
from kiosk.service.store import workstations


def record_ca(conn: Connection, admin: Admin, act: str, certificate: Certificate) -> None:
    """Write down ``ca.next``, ``ca.switch`` or ``ca.retire``, and let every workstation fetch what it is to trust."""
    record(conn, admin, act, detail={"spki_sha256": spki_pin(certificate).hex()})
    workstations.tell_settings(conn, admin.now)
