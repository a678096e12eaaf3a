"""Tables that only administrators and auditors look at."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, belongs, mac, number, time, words

policy_exception = Table(
    "policy_exception",
    METADATA,
    # A rule that does not hold for somebody or somewhere, who answers for it, and until when it is to be looked at.
    Column("id", number("id").type, primary_key=True, autoincrement=False),
    words("rule"),
    words("covers"),
    Column("person", Text, belongs("person.id"), nullable=True, index=True),  # where it is about one person
    words("owner"),
    words("reason"),
    words("control"),
    time("review"),
    time("opened"),
    words("opened_by"),
    time("closed", optional=True),
    words("closed_by", optional=True),
    words("outcome", optional=True),
    mac(),
)
