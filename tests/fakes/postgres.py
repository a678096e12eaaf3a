"""A private PostgreSQL cluster for the tests: a free port on loopback, no disk flushes unless wanted, gone at the end.

PostgreSQL refuses to run as root, so root lends it an unprivileged user.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.emptied import MAX_USES, emptied, looks
from tests.fakes.memory import memory
from tests.fakes.psql import Psql

QUICK = " -c fsync=off -c full_page_writes=off -c autovacuum=off"
"""Nothing need outlive the machine, and nobody need look through the databases of tests that are over. A commit does
outlive its server, which some tests stop at once: it is written before it is answered."""
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def _as() -> list[str]:
    if os.geteuid() != 0:
        return []
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    return ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Copy:
    """A database that was made. ``uses``: of how many tests it was."""

    template: str
    uses: int = 0


class Cluster:
    """A running cluster. ``fresh()`` makes an empty database and says its URL."""

    def __init__(self, folder: Path, binaries: Path, durable: bool = False) -> None:
        self._data = folder / "data"
        self._bin = binaries
        self.port = _free_port()
        self._command(
            ["initdb", "-D", str(self._data), "-A", "trust", "-U", "kiosk", "--no-locale", "-E", "UTF8", "-N"]
        )
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        options += " -c max_connections=60"
        options += "" if durable else QUICK
        self._options = options
        self._folder = folder
        self._forget()
        self.start()

    def _forget(self) -> None:
        """Nothing was made yet."""
        self._over: list[str] = []
        self._copies: dict[str, Copy] = {}
        self._as_new: dict[str, str] = {}
        self._asked: dict[str, Psql] = {}

    def secure(self, certificate: bytes, key: bytes) -> None:
        """Take TLS connections too from now on. PEM."""
        for name, data in (("server.crt", certificate), ("server.key", key)):
            path = self._data / name
            path.write_bytes(data)
            path.chmod(0o600)
            if os.geteuid() == 0:
                shutil.chown(path, _as()[1].partition("=")[2])
        self.stop()
        self._options += " -c ssl=on"
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        words = ["pg_ctl", "-D", str(self._data), "-l", str(self._folder / "log"), "-o", self._options, "-w", "start"]
        try:
            self._command(words)
        except BaseException:
            with suppress(RuntimeError):  # it may be on its way
                self.stop()
            raise

    def stop(self, how: str = "immediate") -> None:
        """Stop, breaking every connection: at once, or ``fast``, when all is written and sent to its standbys."""
        self.leave()
        self._command(["pg_ctl", "-D", str(self._data), "-m", how, "-w", "stop"])

    def leave(self) -> None:
        """End the connections of its own."""
        for database in tuple(self._asked):
            self._leave(database)

    def standby(self) -> Cluster:
        """A copy of this one that follows it by streaming, and can be read. Whoever asked stops it."""
        made = Cluster.__new__(Cluster)
        made.port, made._bin, made._folder = _free_port(), self._bin, self._folder / f"standby{secrets.token_hex(3)}"
        made._forget()
        words = ["pg_basebackup", "-R", "-D", str(made._folder / "data"), "-c", "fast", "-h", "127.0.0.1"]
        made._folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(made._folder, _as()[1].partition("=")[2])
        self._command([*words, "-p", str(self.port), "-U", "kiosk"])
        made._data = made._folder / "data"
        made._options = self._options.replace(f"-p {self.port} ", f"-p {made.port} ")
        made._options = made._options.replace(f"directories={self._folder}", f"directories={made._folder}")
        made.start()
        return made

    def promote(self) -> None:
        """Make a standby a primary."""
        self._command(["pg_ctl", "-D", str(self._data), "-w", "promote"])

    def fresh(self, template: str = "template1") -> str:
        """The URL of a new database, a copy of ``template``: of its files, which are few and in memory.

        It may be an earlier copy that is over, and empty again: see ``emptied``.
        """
        for name in [name for name in self._over if self._copies[name].template == template]:
            if self._emptied(self._copies[name], name):
                self._over.remove(name)
                return self.url(name)
        over = [f"DROP DATABASE IF EXISTS {old} WITH (FORCE)" for old in self._over]
        for old in self._over:
            self._leave(old)
            del self._copies[old]
        self._over.clear()
        name = f"k{secrets.token_hex(6)}"
        self._ask("postgres", *over, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        self._copies[name] = Copy(template)
        return self.url(name)

    def _emptied(self, copy: Copy, name: str) -> bool:
        """Whether the copy is as good as new; nobody is connected to it then but for who looked."""
        copy.uses += 1
        if copy.template == "template1" or copy.uses >= MAX_USES:
            self._leave(name)
            return False
        try:
            if copy.template not in self._as_new:
                with closing(Psql(self._bin / "psql", self.port, copy.template)) as asked:
                    self._as_new[copy.template] = looks(asked)
            if name not in self._asked:
                self._asked[name] = Psql(self._bin / "psql", self.port, name)
            if emptied(self._asked[name], self._as_new[copy.template]):
                return True
        except RuntimeError:  # somebody ended it, or let nobody in: then it is no longer as it was
            pass
        self._leave(name)
        return False

    def _ask(self, database: str, *statements: str) -> str:
        """As ``sql``, by a psql that stays. Where its server was started anew meanwhile, so is it."""
        if database not in self._asked:
            self._asked[database] = Psql(self._bin / "psql", self.port, database)
        try:
            return self._asked[database].ask(*statements)
        except RuntimeError:
            del self._asked[database]
            raise

    def _leave(self, database: str) -> None:
        if database in self._asked:
            self._asked.pop(database).close()

    def log(self) -> str:
        """What the server wrote so far."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def drop(self, url: str) -> None:
        """The test of the database that ``fresh`` made is over: whoever is connected goes, and all that it wrote.

        The next ``fresh`` sees to it.
        """
        self._over.append(url.rpartition("/")[2])

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of the database ``name``."""
        return f"postgresql://kiosk@127.0.0.1:{self.port}/{name}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement with psql; what it printed."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "kiosk", "-d", database]
        return self._command(["psql", "-XqAt", *where, "-v", "ON_ERROR_STOP=1", "-c", statement])

    def _command(self, words: list[str]) -> str:
        done = subprocess.run(
            [*_as(), str(self._bin / words[0]), *words[1:]], cwd="/", capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{words[0]}: {done.stdout}{done.stderr}")
        return done.stdout


@contextmanager
def cluster(durable: bool = False) -> Iterator[Cluster]:
    """A cluster for as long as the block lasts. ``durable``: as a hospital runs it, each commit flushed to the disk."""
    if not BINARIES:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="kiosk-pg-", dir=None if durable else memory()))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _as()[1].partition("=")[2])
        running = Cluster(folder, BINARIES[-1], durable)
        try:
            yield running
        finally:
            running.leave()
            if (folder / "data" / "postmaster.pid").exists():
                running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
