"""A real MIT KDC with a realm of its own, in a folder of the test's; it trusts what it is given for PKINIT."""

from __future__ import annotations

import datetime
import os
import socket
import subprocess
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from kiosk.service.kerberos.certificate import PKINIT_SAN, Subject, principal_der
from kiosk.service.platform import kerberos_ca, own_certificates
from kiosk.service.platform.keys import private_pem
from tests.fakes.process_table import until
from tests.fakes.service_process import free_port
from tests.fakes.unpacked import SERVERS, program

REALM = "HOSPITAL.EXAMPLE"
HOST = "localhost"
"""Of every service in the realm."""
KDC_EKU = ObjectIdentifier("1.3.6.1.5.2.3.5")
"""id-pkinit-KPKdc (RFC 4556 section 3.2.4)."""
LIBRARIES = SERVERS / "usr/lib" / (sysconfig.get_config_var("MULTIARCH") or "x86_64-linux-gnu")


@dataclass
class Kdc:
    """At ``port`` of this machine. ``config``: krb5.conf of its clients. ``anchors``: whom it trusts for PKINIT."""

    folder: Path
    port: int
    config: Path
    anchors: Path
    log: Path

    @property
    def env(self) -> dict[str, str]:
        """For programs of the realm: clients, and its own administration."""
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C",
            "LD_LIBRARY_PATH": str(LIBRARIES),
            "KRB5_CONFIG": str(self.config),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
        }

    def add(self, principal: str, keytab: Path | None = None) -> None:
        """Somebody who has no password; or a service, whose key goes to ``keytab``."""
        bounded = "-allow_renewable -allow_forwardable -maxlife 1hour"  # as docs/integrate/kerberos.md says
        self._admin(f"addprinc -randkey +requires_preauth {bounded} {principal}")
        if keytab is not None:
            self._admin(f"ktadd -k {keytab} {principal}")

    def client(self, cache: Path) -> dict[str, str]:
        """The environment of a client with that cache."""
        return {**os.environ, "KRB5_CONFIG": str(self.config), "KRB5CCNAME": f"FILE:{cache}", "LC_ALL": "C"}

    def tickets(self, cache: Path) -> str:
        """What ``klist`` says of a cache, empty for none."""
        words = ["klist", "-f", "-c", f"FILE:{cache}"]
        return subprocess.run(words, env=self.client(cache), capture_output=True, text=True, check=False).stdout

    def _admin(self, query: str) -> None:
        words = [program("/usr/sbin/kadmin.local"), "-r", REALM, "-q", query]
        done = subprocess.run(words, env=self.env, capture_output=True, text=True, check=True)
        assert "while" not in done.stderr, done.stderr


@contextmanager
def kdc(folder: Path, trusted: Sequence[str], *, database: int = 36_000) -> Iterator[Kdc]:
    """One that runs, with ``trusted`` (PEM) as CAs of its people. ``database``: longest life of a ticket, seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    anchors, kdc_ca = folder / "people.pem", folder / "kdc-ca.pem"
    anchors.write_text("".join(trusted))
    own = _certificate(folder, kdc_ca)
    config = folder / "krb5.conf"
    config.write_text(
        f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n"
        f" dns_canonicalize_hostname = false\n udp_preference_limit = 1\n[realms]\n {REALM} = {{\n"
        f"  kdc = 127.0.0.1:{port}\n  pkinit_anchors = FILE:{kdc_ca}\n  pkinit_kdc_hostname = {HOST}\n }}\n"
        f"[domain_realm]\n {HOST} = {REALM}\n"
    )
    log = folder / "kdc.log"
    plugins = _plugins(folder)
    (folder / "kdc.conf").write_text(
        f"[libdefaults]\n plugin_base_dir = {plugins}\n[dbmodules]\n db_module_dir = {plugins}/kdb\n"
        f"[kdcdefaults]\n kdc_listen = 127.0.0.1:{port}\n"
        f" kdc_tcp_listen = 127.0.0.1:{port}\n[realms]\n {REALM} = {{\n  database_name = {folder}/principal\n"
        f"  key_stash_file = {folder}/stash\n  acl_file = {folder}/acl\n  max_life = {database}s\n"
        f"  pkinit_identity = FILE:{own}\n  pkinit_anchors = FILE:{anchors}\n }}\n"
        f"[logging]\n kdc = FILE:{log}\n"
    )
    made = Kdc(folder, port, config, anchors, log)
    create = [program("/usr/sbin/kdb5_util"), "create", "-s", "-r", REALM, "-P", "of no use to anybody"]
    done = subprocess.run(create, env=made.env, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with (folder / "out").open("wb") as out:
        child = subprocess.Popen(
            [program("/usr/sbin/krb5kdc"), "-n", "-r", REALM], env=made.env, stdout=out, stderr=out
        )
    try:
        until("the KDC listens", lambda: _listens(port) or child.poll() is not None)
        assert child.poll() is None, (folder / "out").read_text() + log.read_text()
        yield made
    finally:
        child.terminate()
        child.wait(20)


def _plugins(folder: Path) -> Path:
    """One folder of plugins: the database's is unpacked, PKINIT is installed."""
    base = folder / "plugins"
    for kind in ("kdb", "preauth", "libkrb5"):
        (base / kind).mkdir(parents=True)
        for root in (LIBRARIES, Path("/usr/lib/x86_64-linux-gnu")):
            for found in (root / "krb5/plugins" / kind).glob("*.so"):
                if not (base / kind / found.name).exists():
                    (base / kind / found.name).symlink_to(found)
    return base


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _certificate(folder: Path, ca_file: Path) -> Path:
    """The KDC's own: its key and certificate, by a CA in ``ca_file``."""
    now = int(datetime.datetime.now(datetime.UTC).timestamp())
    ca = kerberos_ca.read(kerberos_ca.make(1, "the domain", now), ca_file)
    ca_file.write_text(ca.pem())
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    names = [x509.OtherName(PKINIT_SAN, principal_der(Subject(("krbtgt", REALM), REALM))), x509.DNSName(HOST)]
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "KDC")]))
        .issuer_name(ca.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(own_certificates.moment(now - 300))
        .not_valid_after(own_certificates.moment(now + 86_400))
        .add_extension(x509.ExtendedKeyUsage([KDC_EKU]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(own_certificates.usage(ca=False), critical=True)
        .sign(ca.key, SHA256())
    )
    (folder / "kdc.key").write_bytes(private_pem(key))
    (folder / "kdc.crt").write_bytes(made.public_bytes(Encoding.PEM))
    return Path(f"{folder}/kdc.crt,{folder}/kdc.key")
