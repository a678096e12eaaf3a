"""Tables of the audit trail. Nothing here refers to other tables: the trail outlives what it tells of."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from kiosk.service.store.columns import METADATA, mac, number, time, words

audit_chain = Table(
    "audit_chain",
    METADATA,
    Column("chain", Text, primary_key=True),  # a workstation's id, or "service"
    number("head_seq"),  # 0 before the first row
    Column("head_hash", LargeBinary, nullable=False),
    number("sealed_seq", server_default="0"),  # head at the last checkpoint
    time("head_at", server_default="0"),  # of the last row; 0: not known
    # The counter of the last request that its workstation signed. 0: it is older than signing, and the trail does not
    # say so yet; -1: the trail says so; 1: it has to sign from its first request on.
    number("counter", server_default="0"),
    words("request", optional=True),  # digest of that request
    mac(),
)

audit_row = Table(
    "audit_row",
    METADATA,
    Column("chain", Text, primary_key=True),
    Column("seq", number("seq").type, primary_key=True, autoincrement=False),
    time("at"),
    words("body"),  # RFC 8785 canonical JSON
    Column("prev", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # What it is found by. The text says the same: whoever verifies compares the two.
    words("action", optional=True),
    words("person", optional=True),
    words("workstation", optional=True),
    words("asked", optional=True),  # the action that was asked for in it, or the act: few rows have one
)
_IN_ORDER = (audit_row.c.at, audit_row.c.chain, audit_row.c.seq)
Index("ix_audit_row_at_chain_seq", *_IN_ORDER)
Index("ix_audit_row_action_at", audit_row.c.action, *_IN_ORDER)
Index("ix_audit_row_person_at", audit_row.c.person, *_IN_ORDER)
Index("ix_audit_row_workstation_at", audit_row.c.workstation, *_IN_ORDER)
_ASKED = audit_row.c.asked.is_not(None)
Index("ix_audit_row_asked_at", audit_row.c.asked, *_IN_ORDER, sqlite_where=_ASKED, postgresql_where=_ASKED)

evidence = Table(
    "evidence",
    METADATA,
    Column("digest", Text, primary_key=True),  # SHA-256 of the body, lower-case hex; the row's body holds it too
    words("chain"),
    number("seq"),
    words("body"),  # RFC 8785 canonical JSON
)
Index("ix_evidence_chain_seq", evidence.c.chain, evidence.c.seq, unique=True)

station_request = Table(
    "station_request",
    METADATA,
    Column("chain", Text, primary_key=True),
    Column("seq", number("seq").type, primary_key=True, autoincrement=False),  # of the first row that it led to
    words("digest"),  # SHA-256 of the proof, lower-case hex; its rows' bodies hold it too
    words("proof"),  # the DPoP proof, as it was sent
    words("told"),  # RFC 8785 JSON of its body without what is not to be kept
)

opening = Table(
    "opening",
    METADATA,
    # What a commitment in the evidence hides. May be deleted: the chain stays whole.
    Column("commitment", Text, primary_key=True),  # lower-case hex
    words("salt"),  # base64url
    words("value"),
    words("chain"),
    number("seq"),
    Column("mark", LargeBinary, nullable=True),  # by which it is found: see ``opening_marks``
    time("at", optional=True),  # of its row
    mac(),
)

Index("ix_opening_chain_seq", opening.c.chain, opening.c.seq)
Index("ix_opening_mark_at", opening.c.mark, opening.c.at, opening.c.chain, opening.c.seq)

checkpoint = Table(
    "checkpoint",
    METADATA,
    Column("id", number("id").type, primary_key=True, autoincrement=False),
    time("at"),
    words("body"),  # RFC 8785 canonical JSON: the heads that moved, and the hash of the checkpoint before
    words("signature"),  # base64url
    words("kid"),
)
