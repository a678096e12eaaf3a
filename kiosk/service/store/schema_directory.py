"""Tables of people's coming and going by a directory: whom it describes, its groups, and who speaks for it."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, belongs, index_where, mac, number, time, unique_where, words

directory_person = Table(
    "directory_person",
    METADATA,
    # Whom a directory manages. Everybody else is an administrator's, and no directory touches them.
    Column("person", Text, belongs("person.id"), primary_key=True),
    words("source"),
    words("external_id", optional=True),
    time("since"),
    time("changed"),
    # When the directory suspended them or let them leave; empty while it lets them in. With a minus before it: that
    # happened then, and it is not the directory (any more) that keeps them out.
    time("stopped", optional=True),
    time("raised", optional=True),  # when it last gave them a privileged role
    time("altered", optional=True),  # when it last gave them another login, or took a role from them
    mac(),
)
unique_where(
    "uq_directory_person_external",
    (directory_person.c.source, directory_person.c.external_id),
    "external_id IS NOT NULL",
)
index_where("ix_directory_person_stopped", directory_person.c.stopped, "stopped IS NOT NULL")
index_where("ix_directory_person_raised", directory_person.c.raised, "raised IS NOT NULL")
index_where("ix_directory_person_altered", directory_person.c.altered, "altered IS NOT NULL")

directory_group = Table(
    "directory_group",
    METADATA,
    Column("id", Text, primary_key=True),
    words("source"),
    words("external_id", optional=True),
    words("name"),
    time("since"),
    time("changed"),
    mac(),
)
unique_where("uq_directory_group_name", (directory_group.c.source, directory_group.c.name), "name IS NOT NULL")

directory_member = Table(
    "directory_member",
    METADATA,
    Column("group_id", Text, belongs("directory_group.id"), primary_key=True),
    Column("person", Text, belongs("directory_person.person"), primary_key=True, index=True),
    mac(),
)

directory_token = Table(
    "directory_token",
    METADATA,
    Column("id", Text, primary_key=True),
    words("source"),  # in whose name it speaks
    words("digest"),  # SHA-256 of the secret, hex
    time("created"),
    time("expires"),
    time("revoked", optional=True),
    time("last_used", optional=True),
    mac(),
)

directory_source = Table(
    "directory_source",
    METADATA,
    Column("name", Text, primary_key=True),
    time("tried"),  # the last time that somebody asked it
    time("good", optional=True),  # the last answer that was whole and carried out
    words("trouble", optional=True),  # why the last one was not: a sentence that names nobody
    number("let_leave", server_default="0"),  # what an administrator lets it do beyond the brake
    number("let_privileged", server_default="0"),
    time("let_until", optional=True),
    number("let_altered", optional=True),
    mac(),
)
