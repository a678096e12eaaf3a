"""Tables of the hospital's own policies of step-ups: which was applied when, what was proposed, and the texts."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, mac, number, time, words

policy_version = Table(
    "policy_version",
    METADATA,
    # The highest one is in force. None is ever changed or deleted.
    Column("version", number("version").type, primary_key=True, autoincrement=False),
    words("sha256"),  # of its text, hex; empty: none is applied from then on
    words("by"),  # the operating system's user who applied it
    words("administrator", optional=True),  # the person behind that account, if known
    words("reason"),
    number("again", optional=True),  # the version whose text it is once more
    time("at"),
    mac(),
)

policy_text = Table(
    "policy_text",
    METADATA,
    Column("sha256", Text, primary_key=True),  # of the text, hex; the version's row holds it too
    words("text"),
)

policy_proposal = Table(
    "policy_proposal",
    METADATA,
    # Listed while it waits for a second administrator. None is ever deleted.
    Column("proposal", number("proposal").type, primary_key=True, autoincrement=False),
    words("act"),  # what it becomes once confirmed: policy.apply | policy.rollback
    words("sha256"),  # of its text, hex; empty: none is to be applied from then on
    number("base"),  # the version that was in force when it was proposed
    number("again", optional=True),  # the version whose text it is once more
    words("by"),  # the operating system's user who proposed it
    words("administrator"),  # the person behind that account
    words("reason"),
    time("at"),
    time("ended", optional=True),
    words("how", optional=True),  # confirmed | withdrawn | superseded | expired | outdated
    words("confirmed_by", optional=True),  # the second person
    number("version", optional=True),  # what it became
    mac(),
)
