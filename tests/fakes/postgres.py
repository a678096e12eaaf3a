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
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.fakes.emptied import Copies
from tests.fakes.memory import memory

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
        self._copies = Copies(binaries / "psql", self.port)
        self.start()

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
        self._copies.leave()
        self._command(["pg_ctl", "-D", str(self._data), "-m", how, "-w", "stop"])

    def leave(self) -> None:
        """Close the connections of its own."""
        self._copies.leave()

    def standby(self) -> Cluster:
        """A copy of this one that follows it by streaming, and can be read. Whoever asked stops it."""
        made = Cluster.__new__(Cluster)
        made.port, made._bin, made._folder = _free_port(), self._bin, self._folder / f"standby{secrets.token_hex(3)}"
        made._copies = Copies(made._bin / "psql", made.port)
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
        """The URL of a new database, a copy of ``template``. It may be an earlier copy that was used, and is empty."""
        return self.url(self._copies.one(template))

    def log(self) -> str:
        """What the server wrote so far."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def drop(self, url: str) -> None:
        """The test of the database that ``fresh`` made is over: whoever is connected goes, and all that it wrote.

        The next ``fresh`` sees to it.
        """
        self._copies.over(url.rpartition("/")[2])

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
