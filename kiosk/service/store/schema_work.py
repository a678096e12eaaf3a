"""Tables of what is under way: ceremonies, sessions, failures, grants, events."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from kiosk.service.store.columns import METADATA, belongs, index_where, mac, number, time, unique_where, words

ceremony = Table(
    "ceremony",
    METADATA,
    Column("id", Text, primary_key=True),
    words("purpose"),  # sign_in | step_up | enrol | vouch | second
    Column("workstation", Text, belongs("workstation.id"), nullable=False, index=True),
    Column("person", Text, belongs("person.id"), nullable=True),
    words("state"),  # prove | done | refused
    words("presented"),  # uid | piv | fido2 | pkoc | login | session | start_code
    words("why"),
    words("proved", server_default="[]"),  # JSON list of proofs verified so far
    words("session", optional=True),  # opened by it, or asked from within it
    words("request", optional=True),  # JSON of the step-up asked
    words("detail", server_default="{}"),  # JSON: whatever else the ceremony must remember
    number("tap", optional=True),
    time("created"),
    time("expires", index=True),
    time("ended", optional=True),
    mac(),
)

index_where("ix_ceremony_proving_person", ceremony.c.person, "state = 'prove'")
index_where("ix_ceremony_proving_session", ceremony.c.session, "state = 'prove'")
index_where("ix_ceremony_remembered", ceremony.c.expires, "request IS NOT NULL")

challenge = Table(
    "challenge",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("ceremony", Text, belongs("ceremony.id"), nullable=False, index=True),
    words("method"),
    words("label"),
    Column("nonce", LargeBinary, nullable=False),
    words("statement"),  # RFC 8785 text
    words("openings", server_default="[]"),  # JSON list of commitment, salt, value
    time("created"),
    time("expires", index=True),
    time("used", optional=True),
    mac(),
)

session = Table(
    "session",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("person", Text, belongs("person.id"), nullable=False, index=True),
    Column("workstation", Text, belongs("workstation.id"), nullable=False, index=True),
    words("state"),  # open | locked | ended
    words("acr"),
    words("amr"),  # JSON list
    time("auth_time"),
    time("opened"),
    time("locked", optional=True),
    time("ended", optional=True),
    words("active_of", optional=True),  # its person, while it is open where they may have one such session only
    mac(),
)

unique_where("uq_session_active_of", (session.c.active_of,), "active_of IS NOT NULL")
Index("ix_session_opened", session.c.opened)
index_where("ix_session_open_person", session.c.person, "state = 'open'")
index_where("ix_session_open_workstation", session.c.workstation, "state = 'open'")

second_factor = Table(
    "second_factor",
    METADATA,
    # The last full proof: what grace is counted from.
    Column("person", Text, belongs("person.id"), primary_key=True),
    words("acr"),
    words("amr"),
    time("at"),
    words("places", server_default="{}"),  # JSON: id of each station where it was proved → when, and acr
    mac(),
)

failed_try = Table(
    "failed_try",
    METADATA,
    # Consecutive failures (SP 800-63B-4 section 3.2.2). ``who``: a person, or what stands for a login that nobody has.
    Column("who", Text, primary_key=True),
    Column("method", Text, primary_key=True),
    Column("bucket", Text, primary_key=True),  # held | typed
    number("count"),
    time("last"),
    time("until"),  # none is looked at before; 0 for none
)

station_throttle = Table(
    "station_throttle",
    METADATA,
    Column("workstation", Text, belongs("workstation.id"), primary_key=True),
    number("count"),
    time("last"),
    time("until"),
)

spending = Table(
    "spending",
    METADATA,
    # What a party has used up of its rows and bytes an hour, 3,600-fold (``store/spending``).
    Column("party", Text, primary_key=True),
    number("rows"),
    number("size"),
    time("at"),
    number("refused"),  # since ``told``
    time("told"),
)

used_jti = Table(
    "used_jti",
    METADATA,
    # ``jti`` with its key's thumbprint in front, so that one client cannot use up another's.
    Column("jti", Text, primary_key=True),
    time("expires", index=True),
)

stepup_grant = Table(
    "stepup_grant",
    METADATA,
    Column("request_id", Text, primary_key=True),
    Column("ceremony", Text, belongs("ceremony.id"), nullable=False, unique=True),
    words("session"),
    Column("person", Text, belongs("person.id"), nullable=False),
    Column("workstation", Text, belongs("workstation.id"), nullable=False),
    words("audience"),
    words("jti", unique=True),
    words("delivery"),  # direct | collect | backchannel
    time("issued"),
    time("expires", index=True),
    number("told_seq", server_default="0"),  # of its row in the workstation's chain
    time("collected", optional=True),
    time("redeemed", optional=True),
    time("batch", optional=True),  # of a standing batch: how many records, in parts
    time("used", optional=True),  # how many of them were
    mac(),
)

station_event = Table(
    "station_event",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("workstation", Text, belongs("workstation.id"), nullable=False, index=True),
    words("kind"),  # lock | end | settings | revoked | forget | asked | seconded | phone
    words("session", optional=True),
    words("reason", optional=True),
    words("where_", optional=True),
    time("created", index=True),
    sqlite_autoincrement=True,
)

report = Table(
    "report",
    METADATA,
    # Reports already written to the trail, so that one sent twice counts once.
    Column("id", Text, primary_key=True),
    Column("workstation", Text, belongs("workstation.id"), nullable=False),
    time("received", index=True),
)

manifest = Table(
    "manifest",
    METADATA,
    # Which rows of a person, a station or of all applications count, each with its revision: see ``integrity``.
    Column("subject", Text, primary_key=True),
    words("body"),  # JSON object
    mac(),
)
