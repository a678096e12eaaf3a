"""PostgreSQL addresses as PostgreSQL people write them: taken as libpq takes them, or refused by name."""

from __future__ import annotations

import getpass
import itertools
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.service.folder import check_database
from kiosk.service.store import libpq_params
from kiosk.service.store.database import Database
from kiosk.service.store.errors import StoreDownError
from kiosk.service.store.passfile import password_for
from kiosk.service.store.postgres_connect import Connector
from kiosk.service.store.postgres_url import where
from kiosk.settings import SettingsError
from tests.fakes.stores import guard
from tests.service.store.test_database_tls import _certificate, _name

DB = "db.hospital.example"


@pytest.mark.parametrize(
    ("url", "hosts", "attrs"),
    [
        (f"postgres://kiosk@{DB}/kiosk", [(DB, 5432)], "any"),
        (f"postgresql+asyncpg://kiosk@{DB}:6432/kiosk", [(DB, 6432)], "any"),
        ("postgresql://kiosk@[2001:db8::5]/kiosk", [("2001:db8::5", 5432)], "any"),
        ("postgresql://kiosk@[2001:db8::5]:5433,[::1]/kiosk", [("2001:db8::5", 5433), ("::1", 5432)], "read-write"),
        ("postgresql://kiosk@h1:5432,h2:5433/kiosk", [("h1", 5432), ("h2", 5433)], "read-write"),
        ("postgresql://kiosk@h1,h2/kiosk?port=6000", [("h1", 6000), ("h2", 6000)], "read-write"),
        ("postgresql://kiosk@h1,h2/kiosk?target_session_attrs=any", [("h1", 5432), ("h2", 5432)], "any"),
        ("postgresql://kiosk@h1/kiosk?target_session_attrs=primary", [("h1", 5432)], "primary"),
        ("postgresql:///kiosk?host=h1,h2&port=6000,6001&user=kiosk", [("h1", 6000), ("h2", 6001)], "read-write"),
        ("postgresql:///kiosk?host=h1:6000&host=h2:6001&user=kiosk", [("h1", 6000), ("h2", 6001)], "read-write"),
        ("postgresql:///kiosk?host=2001:db8::5&user=kiosk", [("2001:db8::5", 5432)], "any"),
        ("postgresql:///kiosk?host=/var/run/postgresql&user=kiosk", [("/var/run/postgresql", 5432)], "any"),
        ("postgresql:///kiosk?host=%2Frun%2Fpg&port=6000&user=kiosk", [("/run/pg", 6000)], "any"),
        ("postgresql://kiosk@%2Frun%2Fpg:6000/kiosk", [("/run/pg", 6000)], "any"),
        ("postgresql://h1/kiosk?user=kiosk&", [("h1", 5432)], "any"),
        ("postgresql://kiosk@h1?dbname=kiosk", [("h1", 5432)], "any"),
    ],
)
def test_servers_are_read_as_libpq_reads_them(url: str, hosts: list[tuple[str, int]], attrs: str) -> None:
    check_database(url)
    found = where(url)
    assert [(host.name, host.port) for host in found.hosts] == hosts
    assert (found.user, found.database, found.attrs) == ("kiosk", "kiosk", attrs)


@pytest.mark.parametrize(
    ("login", "user", "password"),
    [
        ("kiosk:p%40ss%3Aw%2Frd%25", "kiosk", "p@ss:w/rd%"),
        ("kiosk:a:b?c+d&e=f#g", "kiosk", "a:b?c+d&e=f#g"),
        ("na%20me%40ward:p%C3%A4ss", "na me@ward", "päss"),
        ("kiosk:", "kiosk", None),
        ("kiosk", "kiosk", None),
    ],
)
def test_users_and_passwords_are_decoded_and_not_shown(login: str, user: str, password: str | None) -> None:
    found = where(f"postgresql://{login}@{DB}/kiosk")
    assert (found.user, found.password, [host.name for host in found.hosts]) == (user, password, [DB])
    assert password is None or password not in repr(found)


def test_every_slip_with_an_address_is_a_sentence_without_the_password() -> None:
    """Any one character of it left out, doubled, or another one in its place."""
    url = f"postgresql://kiosk:hunter2@{DB}:5432,h2:1/kiosk?sslmode=require&application_name=x"
    secret = range(url.index("hunter2"), url.index("hunter2") + 7)
    slips = [
        url[:n] + c + url[n + 1 :] for n, c in itertools.product(range(len(url)), "/@:?%=&#[, ") if n not in secret
    ]
    slips += [url[:n] + url[n + 1 :] for n in range(len(url)) if n not in secret]
    slips += [url[:n] + c + url[n:] for n, c in itertools.product(range(len(url)), "/@:?%=&#[, ")]
    refused = 0
    for slip in slips:
        try:
            check_database(slip)
            Database(slip, guard()).close_now()
        except (SettingsError, StoreDownError) as error:
            refused += 1
            assert not any(part in str(error) for part in ("hunter2", "unter2", "hunter", "hunt")), slip
            assert str(error).endswith(".")
    assert refused > len(slips) / 4


@pytest.mark.parametrize(
    ("query", "said"),
    [
        *((f"{name}=x", f"has {name}, which is not done here") for name in libpq_params.ELSEWHERE),
        *((f"{name}=certainly", f"{name} can only be") for name in libpq_params.ONLY),
        *((f"{name}=soon", f"{name} must be a whole number") for name in libpq_params.NUMBERS),
        *((f"target_session_attrs={role}", "cannot work on a standby") for role in libpq_params.READS),
        ("target_session_attrs=master", "target_session_attrs must be any, read-write or primary"),
        ("connect_timeout=9999999999999999999999", "connect_timeout must be"),
        ("sslnegotiation=direct&sslmode=disable", "sslnegotiation=direct needs sslmode"),
        ("sslnegotiation=x", "sslnegotiation must be one of"),
        ("ssl=maybe", "The database's ssl must be true or, as sslmode, one of"),
        ("ssl=1", "The database's ssl must be true or, as sslmode, one of"),
        ("channel_binding=require", "The driver signs in without it"),
        ("sslrootcert=system&sslmode=require", "sslrootcert=system needs sslmode=verify-full"),
        ("sslkey=/k", "sslkey needs its certificate"),
        ("sslcert=/c&sslmode=prefer", "sslcert needs sslmode"),
        ("sslmode", "sslmode, is not name=value"),
        ("options=-c a=b", "options, is not name=value"),
        ("sslmode=%zz", "parameter sslmode: a % is not followed"),
        ("user=%00", "%00"),
        ("user=%ff", "UTF-8"),
        ("port=1,2,3", "3 ports for 1 host:"),
        ("port=0", "no number from 1"),
        ("passfile=x", "passfile must be the whole path"),
        ("statement_cache_size=0", "not known here: statement_cache_size"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_name(query: str, said: str) -> None:
    for url in (f"postgresql://kiosk:hunter2@{DB}/kiosk?{query}",):
        with pytest.raises(SettingsError) as caught:
            check_database(url)
        assert said in str(caught.value)
        assert "hunter2" not in str(caught.value)


def test_a_host_of_other_letters_is_told_how_dns_writes_it() -> None:
    with pytest.raises(SettingsError, match="Write it as DNS has it, with xn--"):
        check_database("postgresql://kiosk@dätenbank.hospital.example/kiosk")


def test_what_the_driver_does_anyway_is_taken() -> None:
    for name, words in libpq_params.ONLY.items():
        for word in words:
            assert where(f"postgresql://kiosk@{DB}/kiosk?{name}={word}").mode == "verify-full"
    assert where(f"postgresql://kiosk@{DB}/kiosk?ssl=true").mode == "require"
    assert where(f"postgresql://kiosk@{DB}/kiosk?sslmode=").mode == "verify-full"
    assert where("postgresql://kiosk@localhost/kiosk?sslrootcert=/etc/ca.pem").mode == "verify-full"
    assert where(f"postgresql://kiosk@localhost,{DB}/kiosk").mode == "verify-full"
    assert set(libpq_params.NUMBERS) < libpq_params.HERE
    assert not set(libpq_params.HERE) & (set(libpq_params.ONLY) | set(libpq_params.ELSEWHERE))


def test_the_environment_says_where_and_who_and_never_how_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPORT", "PGUSER"):
        monkeypatch.delenv(name, raising=False)
    here = where("postgresql:///kiosk")
    assert (here.user, here.local, here.hosts[-1].name) == (getpass.getuser(), True, "localhost")
    monkeypatch.setenv("PGHOST", DB)
    monkeypatch.setenv("PGPORT", "6432")
    monkeypatch.setenv("PGUSER", "nurse")
    monkeypatch.setenv("PGSSLMODE", "disable")
    monkeypatch.setenv("PGTARGETSESSIONATTRS", "standby")
    found = where("postgresql:///kiosk")
    assert (str(found.hosts[0]), found.user, found.local, found.mode) == (f"{DB}:6432", "nurse", False, "verify-full")
    assert (found.attrs, isinstance(found.ssl(), ssl.SSLContext)) == ("any", True)
    monkeypatch.setenv("PGPORT", "soon")
    with pytest.raises(StoreDownError, match="PGPORT"):
        where("postgresql:///kiosk")


def test_a_client_certificate_is_used_and_a_key_that_others_can_read_is_not(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate("kiosk", key, _name("kiosk"), key, ca=True)
    certificate, private = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    private.chmod(0o600)
    other = tmp_path / "other.pem"
    other.write_bytes(_certificate("other", key, _name("other"), key, ca=True).public_bytes(Encoding.PEM))
    base = f"postgresql://kiosk:hunter2@{DB}/kiosk?sslrootcert={certificate}&sslcert={certificate}"
    secured = where(f"{base}&sslkey={private}&ssl_min_protocol_version=TLSv1.3").ssl()
    assert isinstance(secured, ssl.SSLContext)
    assert secured.minimum_version == ssl.TLSVersion.TLSv1_3
    for query, said in (
        (f"&sslkey={tmp_path}/none", "client key .*none, cannot be read: No such file"),
        (f"&sslkey={certificate}", "can be read by others"),
        (f"&sslkey={private}&sslcrl={tmp_path}/none", "sslcrl.*cannot be read"),
        (f"&sslkey={private}&sslcrl={other}", "sslcrl, .*, holds a certificate"),
    ):
        with pytest.raises(StoreDownError, match=said):
            Connector(where(base + query), "kiosk")
    certificate.chmod(0o600)
    with pytest.raises(StoreDownError, match="cannot be used"):
        where(f"{base}&sslkey={certificate}").ssl()


def test_a_password_file_is_read_as_libpq_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pgpass"
    file.write_text(
        "# h1:5432:*:kiosk:no\n\nh1:5432:kiosk:kiosk\nh1:5433:kiosk:kiosk:other port\n"
        "2001\\:db8\\:\\:5:5432:*:kiosk:six\nlocalhost:5432:*:kiosk:local\n/run/pg:*:*:nurse:socket\n"
        "h1:*:kiosk:kiosk:a\\:b\\\\c:d \nh1:*:kiosk:kiosk:second\n"
    )
    file.chmod(0o600)
    for host, port, user, password in (
        ("h1", 5432, "kiosk", "a:b\\c:d "),
        ("h1", 5433, "kiosk", "other port"),
        ("2001:db8::5", 5432, "kiosk", "six"),
        ("/run/postgresql", 5432, "kiosk", "local"),
        ("/run/pg", 1, "nurse", "socket"),
        ("h2", 5432, "kiosk", None),
        ("h1", 5432, "nurse", None),
    ):
        assert password_for(str(file), host, port, "kiosk", user) == password
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert password_for(None, "h1", 5433, "kiosk", "kiosk") == "other port"
    file.chmod(0o640)
    assert password_for(None, "h1", 5433, "kiosk", "kiosk") is None
    with pytest.raises(StoreDownError, match="can be read by others"):
        password_for(str(file), "h1", 5433, "kiosk", "kiosk")
    with pytest.raises(StoreDownError, match="No such file"):
        password_for(f"{file}.none", "h1", 5433, "kiosk", "kiosk")
    monkeypatch.setenv("PGPASSFILE", f"{file}.none")
    assert password_for(None, "h1", 5433, "kiosk", "kiosk") is None
