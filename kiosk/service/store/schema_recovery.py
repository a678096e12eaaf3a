"""Tables of recovery: resets that the help desk began, and what is to be told to people's other channels."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, belongs, flag, mac, number, time, unique_where, words

reset = Table(
    "reset",
    METADATA,
    Column("id", Text, primary_key=True),  # short enough to be told on the telephone; no secret
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    Column("begun_by", Text, belongs("person.id"), nullable=False, index=True),
    Column("workstation", Text, belongs("workstation.id"), nullable=False),
    words("seen"),  # the identity proof, as signed by who began it
    words("lost"),  # JSON list of marks
    time("begun"),
    time("due"),  # the code may be given from here on
    flag("second"),  # only after a second person has agreed
    words("risk", optional=True),  # repeated
    Column("approved_by", Text, belongs("person.id"), nullable=True),
    time("approved", optional=True),
    time("ended", optional=True),
    words("ended_why", optional=True),  # code_given | withdrawn | lapsed | replaced
    mac(),
)
unique_where("uq_reset_live", (reset.c.person,), "ended IS NULL")

message = Table(
    "message",
    METADATA,
    # What is to be told to a person's other channel; written with what it tells of, delivered by housekeeping.
    Column("id", Text, primary_key=True),
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    words("kind"),
    words("contact"),
    words("facts"),  # JSON; never a secret
    time("created"),
    time("due", index=True),  # the next try; moved on by whoever tries it
    number("tries", server_default="0"),
    time("sent", optional=True),
    time("dead", optional=True),  # given up
    words("error", optional=True),  # of the last try
    mac(),
)
