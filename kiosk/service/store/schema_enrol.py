"""Tables of enrolment at the workstation: what is under way, and the codes and windows that let it begin."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table, Text

from kiosk.service.store.columns import METADATA, belongs, mac, number, suspendable, time, unique_where, words

enrolment = Table(
    "enrolment",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("workstation", Text, belongs("workstation.id"), nullable=False, index=True),
    Column("person", Text, belongs("person.id"), nullable=True, index=True),  # None until a key has said whose it is
    words("presented"),  # uid | piv | fido2 | pkoc | login | start_code | session
    words("act"),  # add | lost
    words("kind", optional=True),
    words("factor", optional=True),  # mark of what is lost, or to be replaced
    words("step"),  # choose | prove | second | vouch | make | try | done | refused
    words("session", optional=True),  # from within which it began
    words("ceremony", optional=True),  # of the proof that is under way: the person's own, or the second person's
    Column("second", Text, belongs("person.id"), nullable=True),
    words("proved", server_default="[]"),  # JSON list of the person's own proofs
    words("vouched", server_default="[]"),  # JSON list of the second person's
    words("detail", server_default="{}"),  # JSON: whatever else it must remember; no secret
    Column("pending", LargeBinary, nullable=True),  # what was made: nonce ‖ AES-256-GCM of JSON, its id as data
    words("key_id", optional=True),
    number("tap", optional=True),
    time("created"),
    time("expires", index=True),
    time("ended", optional=True),
    mac(),
)

start_code = Table(
    "start_code",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    words("key_id"),
    Column("hmac", LargeBinary, nullable=False),
    words("issued_by"),
    words("reason"),
    time("created"),
    time("expires"),
    time("ended", optional=True),  # used, or void because another was issued
    words("ended_why", optional=True),  # used | replaced | withdrawn
    mac(),
)
unique_where("uq_start_code_live", (start_code.c.person,), "ended IS NULL")
unique_where("uq_start_code_hmac", (start_code.c.key_id, start_code.c.hmac), "ended IS NULL")

recovery_set = Table(
    "recovery_set",
    METADATA,
    # The person's recovery codes as one factor; they end together.
    Column("person", Text, belongs("person.id"), primary_key=True),
    time("created"),
    time("until"),
    *suspendable(),
    mac(),
)

recovery_code = Table(
    "recovery_code",
    METADATA,
    Column("person", Text, belongs("recovery_set.person"), primary_key=True),
    Column("number", number("number").type, primary_key=True, autoincrement=False),
    words("key_id"),
    Column("salt", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    time("used", optional=True),
    mac(),
)

enrol_window = Table(
    "enrol_window",
    METADATA,
    # A time in which certain kinds are given out at a place or a station.
    Column("id", Text, primary_key=True),
    words("place", optional=True),
    Column("workstation", Text, belongs("workstation.id"), nullable=True, index=True),
    words("kinds"),  # JSON list
    words("opened_by"),
    time("opened"),
    time("until", index=True),
    time("closed", optional=True),
    mac(),
)

factor_news = Table(
    "factor_news",
    METADATA,
    # What was done to a person's factors, until they have been told at their next sign-in.
    Column("person", Text, belongs("person.id"), primary_key=True),
    Column("what", Text, primary_key=True),  # added | lost | reset
    time("at"),
)

person_language = Table(
    "person_language",
    METADATA,
    # In which a person wants to read the screens, at every station; decides nothing else.
    Column("person", Text, belongs("person.id"), primary_key=True),
    words("language"),
)

guesses = Table(
    "guesses",
    METADATA,
    # Wrong tries of a code that names nobody, everywhere together: what one station's slowness cannot stop.
    Column("code", Text, primary_key=True),
    number("count"),
    time("since"),
)
