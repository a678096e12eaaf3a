"""Tables of what workstations do by themselves: tickets that were given, and where their journals stand."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from kiosk.service.store.columns import METADATA, belongs, mac, number, time, words

downtime_ticket = Table(
    "downtime_ticket",
    METADATA,
    Column("id", Text, primary_key=True),  # its jti
    Column("person", Text, belongs("person.id"), nullable=False),
    Column("workstation", Text, belongs("workstation.id"), nullable=False),
    words("session"),  # with which it was given
    time("created"),
    time("expires"),
    time("ended", optional=True),  # before its time: a factor or the person was stopped
    mac(),
)
Index("ix_downtime_ticket_person", downtime_ticket.c.person)
Index("ix_downtime_ticket_workstation", downtime_ticket.c.workstation)

station_journal = Table(
    "station_journal",
    METADATA,
    # The last row that was taken of a workstation's journal.
    Column("workstation", Text, belongs("workstation.id"), primary_key=True),
    words("journal"),
    number("seq"),
    words("link"),  # lower-case hex
    time("at"),  # by the workstation's clock
    number("up"),  # milliseconds
    words("boot"),
    mac(),
)
