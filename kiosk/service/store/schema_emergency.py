"""The table of emergency accesses: where, who it was said to be, why, how long."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from kiosk.service.store.columns import METADATA, belongs, flag, mac, number, time, words

emergency_use = Table(
    "emergency_use",
    METADATA,
    Column("id", Text, primary_key=True),  # made by the workstation, a UUID
    Column("workstation", Text, belongs("workstation.id"), nullable=False),
    Column("person", Text, belongs("person.id"), nullable=True),  # who it was said to be, not proved
    words("presented"),  # uid | piv | fido2 | pkoc | login | nothing
    words("reason"),
    time("begun"),
    time("expires"),
    number("extended"),  # how often
    time("ended", optional=True),
    words("end_reason", optional=True),
    flag("offline"),  # while the service was away
    words("case_id"),  # of its review
    number("seq"),  # of the row in the workstation's chain
    mac(),
)
Index("ix_emergency_use_workstation", emergency_use.c.workstation)
Index("ix_emergency_use_person", emergency_use.c.person)
