"""Tables of shared signals (OpenID SSF): who may send us some, what they did lately, and who is sent ours."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from kiosk.service.store.columns import METADATA, belongs, index_where, mac, number, time, words

signal_transmitter = Table(
    "signal_transmitter",
    METADATA,
    Column("name", Text, primary_key=True),  # as an administrator calls it
    words("issuer", unique=True),  # its “iss”
    words("audience"),  # the “aud” that it calls us by
    words("jwks_uri", optional=True),  # where its keys are published
    words("keys", optional=True),  # JSON Web Key Set that an administrator gave, in its place
    words("forms"),  # JSON list: iss_sub | email | opaque | station
    words("directory", optional=True),  # whose ids the “sub” of iss_sub is
    words("email_domain", optional=True),  # login@domain is a person's address
    words("events"),  # JSON list: names of event types that count
    number("most"),  # people or workstations that it may stop in a minute
    time("held", optional=True),  # since when the brake holds it
    time("since"),  # from when the brake counts
    time("created"),
    mac(),
)

signal_taken = Table(
    "signal_taken",
    METADATA,
    # Whom a transmitter stopped lately, for the brake.
    Column("id", Text, primary_key=True),
    words("transmitter"),
    words("subject"),  # id of a person or workstation
    words("event", optional=True),  # name of the event type by which; “lasting” where that stays
    time("at"),
)
Index("ix_signal_taken_transmitter_at", signal_taken.c.transmitter, signal_taken.c.at)

signal_receiver = Table(
    "signal_receiver",
    METADATA,
    # Applications that may have our signals, and the stream of each. The id of the application is the stream's.
    Column("application", Text, belongs("application.id"), primary_key=True),
    words("uri"),  # where its signals are posted; empty for one that may only fetch them
    words("events"),  # JSON list: names of event types
    words("form"),  # how people are named: iss_sub | email | opaque
    words("email_domain", optional=True),
    words("status"),  # enabled | paused | disabled
    words("reason", optional=True),
    words("status_by", optional=True),  # admin: then the application does not enable it again; else the application
    time("verified", optional=True),  # when a verification event was last asked for by it
    words("delivery", optional=True),  # poll; else they are pushed
    words("endpoint", optional=True),  # where the application wants them, at the origin of “uri”
    words("asked", optional=True),  # JSON list: names of event types that the application wants; else all of “events”
    words("description", optional=True),  # the application's own words
    time("gone", optional=True),  # when the application ended its stream
    time("created"),
    mac(),
)

signal_left_out = Table(
    "signal_left_out",
    METADATA,
    # Persons whom a receiver wants to hear nothing of.
    Column("application", Text, belongs("application.id"), primary_key=True),
    Column("person", Text, belongs("person.id"), primary_key=True, index=True),
    time("created"),
    mac(),
)

signal_cursor = Table(
    "signal_cursor",
    METADATA,
    # How far each chain of the trail was read for signals, and that row's hash.
    Column("chain", Text, primary_key=True),
    number("seq"),
    Column("hash", LargeBinary, nullable=False),
    mac(),
)

signal_level = Table(
    "signal_level",
    METADATA,
    # The assurance of each person that receivers were last told.
    Column("person", Text, belongs("person.id"), primary_key=True),
    words("acr"),
    mac(),
)

signal_event = Table(
    "signal_event",
    METADATA,
    # Signals that are to be delivered, in the order of their numbers.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    words("id", unique=True),  # its “jti”
    Column("application", Text, belongs("application.id"), nullable=False),
    words("kind"),  # name of its event type
    words("body"),  # JSON: sub_id, and what the event says
    time("created"),
    time("due"),
    number("tries", server_default="0"),
    time("sent", optional=True),
    time("dead", optional=True),
    words("error", optional=True),
    mac(),
    sqlite_autoincrement=True,
)
index_where("ix_signal_event_waiting", signal_event.c.application, "sent IS NULL AND dead IS NULL")
