"""Who gets a certificate for a Kerberos ticket, what stands in it, and what is written down."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from kiosk.service.admin import people
from kiosk.service.admin.act import Admin
from kiosk.service.kerberos.certificate import (
    CLIENT_AUTH,
    PKINIT_SAN,
    SMARTCARD_LOGON,
    UPN_SAN,
    Subject,
    principal_der,
)
from kiosk.service.platform.kerberos_settings import KerberosSettings
from tests.fakes.client import NOW
from tests.fakes.kdc import REALM
from tests.fakes.kerberos import bend, read, working
from tests.fakes.service import Hospital

ADMIN = Admin("root", 0, NOW)


async def test_a_certificate_of_minutes_in_the_name_of_whose_session_it_is(either: Hospital) -> None:
    made = await working(either, upn="{login}@hospital.example", certificate_seconds=120)
    answer = await made.asks()
    certificate = read(answer)
    authority = either.service.keys.kerberos[0].certificate
    certificate.verify_directly_issued_by(authority)
    assert certificate.public_key() == made.key.public_key()
    assert answer.body["authority"].encode().startswith(b"-----BEGIN CERTIFICATE-----")
    assert (answer.body["principal"], answer.body["ticket_seconds"]) == (f"ada@{REALM}", 3600)
    now = int(either.clock())
    assert certificate.not_valid_after_utc.timestamp() == answer.body["until"] == now + 120
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    others = {name.type_id: name.value for name in names if isinstance(name, x509.OtherName)}
    assert others == {
        PKINIT_SAN: principal_der(Subject(("ada",), REALM)),
        UPN_SAN: b"\x0c\x14ada@hospital.example",
    }
    purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [CLIENT_AUTH, SMARTCARD_LOGON]
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.value.ca, basic.critical) == (False, True)
    row = (await either.trail("kerberos_certificate"))[-1]
    assert (row["result"], row["login"], row["acr"]) == ("success", "ada", "urn:kiosk:pin")
    assert row["detail"]["sha256"] == certificate.fingerprint(SHA256()).hex()
    assert (row["detail"]["principal"], row["detail"]["until"]) == (f"ada@{REALM}", now + 120)


def test_a_principal_is_written_as_the_standard_says() -> None:
    """RFC 4556 section 3.2.2; the bytes that ``openssl asn1parse`` reads as RFC 4120 names them."""
    wanted = "301fa0031b0145a1183016a003020101a10f300d1b036164611b0661646d696e73"
    told = principal_der(Subject(("ada", "admins"), "E"))
    assert told.hex() == wanted


def test_long_names_have_long_lengths() -> None:
    told = principal_der(Subject(("a" * 200,), "E" * 300))
    assert told[:2] == b"\x30\x82"
    assert int.from_bytes(told[2:4], "big") == len(told) - 4


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"acr": "urn:kiosk:mfa"}, "proved_too_little"),
        ({"acr": "phr"}, "proved_too_little"),
        ({"roles": ("physician",)}, "access_denied"),
    ],
)
async def test_who_has_proved_too_little_or_may_not_gets_none(
    service: Hospital, settings: dict[str, Any], reason: str
) -> None:
    made = await working(service, **settings)
    assert (await made.asks()).body["reason"] == reason
    row = (await service.trail("kerberos_certificate"))[-1]
    assert (row["result"], row["reason"], row["login"]) == ("refused", reason, "ada")


async def test_a_tap_alone_in_grace_gets_none_unless_the_hospital_says_so(service: Hospital) -> None:
    made = await working(service)
    read(await made.asks())
    service.clock.pass_by(10)
    made.ward.session = await made.ward.station.open("04A1B2C3")
    assert (await made.asks()).body["reason"] == "proved_too_little"
    bend(service, kerberos=KerberosSettings(realm=REALM, acr="urn:kiosk:identified"))
    assert (await made.asks()).body["decision"] == "given"


async def test_without_realm_or_ca_there_is_none(service: Hospital) -> None:
    made = await working(service)
    bend(service, keys=service.folder.keys)
    assert (await made.asks()).body["reason"] == "not_set_up"
    bend(service, kerberos=KerberosSettings())
    assert (await made.asks()).body["reason"] == "not_set_up"


async def test_revocation_ends_it_at_once(either: Hospital) -> None:
    made = await working(either)
    read(await made.asks())
    await either.db.write(people.suspend, ADMIN, "ada")
    assert (await made.asks()).body["reason"] == "not_active"


async def test_whoever_is_not_seen_gets_none(service: Hospital) -> None:
    made = await working(service)
    ben = await service.person("ben", "Ben Macdui")
    await service.badge(ben, "04B0B0B0")
    await made.ward.station.open("04B0B0B0")
    assert (await made.asks()).body["reason"] == "not_seen"
