"""A used database as good as new for the next test: a quarter of the work that copying and dropping one takes.

Emptied is what is a copy of a template still, but for its rows. Whatever a test did beyond rows shows in the system's
own tables, and such a database is not used again.
"""

from __future__ import annotations

from tests.fakes.psql import Psql

MAX_USES = 40
"""Then a new copy: what is deleted stays in the files, and is passed over ever more slowly."""
FIRST_OWN = 16384
"""Object numbers below are the server's own (``FirstNormalObjectId``)."""
KEPT = "alembic_version"
"""The one table in which a migrated, empty database has a row."""

_CATALOGUES = {
    "pg_class": "oid",
    "pg_attribute": "attrelid",
    "pg_attrdef": "oid",
    "pg_constraint": "oid",
    "pg_index": "indexrelid",
    "pg_trigger": "oid",
    "pg_proc": "oid",
    "pg_type": "oid",
    "pg_rewrite": "oid",
    "pg_collation": "oid",
    "pg_policy": "oid",
    "pg_namespace": "oid",
    "pg_extension": "oid",
    "pg_event_trigger": "oid",
    "pg_default_acl": "oid",
    "pg_statistic": "starelid",
    "pg_statistic_ext": "oid",
    "pg_largeobject_metadata": "oid",
}
"""System tables that a change of a database is written to, and the column of the object's number."""
_SYSTEM = " UNION ALL ".join(  # names of this file alone
    f"SELECT '{name} ' || count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0) FROM {name} "  # noqa: S608
    f"WHERE {column} >= {0 if name == 'pg_namespace' else FIRST_OWN}"
    for name, column in _CATALOGUES.items()
)
LOOK = (
    _SYSTEM,
    "SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase "
    "WHERE d.datname = current_database()",
    "SELECT datdba, datallowconn, datconnlimit, datacl FROM pg_database WHERE datname = current_database()",
    f"SELECT * FROM {KEPT}",  # noqa: S608
)
"""Questions whose answers are those of the template, as long as nobody changed more than rows."""
EMPTY = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "SET session_replication_role = replica",  # the rows' keys point at each other, and no trigger is asked
    f"""DO $$ DECLARE one text; BEGIN
    FOR one IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> '{KEPT}' AND (pg_stat_file(pg_relation_filepath(oid))).size > 0
    LOOP EXECUTE format('DELETE FROM %I', one); END LOOP; END $$""",  # noqa: S608
    "RESET session_replication_role",
    "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence",
)
"""Whoever is still there goes, every row, and the numbers begin anew. A table with no file has had no row."""


def looks(asked: Psql) -> str:
    """What a database looks like but for its rows."""
    return asked.ask(*LOOK)


def emptied(asked: Psql, as_new: str) -> bool:
    """Whether the database of ``asked`` is empty now. ``as_new``: what its template looks like."""
    asked.ask(*EMPTY)
    return looks(asked) == as_new
