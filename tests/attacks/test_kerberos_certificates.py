"""Who wants a certificate in somebody else's name, for longer, more often, or for a CA."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import Connection

from kiosk.agent import kerberos
from kiosk.agent.doorbell import askings
from kiosk.agent.doorbell.request import DoorbellRequestError, Request
from kiosk.agent.kerberos import KerberosTickets
from kiosk.cli import kerberos as workspace
from kiosk.model.kerberos import KerberosIn, KerberosView
from kiosk.model.stepup import Asker
from kiosk.service.kerberos import issuing
from kiosk.service.kerberos.certificate import PKINIT_SAN, Subject, principal_der
from kiosk.service.kerberos.issuing import RESERVED
from kiosk.service.platform.kerberos_settings import KerberosSettings, kerberos_from
from kiosk.service.store import spending
from kiosk.service.store.request_budget import allowed, person_party, station_party
from kiosk.service.store.spending import Amount
from kiosk.settings import SettingsError
from tests.fakes.client import NOW
from tests.fakes.kdc import REALM
from tests.fakes.kerberos import PROGRAM, read, working
from tests.fakes.service import Hospital


def wished(key: rsa.RSAPrivateKey, login: str) -> str:
    """A request that names somebody else, wants a CA's powers and every purpose."""
    other = x509.OtherName(PKINIT_SAN, principal_der(Subject((login,), REALM)))
    made = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, login)]))
        .add_extension(x509.SubjectAlternativeName([other]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.2.3.5")]), critical=False)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


async def test_what_a_request_names_counts_for_nothing(service: Hospital) -> None:
    made = await working(service)
    answer = await made.asks(csr=wished(made.key, "administrator"))
    certificate = read(answer)
    assert answer.body["principal"] == f"ada@{REALM}"
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [name.value for name in names] == [principal_der(Subject(("ada",), REALM))]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert "1.3.6.1.5.2.3.5" not in [purpose.dotted_string for purpose in purposes], "it cannot be a KDC's"


async def test_a_station_asks_for_a_session_of_another_station(service: Hospital) -> None:
    made = await working(service)
    other = await service.station("ward-9-x")
    body = {"session": made.ward.session, "csr": workspace.request_for(made.key), "program": PROGRAM}
    assert (await other.post("/v1/kerberos", body)).body["reason"] == "not_active"


async def test_a_station_says_that_more_was_proved(service: Hospital) -> None:
    made = await working(service, acr="phr")
    answer = await made.asks(acr="phr")
    assert answer.status == 422, "there is no such word to be believed"


def weak() -> str:
    return workspace.request_for(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505 # as an attacker would


def odd_exponent() -> str:
    return workspace.request_for(rsa.generate_private_key(public_exponent=3, key_size=2048))


def of_a_curve() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    return made.public_bytes(Encoding.PEM).decode()


def not_signed_by_its_key() -> str:
    """Somebody else's key, whose holder asked for nothing."""
    text = workspace.request_for(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    der = bytearray(x509.load_pem_x509_csr(text.encode()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize("make", [weak, odd_exponent, of_a_curve, not_signed_by_its_key, lambda: "x" * 4000])
async def test_keys_that_are_none(service: Hospital, make: object) -> None:
    made = await working(service)
    assert callable(make)
    answer = await made.asks(csr=make())
    assert (answer.status, answer.body["code"]) == (422, "bad_csr")
    assert await service.trail("kerberos_certificate") == []


async def test_a_flood_of_requests_leaves_the_person_their_budget(either: Hospital) -> None:
    """And their workstation its own: a step-up of theirs is still asked for."""
    made = await working(either)
    csr = workspace.request_for(made.key)
    answers = [await made.asks(csr=csr) for _ in range(200)]
    assert [answer.status for answer in answers] == [200] * 22 + [429] * 178
    assert {answer.body["code"] for answer in answers[22:]} == {"over_budget"}
    assert len(await either.trail("kerberos_certificate")) == 22
    assert len(await either.trail("over_budget")) == 1, "told once an hour"
    budgets = either.service.budgets

    def both(conn: Connection) -> list[Amount]:
        parties = {person_party(made.ward.person): budgets.person_rows}
        parties[station_party(made.ward.station.client_id)] = budgets.other_rows
        return [spending.left(conn, party, allowed(budgets, rows), NOW) for party, rows in parties.items()]

    person, station = await either.db.read(both)
    assert person.rows >= budgets.person_rows - 30
    assert station.rows >= budgets.other_rows - 30
    either.clock.pass_by(3600)
    made.ward.station.token = None
    answer = await made.asks(csr=csr)
    assert (answer.status, answer.body["decision"]) == (200, "given"), "who asks in time gets one"


@pytest.mark.parametrize("ticket_seconds", [300, 3600, 36_000])
def test_who_renews_in_time_is_never_over(ticket_seconds: int) -> None:
    settings = KerberosSettings(ticket_seconds=ticket_seconds)
    assert issuing.an_hour(settings) >= 3600 // (ticket_seconds // 2) + 20


@pytest.mark.parametrize("login", [*sorted(RESERVED), "ada@elsewhere"])
async def test_a_login_that_is_somebody_else_in_a_realm(service: Hospital, login: str) -> None:
    made = await working(service)
    person = await service.person(login)
    await service.badge(person, "04B0B0B0")
    session = await made.ward.station.open("04B0B0B0")
    assert (await made.asks(session=session)).body["reason"] == "no_principal"


@pytest.mark.parametrize(
    "table",
    [
        {"realm": "R", "certificate_seconds": 601},
        {"realm": "R", "principal": "administrator"},
        {"realm": "R", "principal": "x{login}"},
        {"realm": "R", "principal": "{login}@OTHER"},
        {"realm": "R", "upn": "administrator@hospital.example"},
        {"realm": "R", "acr": "none"},
        {"realm": "R\n}"},
        {"realm": "R", "roles": "physician"},
        {"principal": "{login}"},
    ],
)
def test_settings_that_would_make_one_person_another(table: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        kerberos_from(table)


class Api:
    """A service that refuses, or gives where there is no reason, and counts how often it is asked."""

    def __init__(self, reason: str | None) -> None:
        self.asked: list[KerberosIn] = []
        self.reason = reason

    def api(self) -> Api:
        return self

    def kerberos(self, said: KerberosIn) -> KerberosView:
        self.asked.append(said)
        return KerberosView("given" if self.reason is None else "refused", self.reason)


def asker(login: str | None) -> Asker:
    return Asker("/usr/bin/x", 1, 1, login)


def test_a_program_of_no_workspace_and_of_a_hidden_one_is_not_carried_on() -> None:
    api = Api("proved_too_little")
    doors = KerberosTickets(api, lambda login: "s1" if login == "ada" else None)  # type: ignore[arg-type]  # as is used
    for login in (None, "ben"):
        assert doors.certify(Request(op="kerberos", csr="x"), asker(login)).reason == "not_seen"
    assert api.asked == []


def test_a_no_about_a_session_is_asked_for_once() -> None:
    """Whoever rings for ever fills no trail."""
    api, sessions = Api("proved_too_little"), ["s1"]
    doors = KerberosTickets(api, lambda _login: sessions[-1])  # type: ignore[arg-type]  # as is used
    for _ in range(100):
        assert doors.certify(Request(op="kerberos", csr="x"), asker("ada")).reason == "proved_too_little"
    assert len(api.asked) == 1
    sessions.append("s2")
    doors.certify(Request(op="kerberos", csr="x"), asker("ada"))
    assert [said.session for said in api.asked] == ["s1", "s2"]


def test_a_program_that_asks_on_and_on_is_carried_on_a_few_times() -> None:
    """Each session by itself: the next person's programs have their own."""
    api, sessions = Api(None), ["s1"]
    doors = KerberosTickets(api, lambda _login: sessions[-1])  # type: ignore[arg-type]  # as is used
    for session in ("s1", "s2"):
        sessions.append(session)
        for _ in range(200):
            with suppress(DoorbellRequestError):
                doors.certify(Request(op="kerberos", csr="x"), asker("ada"))
        assert 5 <= [said.session for said in api.asked].count(session) < 10


def test_one_more_is_afforded_each_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("kiosk.agent.doorbell.askings.time.monotonic", lambda: now[0])
    budget = askings.Askings(kerberos.BURST, kerberos.PER_SECOND)
    assert [budget.affords("s1") for _ in range(6)] == [True] * 5 + [False]
    now[0] += 61
    assert [budget.affords("s1") for _ in range(2)] == [True, False]


def test_what_is_destroyed_is_overwritten(tmp_path: Path) -> None:
    cache, beside = tmp_path / "krb5cc", tmp_path / "beside"
    cache.write_bytes(b"a ticket")
    beside.hardlink_to(cache)
    workspace.destroy(cache)
    assert (cache.exists(), beside.read_bytes()) == (False, b"\0" * 8)
