"""Tables of who may ask for a step-up at a workstation: programs by name, and actions by application."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, belongs, flag, mac, time, words

program = Table(
    "program",
    METADATA,
    Column("name", Text, primary_key=True),  # as it is shown and signed
    words("path", unique=True),  # of its executable, on every workstation
    words("sha256", optional=True),  # of that file, lower-case hex
    flag("browser"),  # what it says of a page's origin is believed
    time("created"),
    mac(),
)

program_action = Table(
    "program_action",
    METADATA,
    # What programs may ask for with an application's audience.
    Column("application", Text, belongs("application.id"), primary_key=True),
    Column("program", Text, primary_key=True),  # a name of ``program``; empty: any program, registered or not
    Column("action", Text, primary_key=True),  # ``*``: any
    time("created"),
    mac(),
)
