"""A used database as good as new for the next test: a quarter of the work that copying and dropping one takes.

Emptied is what is a copy of a template still, but for its rows. Whatever a test did beyond rows shows in the system's
own tables, and such a database is not used again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.psql import Psql

MAX_USES = 40
"""Then a new copy: what is deleted stays in the files, and is passed over ever more slowly."""
FIRST_OWN = 16384
"""Object numbers below are the server's own (``FirstNormalObjectId``)."""
UNMIGRATED = "template1"
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


@dataclass
class Copy:
    """A database that was made. ``uses``: of how many tests it was."""

    template: str
    uses: int = 0


class Copies:
    """The databases of a server on loopback that were made from templates, by name, and a connection to each."""

    def __init__(self, binary: Path, port: int) -> None:
        self._binary, self._port = binary, port
        self._copies: dict[str, Copy] = {}
        self._over: list[str] = []
        self._as_new: dict[str, str] = {}
        self._asked: dict[str, Psql] = {}

    def one(self, template: str) -> str:
        """An empty one. Raises ``RuntimeError`` where the server makes none."""
        for name in [name for name in self._over if self._copies[name].template == template]:
            if self._emptied(self._copies[name], name):
                self._over.remove(name)
                return name
        gone = [f"DROP DATABASE IF EXISTS {old} WITH (FORCE)" for old in self._over]
        while self._over:
            old = self._over.pop()
            self._end(old)
            del self._copies[old]
        name = f"k{secrets.token_hex(6)}"
        self._of("postgres").ask(*gone, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        self._copies[name] = Copy(template)
        return name

    def over(self, name: str) -> None:
        """Nobody needs ``name`` any more, whoever made it."""
        self._copies.setdefault(name, Copy(UNMIGRATED))
        self._over.append(name)

    def leave(self) -> None:
        """Close every connection; the next question opens it anew."""
        for name in tuple(self._asked):
            self._end(name)

    def _emptied(self, copy: Copy, name: str) -> bool:
        """Whether the copy is as good as new; nobody but this is connected to it then."""
        copy.uses += 1
        if copy.template == UNMIGRATED or copy.uses >= MAX_USES:
            return False
        try:
            if copy.template not in self._as_new:
                self._as_new[copy.template] = looks(self._of(copy.template))
                self._end(copy.template)  # or it could not be copied
            self._of(name).ask(*EMPTY)
            return looks(self._of(name)) == self._as_new[copy.template]
        except RuntimeError:  # somebody ended it, or let nobody in: then it is no longer as it was
            return False

    def _of(self, database: str) -> Psql:
        if database not in self._asked or self._asked[database].gone:
            self._asked[database] = Psql(self._binary, self._port, database)
        return self._asked[database]

    def _end(self, database: str) -> None:
        if database in self._asked:
            self._asked.pop(database).close()
