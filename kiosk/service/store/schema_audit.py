"""Tables of the audit trail. Nothing here refers to other tables: the trail outlives what it tells of."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from kiosk.service.store.columns import METADATA, number, time, words

audit_chain = Table(
    "audit_chain",
    METADATA,
    Column("chain", Text, primary_key=True),  # a workstation's id, or "service"
    number("head_seq"),  # 0 before the first row
    Column("head_hash", LargeBinary, nullable=False),
    number("sealed_seq", server_default="0"),  # head at the last checkpoint
)

audit_row = Table(
    "audit_row",
    METADATA,
    Column("chain", Text, primary_key=True),
    Column("seq", number("seq").type, primary_key=True, autoincrement=False),
    time("at", index=True),
    words("body"),  # RFC 8785 canonical JSON
    Column("prev", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

evidence = Table(
    "evidence",
    METADATA,
    Column("digest", Text, primary_key=True),  # SHA-256 of the body, lower-case hex; the row's body holds it too
    words("chain"),
    number("seq"),
    words("body"),  # RFC 8785 canonical JSON
)
Index("ix_evidence_chain_seq", evidence.c.chain, evidence.c.seq, unique=True)

opening = Table(
    "opening",
    METADATA,
    # What a commitment in the evidence hides. May be deleted: the chain stays whole.
    Column("commitment", Text, primary_key=True),  # lower-case hex
    words("salt"),  # base64url
    words("value"),
    words("chain"),
    number("seq"),
)

checkpoint = Table(
    "checkpoint",
    METADATA,
    Column("id", number("id").type, primary_key=True, autoincrement=False),
    time("at"),
    words("body"),  # RFC 8785 canonical JSON: the heads that moved, and the hash of the checkpoint before
    words("signature"),  # base64url
    words("kid"),
)
