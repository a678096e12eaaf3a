"""Tables of what was archived out of the trail, and of legal holds. Nothing here refers to other tables."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from kiosk.service.store.columns import METADATA, mac, number, time, words

audit_archive = Table(
    "audit_archive",
    METADATA,
    # The highest one counts. None is ever changed or deleted.
    Column("number", number("number").type, primary_key=True, autoincrement=False),
    time("at"),
    number("checkpoint"),  # everything that checkpoints up to this one vouch for was archived
    number("act"),  # of the service's chain: the act ``audit.prune``, which says the same
    number("chains"),  # how many rows of ``audit_cut`` it has
    number("kept"),  # how many rows of ``audit_kept`` it has
    time("cleared", optional=True),  # since when its rows may be removed: the trail held after the act
    mac(),
)

audit_cut = Table(
    "audit_cut",
    METADATA,
    # The last archived row of each chain. It stays in the database, as what the next row is linked to.
    Column("archive", number("archive").type, primary_key=True, autoincrement=False),
    Column("chain", Text, primary_key=True),
    number("seq"),
    number("removed", server_default="0"),  # 1 once every row before it is gone that is not kept; decides nothing
    mac(),
)

audit_kept = Table(
    "audit_kept",
    METADATA,
    # Rows that were archived and stay all the same: later rows refer to them, or a legal hold names them.
    Column("archive", number("archive").type, primary_key=True, autoincrement=False),
    Column("chain", Text, primary_key=True),
    Column("seq", number("seq").type, primary_key=True, autoincrement=False),
    words("hash"),  # of the row, lower-case hex
    mac(),
)

audit_hold = Table(
    "audit_hold",
    METADATA,
    # Listed while it holds. None is ever deleted.
    Column("id", number("id").type, primary_key=True, autoincrement=False),
    words("reason"),
    words("person", optional=True),  # id
    words("workstation", optional=True),  # id
    words("patient", optional=True),  # commitment; its opening stands beside the act's row
    time("since", optional=True),
    time("until", optional=True),
    number("act"),  # of the service's chain: the act ``audit.hold``
    words("by"),  # the operating system's user who asked for it
    words("administrator", optional=True),  # the person behind that account, if known
    time("at"),
    time("lifted", optional=True),
    words("lift_asked_by", optional=True),  # the person who asked to lift it, where two are needed
    time("lift_asked", optional=True),
    mac(),
)
