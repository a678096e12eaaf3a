"""Each certificate of a card that is refused is named, with the rule that it breaks and what to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from kiosk.service.admin import authorities, card_faults
from kiosk.service.admin.act import Admin
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs import certificate_authority
from kiosk.service.store.database import Database
from kiosk.simulator.piv_ca import PIV_CARD_AUTH
from tests.fakes.card_cas import DAY, CardCa, Extension, card_ca, sha1_signed, usage
from tests.fakes.stores import migrated_file, sqlite

__all__ = ["migrated_file", "sqlite"]

CA = card_ca(key=rsa.generate_private_key(65537, 2048))
NAMESAKE = card_ca()
STRANGER = card_ca(common="Stranger CA")
GONE = card_ca(common="Gone CA")
FOR_SERVERS: Extension = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
FOR_CARDS: Extension = (x509.ExtendedKeyUsage([PIV_CARD_AUTH]), True)
STRANGE: Extension = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"), True)
IS_A_CA: Extension = (x509.BasicConstraints(True, None), True)


LATIN_MAIL = bytes.fromhex("300f810d") + "jörg@h.exampl".encode("latin-1")
LATIN_NOTICE = (
    bytes.fromhex("30263024")
    + bytes.fromhex("06032a0304301d301b06082b06010505070202300f1a0d")
    + ("für uns allein".encode("latin-1")[:13])
)


def short_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505  # what must be refused


def admin() -> Admin:
    return Admin("root", 0, int(time.time()))


@pytest.fixture
def store(sqlite: Database) -> Database:
    """CA is trusted, GONE was."""
    for ca in (CA, GONE):
        sqlite.write_now(authorities.add_file, admin(), authorities.read_file(ca.pem), hardware=False)
    sqlite.write_now(authorities.remove_ca, admin(), "Gone CA", "key stolen")
    return sqlite


def faults(store: Database, now: int | None = None, **held: x509.Certificate | bytes | None) -> list[str]:
    ders = {
        slot.removeprefix("slot_"): content.public_bytes(Encoding.DER)
        if isinstance(content, x509.Certificate)
        else content
        for slot, content in held.items()
    }
    return store.read_now(card_faults.faults, KeyRules(), ders, now or int(time.time()))


def under_another_key() -> x509.Certificate:
    return NAMESAKE.card()


def forged() -> x509.Certificate:
    """It names the trusted CA and its key identifier, and another key signed it."""
    return CardCa(CA.certificate, NAMESAKE.key).card(named=CA)


BAD: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "another issuer": (
        STRANGER.card,
        ["“CN=Stranger CA” (key id " + certificate_authority.key_id(STRANGER.certificate), "piv-ca add FILE"],
    ),
    "a former CA": (GONE.card, ["trusted no more", "by root: key stolen", "piv-ca add FILE"]),
    "another key of the CA": (
        under_another_key,
        [
            certificate_authority.key_id(NAMESAKE.certificate),
            certificate_authority.key_id(CA.certificate),
            "new certificate",
        ],
    ),
    "forged": (forged, ["may be a forgery"]),
    "no KeyUsage": (lambda: CA.card(may_sign=None), ["no KeyUsage"]),
    "no digitalSignature": (lambda: CA.card(may_sign=(usage(key_agreement=True), True)), ["without digitalSignature"]),
    "for servers": (lambda: CA.card(FOR_SERVERS), ["ExtendedKeyUsage 1.3.6.1.5.5.7.3.1", "id-PIV-cardAuth"]),
    "a CA's": (lambda: CA.card(IS_A_CA), ["is a CA's"]),
    "unknown critical": (lambda: CA.card(STRANGE), ["1.2.3.4"]),
    "over": (lambda: CA.card(ends=timedelta(hours=-5)), ["ended 5 hours ago", "new card"]),
    "RSA 1024": (lambda: CA.card(key=short_key()), ["RSA key of 1024 bits", "2048, 3072, 4096"]),
    "P-521": (lambda: CA.card(key=ec.generate_private_key(ec.SECP521R1())), ["secp521r1"]),
    "SHA-1": (lambda: sha1_signed(CA, CA.card()), ["signed with SHA1"]),
    "SHA-224": (lambda: CA.card(digest=hashes.SHA224()), ["signed with SHA224, which is not taken", "SHA-256"]),
    "SHA3": (lambda: CA.card(digest=hashes.SHA3_256()), ["signed with SHA3-256, which is not taken"]),
    "PSS with a long salt": (
        lambda: CA.card(pss=padding.PSS(padding.MGF1(hashes.SHA256()), 64)),
        ["RSASSA-PSS and a salt of 64 bytes", "A salt of 32"],
    ),
    "Latin-1 in its mail": (
        lambda: CA.card((x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, LATIN_MAIL), False)),
        ["SUBJECT_ALTERNATIVE_NAME (2.5.29.17) has an rfc822Name with the byte F6", "RFC 5280 section 4.2.1.6"],
    ),
    "damaged": (lambda: b"\x30\x03\x02\x01\x05", ["damaged"]),
    "too long": (lambda: bytes(7000), ["longer than 6144 bytes"]),
}


@pytest.mark.parametrize("slot", ["9E", "9A"])
def test_the_fault_of_either_certificate_is_named(store: Database, slot: str) -> None:
    good = CA.card(FOR_CARDS)
    for kind, (make, said) in BAD.items():
        held = {"slot_9E": good, "slot_9A": good} | {f"slot_{slot}": make()}
        found = faults(store, **held)
        assert len(found) == 1, kind
        assert found[0].startswith(f"The card's {slot} certificate "), kind
        assert [part for part in said if part not in found[0]] == [], found[0]
        assert "trusted already" not in found[0]


def test_both_are_named_where_both_are_refused_and_none_where_none_is(store: Database) -> None:
    assert len(faults(store, slot_9E=STRANGER.card(), slot_9A=CA.card(may_sign=None))) == 2
    assert faults(store, slot_9E=CA.card(FOR_CARDS), slot_9A=CA.card()) == []
    assert faults(store, slot_9E=CA.card(), slot_9A=None) == []


def test_an_extension_that_nobody_needs_and_nobody_can_read_is_no_fault(store: Database) -> None:
    notice: Extension = (x509.UnrecognizedExtension(ExtensionOID.CERTIFICATE_POLICIES, LATIN_NOTICE), False)
    with pytest.raises(ValueError, match="parsing asn1"):
        list(CA.card(notice).extensions)
    assert faults(store, slot_9E=CA.card(notice, FOR_CARDS), slot_9A=CA.card(notice)) == []
    critical: Extension = (x509.UnrecognizedExtension(ExtensionOID.CERTIFICATE_POLICIES, LATIN_NOTICE), True)
    (said,) = faults(store, slot_9E=CA.card(critical))
    assert "CERTIFICATE_POLICIES (2.5.29.32) has a VisibleString with the byte FC" in said


def test_other_pss_is_no_fault(store: Database) -> None:
    assert faults(store, slot_9E=CA.card(pss=padding.PSS(padding.MGF1(hashes.SHA256()), 32))) == []


def test_a_certificate_of_the_next_minute_is_told_from_an_old_one(store: Database) -> None:
    now = int(time.time())
    soon = CA.card(begins=timedelta(seconds=90), at=datetime.fromtimestamp(now, UTC))
    (said,) = faults(store, now, slot_9A=soon)
    assert "is valid in 90 s" in said
    assert "clock" in said
    assert "new card" not in said
    assert faults(store, now + 90, slot_9A=soon) == []


def test_a_trusted_ca_that_has_ended_is_the_one_to_renew(store: Database) -> None:
    short = card_ca(common="Short CA", ends=DAY)
    store.write_now(authorities.add_file, admin(), authorities.read_file(short.pem), hardware=False)
    (said,) = faults(store, int(time.time()) + 2 * 86_400, slot_9E=short.card())
    assert "“CN=Short CA”, which is trusted, but not usable. It ended 2" in said
    assert "Ask its owner for the present one" in said
