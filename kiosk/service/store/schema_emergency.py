"""The tables of emergency accesses: where, who it was said to be, why, how long; and of sealed codes."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from kiosk.service.store.columns import METADATA, belongs, flag, mac, number, time, words

emergency_use = Table(
    "emergency_use",
    METADATA,
    Column("id", Text, primary_key=True),  # made by the workstation, a UUID
    Column("workstation", Text, belongs("workstation.id"), nullable=False),
    Column("person", Text, belongs("person.id"), nullable=True),  # who it was said to be, not proved
    words("presented"),  # uid | piv | fido2 | pkoc | login | code | nothing
    words("reason"),
    time("begun"),
    time("expires"),
    number("extended"),  # how often
    time("ended", optional=True),
    words("end_reason", optional=True),
    flag("offline"),  # while the service was away
    words("case_id"),  # of its review
    number("seq"),  # of the row in the workstation's chain
    words("text", optional=True),  # what was written about it afterwards
    words("text_by", optional=True),  # id of whoever wrote it
    words("text_case", optional=True),  # the case by which a reviewer did
    time("text_at", optional=True),
    time("text_due", optional=True),  # none in rows of before: about those nothing is owed
    number("text_told", optional=True),  # how often it was asked for
    number("step_ups", optional=True),  # that were granted in it
    number("records", optional=True),  # of those, altogether
    mac(),
)
Index("ix_emergency_use_workstation", emergency_use.c.workstation)
Index("ix_emergency_use_person", emergency_use.c.person)

emergency_code = Table(
    "emergency_code",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("workstation", Text, belongs("workstation.id"), nullable=False),
    number("number"),  # on the envelope
    words("digest"),  # lower-case hex
    time("created"),
    time("used", optional=True),
    words("used_by", optional=True),  # id of the emergency access
    time("ended", optional=True),
    mac(),
)
Index("uq_emergency_code_number", emergency_code.c.workstation, emergency_code.c.number, unique=True)
