"""What replicas agree about. Not guarded by codes: a replica whose keys differ could not read them, and nothing that is
written here gives anybody more than the keys do, which whoever joins has already."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, time, words

service_key = Table(
    "service_key",
    METADATA,
    Column("name", Text, primary_key=True),  # "row-1", "ca-1"
    words("mark"),  # see ``platform.key_marks``
    time("added"),
)

replica_invitation = Table(
    "replica_invitation",
    METADATA,
    Column("id", Text, primary_key=True),
    time("made"),
    time("expires"),
    time("used", optional=True),
    words("host", optional=True),  # that used it
)
