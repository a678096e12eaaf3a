"""What workstations say of themselves, for lists: not guarded, because nothing is decided by it."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, belongs, time, words

station_seen = Table(
    "station_seen",
    METADATA,
    Column("workstation", Text, belongs("workstation.id"), primary_key=True),
    time("at"),  # last contact
    words("version", optional=True),  # of its program; empty until it said so
    words("trusts", optional=True),  # JSON list: SHA-256 of the SubjectPublicKeyInfo of each CA, hex
    words("doorbell", optional=True),
    words("stage", optional=True),
)
