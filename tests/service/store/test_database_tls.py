"""The way to the database: verified unless it is this machine's own, or the address says otherwise."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.cli.doctor_central import _reached
from kiosk.service.folder import check_database
from kiosk.service.store import people, postgres_url
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreDownError
from kiosk.settings import SettingsError
from tests.fakes import postgres
from tests.fakes.stores import guard

NAME = "db.hospital.example"


@pytest.mark.parametrize(
    ("url", "local", "mode"),
    [
        ("postgresql://kiosk@db.hospital.example/kiosk", False, "verify-full"),
        ("postgresql+psycopg://kiosk@10.0.0.5/kiosk", False, "verify-full"),
        ("postgresql://kiosk@/kiosk?host=db.hospital.example", False, "verify-full"),
        ("postgresql://kiosk@/kiosk?host=localhost&host=db.hospital.example", False, "verify-full"),
        ("postgresql://kiosk@localhost.evil.example/kiosk", False, "verify-full"),
        ("postgresql://kiosk@db.hospital.example/kiosk?sslmode=require", False, "require"),
        ("postgresql://kiosk@127.0.0.1/kiosk", True, None),
        ("postgresql://kiosk@127.0.0.1/kiosk?sslmode=verify-full", True, "verify-full"),
        ("postgresql://kiosk@[::1]:5433/kiosk", True, None),
        ("postgresql://kiosk@localhost/kiosk", True, None),
        ("postgresql:///kiosk", True, None),
        ("postgresql:///kiosk?host=/var/run/postgresql", True, None),
    ],
)
def test_what_an_address_says(url: str, local: bool, mode: str | None) -> None:
    found = postgres_url.where(url)
    assert (found.local, found.mode) == (local, mode)
    secured = found.ssl()
    if mode == "verify-full":
        assert isinstance(secured, ssl.SSLContext)
        assert (secured.verify_mode, secured.check_hostname) == (ssl.CERT_REQUIRED, True)
    else:
        assert secured == (mode or "prefer") or mode == "require"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sslmod=disable", "not known here: sslmod"),
        ("sslmode=verify_full", "sslmode must be one of"),
        ("sslcert=a", "sslcert must be the whole path"),
        ("sslrootcert=roots.pem", "whole path"),
        ("sslmode=disable&sslrootcert=/a", "needs sslmode"),
    ],
)
def test_what_an_address_cannot_say_is_a_sentence(query: str, said: str) -> None:
    url = f"postgresql://kiosk:hunter2@db.hospital.example/kiosk?{query}"
    with pytest.raises(SettingsError, match=said) as settings:
        check_database(url)
    with pytest.raises(StoreDownError, match=said) as store:
        Database(url, guard())
    assert "hunter2" not in str(settings.value) + str(store.value)


def test_roots_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.pem", "No such file"), (tmp_path / "empty.pem", "not a certificate")):
        if "empty" in path.name:
            path.write_text("nothing")
        with pytest.raises(StoreDownError, match=why):
            Database(f"postgresql://kiosk@db.hospital.example/kiosk?sslrootcert={path}", guard())


def test_doctor_warns_of_a_way_that_is_not_verified() -> None:
    assert _reached("postgresql://kiosk@db.hospital.example/kiosk").do == ""
    assert _reached("postgresql:///kiosk").do == ""
    for mode in ("disable", "allow", "prefer", "require", "verify-ca"):
        check = _reached(f"postgresql://kiosk@db.hospital.example/kiosk?sslmode={mode}")
        assert check.ok
        assert f"sslmode={mode}" in check.detail
        assert "sslrootcert" in (check.do or "")


@dataclass
class Secured:
    """A server with a certificate for ``names``."""

    cluster: postgres.Cluster
    roots: Path
    others: Path

    def users(self, query: str, host: str = "127.0.0.1") -> int:
        """How many persons it knows, asked on a connection of its own."""
        name = self.cluster.fresh().rpartition("/")[2]
        url = f"postgresql://kiosk@{host}:{self.cluster.port}/{name}"
        store = Database(f"{url}?{query}", guard())
        store.migrate_now()
        try:
            return store.read_now(people.count)
        finally:
            store.close_now()


def _certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, signer: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(issuer).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=9))
    made = made.add_extension(x509.BasicConstraints(ca, None), critical=True)
    names = [x509.DNSName(subject)] if subject != "127.0.0.1" else [x509.IPAddress(ipaddress.ip_address(subject))]
    return made.add_extension(x509.SubjectAlternativeName(names), critical=False).sign(signer, SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


@pytest.fixture(scope="module", params=["127.0.0.1", NAME])
def secured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Secured]]:
    """A server whose certificate names the address under which it is asked, and one whose does not."""
    folder = tmp_path_factory.mktemp("tls")
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("ca", authority, _name("ca"), authority, ca=True)
    mine = _certificate(request.param, key, root.subject, authority, ca=False)
    other = ec.generate_private_key(ec.SECP256R1())
    paths = folder / "roots.pem", folder / "others.pem"
    paths[0].write_bytes(root.public_bytes(Encoding.PEM))
    paths[1].write_bytes(_certificate("ca", other, _name("ca"), other, ca=True).public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with postgres.cluster() as running:
        running.secure(mine.public_bytes(Encoding.PEM), private)
        yield request.param, Secured(running, *paths)


@pytest.mark.postgres
def test_a_server_is_verified_by_certificate_and_name(secured: tuple[str, Secured]) -> None:
    named, server = secured
    full = f"sslmode=verify-full&sslrootcert={server.roots}"
    if named == "127.0.0.1":
        assert server.users(full) == 0
    else:
        with pytest.raises(StoreDownError, match=r"not trusted: .*127\.0\.0\.1"):
            server.users(full)
    assert server.users(f"sslmode=verify-ca&sslrootcert={server.roots}") == 0


@pytest.mark.postgres
def test_a_server_of_another_ca_is_not_spoken_to(secured: tuple[str, Secured]) -> None:
    _, server = secured
    for query in (
        f"sslmode=verify-full&sslrootcert={server.others}",
        f"sslmode=verify-ca&sslrootcert={server.others}",
        f"sslmode=require&sslrootcert={server.others}",
        "sslmode=verify-full",
    ):
        with pytest.raises(StoreDownError, match="not trusted"):
            server.users(query)
    assert server.users("sslmode=require") == 0
    assert server.users("sslmode=disable") == 0


@pytest.mark.postgres
def test_a_server_without_tls_is_not_spoken_to(hospital_cluster: postgres.Cluster) -> None:
    for query in ("sslmode=require", "sslmode=verify-full"):
        with pytest.raises(StoreDownError, match="takes no TLS"):
            Database(f"{hospital_cluster.fresh()}?{query}", guard()).migrate_now()
