"""Tables of second persons: who is asked elsewhere to agree to a step-up, and who has agreed."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, belongs, index_where, mac, number, time, words

second_request = Table(
    "second_request",
    METADATA,
    # A colleague who is asked at their own workstation to agree to a step-up.
    Column("id", Text, primary_key=True),
    Column("ceremony", Text, belongs("ceremony.id"), nullable=False, index=True),  # the first person's
    Column("person", Text, belongs("person.id"), nullable=False, index=True),  # whom it asks
    time("created"),
    time("expires"),
    words("shown", optional=True),  # their ceremony, once they see it
    time("denied", optional=True),
    time("offered", optional=True),  # when a workstation was last told of it
    mac(),
)
index_where("ix_second_request_open", second_request.c.expires, "denied IS NULL")

second_given = Table(
    "second_given",
    METADATA,
    # Who agreed to a step-up. One each: who comes second of two loses.
    Column("ceremony", Text, belongs("ceremony.id"), primary_key=True),  # the first person's
    Column("second", Text, belongs("ceremony.id"), nullable=False, unique=True),  # the second person's
    Column("person", Text, belongs("person.id"), nullable=False, index=True),  # the second person
    words("chain"),  # of the workstation where they agreed
    number("seq"),  # of its row there
    time("at"),
    mac(),
)
