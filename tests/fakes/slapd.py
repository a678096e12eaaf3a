"""A private ``slapd`` (Debian's OpenLDAP) for the tests: TLS by a CA of its own, on loopback, gone at the end."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.service.platform.tls import Tls
from tests.fakes.central import free_port

BASE = "dc=hospital,dc=example"
READER = f"cn=reader,{BASE}"
LIMITED = f"cn=limited,{BASE}"
ROOT = f"cn=root,{BASE}"
PASSWORD = "correct horse"
SLAPD = shutil.which("slapd", path="/usr/sbin:/usr/bin:/sbin")
CONF = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
{tls}
pidfile {folder}/slapd.pid
database mdb
suffix "{base}"
directory {folder}/db
rootdn "{root}"
rootpw "{password}"
dbnosync
limits dn.exact="{limited}" size.soft=2 size.hard=2 size.pr=2 size.prtotal=2
overlay ppolicy
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="ou=people,{base}" by dn.exact="{reader}" read by dn.exact="{limited}" read by users write
access to * by users read
"""
FIRST = f"""dn: {BASE}
objectClass: dcObject
objectClass: organization
dc: hospital
o: Hospital

dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {PASSWORD}

dn: {LIMITED}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: limited
userPassword: {PASSWORD}

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups

dn: ou=elsewhere,{BASE}
objectClass: organizationalUnit
ou: elsewhere

"""


def dn(login: str) -> str:
    """The DN of a person."""
    return f"uid={login},ou=people,{BASE}"


def group_dn(name: str) -> str:
    """The DN of a group."""
    return f"cn={name},ou=groups,{BASE}"


class Slapd:
    """A running server. ``url``: over TLS; ``plain``: goes on by StartTLS, where ``secure``."""

    def __init__(self, folder: Path, *, secure: bool = True) -> None:
        self.folder = folder
        (folder / "db").mkdir(parents=True)
        self.url, self.plain = (f"{kind}://127.0.0.1:{free_port()}" for kind in ("ldaps", "ldap"))
        tls = Tls.make(folder / "tls", "localhost", int(time.time()))
        tls.ensure_server(("localhost", "127.0.0.1"), int(time.time()))
        self.ca = folder / "ca.pem"
        self.ca.write_text("\n".join(tls.trust()))
        self.password_file = folder / "password"
        self.password_file.write_text(PASSWORD + "\n")
        self.password_file.chmod(0o600)
        own = f"TLSCertificateFile {tls.server_pem}\nTLSCertificateKeyFile {tls.server_pem}" if secure else ""
        conf = folder / "slapd.conf"
        words = {"tls": own, "folder": folder, "base": BASE, "root": ROOT, "password": PASSWORD}
        conf.write_text(CONF.format(**words, reader=READER, limited=LIMITED))
        subprocess.run(["/usr/sbin/slapadd", "-q", "-f", str(conf)], input=FIRST.encode(), check=True)
        self._hosts = f"{self.plain} {self.url}" if secure else self.plain
        self._conf = conf
        self._process: subprocess.Popen[bytes] | None = None
        self._secure = secure
        self.start()

    def start(self) -> None:
        """Run it until it answers."""
        assert SLAPD is not None, "apt install slapd"
        quiet = subprocess.DEVNULL
        words = [SLAPD, "-d", "0", "-f", str(self._conf), "-h", self._hosts]
        self._process = subprocess.Popen(words, stdout=quiet, stderr=quiet)
        until = time.monotonic() + 20
        while self._tool("ldapsearch", "-s", "base", "-b", "", status=None) != 0:
            assert time.monotonic() < until and self._process.poll() is None, "slapd does not answer"
            time.sleep(0.05)  # asked again until it answers

    def stop(self) -> None:
        """End it and wait."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def _tool(self, program: str, *words: str, typed: str = "", who: str = ROOT, status: int | None = 0) -> int:
        env = {"PATH": "/usr/bin:/bin", "LDAPTLS_CACERT": str(self.ca), "LDAPTLS_REQCERT": "demand"}
        start = ["-ZZ"] if self._secure else []
        command = [program, "-x", *start, "-H", self.plain, "-D", who, "-w", PASSWORD, *words]
        done = subprocess.run(command, input=typed.encode(), env=env, capture_output=True, check=False)
        assert status is None or done.returncode == status, done.stderr.decode()
        return done.returncode

    def add(self, ldif: str) -> None:
        """New entries."""
        self._tool("ldapadd", typed=ldif)

    def change(self, entry: str, what: str) -> None:
        """One entry, by the lines of an LDIF modification."""
        self._tool("ldapmodify", typed=f"dn: {entry}\nchangetype: modify\n{what}\n")

    def remove(self, *entries: str, who: str = ROOT) -> None:
        """Entries are there no more. ``who``: asks for it."""
        self._tool("ldapdelete", *entries, who=who)

    def rename(self, entry: str, first: str) -> None:
        """Another first part of its DN."""
        self._tool("ldapmodrdn", "-r", entry, first)

    def people(self, *logins: str, where: str = f"ou=people,{BASE}") -> None:
        """New persons, each called as their login with a capital."""
        self.add(
            "\n".join(
                f"dn: uid={login},{where}\nobjectClass: inetOrgPerson\nuid: {login}\ncn: {login}\nsn: {login}\n"
                f"displayName: {login.title()}\nuserPassword: {PASSWORD}\n"
                for login in logins
            )
        )

    def group(self, name: str, *members: str) -> None:
        """A new group of whole DNs."""
        listed = "".join(f"member: {member}\n" for member in members)
        self.add(f"dn: {group_dn(name)}\nobjectClass: groupOfNames\ncn: {name}\n{listed}\n")

    def empty(self) -> None:
        """No persons and groups any more."""
        for part in ("people", "groups", "elsewhere"):
            self._tool("ldapdelete", "-r", "-M", f"ou={part},{BASE}", status=None)
            self.add(f"dn: ou={part},{BASE}\nobjectClass: organizationalUnit\nou: {part}\n")

    def table(self, **more: object) -> dict[str, object]:
        """``[directory.ldap]`` for it."""
        own = {"url": self.url, "ca": str(self.ca), "bind": READER, "password_file": str(self.password_file)}
        return {**own, "people": f"ou=people,{BASE}", "groups": f"ou=groups,{BASE}", "seconds": 10, **more}


@contextmanager
def running(folder: Path, *, secure: bool = True) -> Iterator[Slapd]:
    """A server for a while."""
    server = Slapd(folder, secure=secure)
    try:
        yield server
    finally:
        server.stop()
