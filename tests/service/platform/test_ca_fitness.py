"""A CA is trusted only if cards of it can pass; what is said of one that is refused is what the verifier refuses."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from kiosk.service.platform import ca_fitness
from kiosk.service.proofs import certificate_paths
from kiosk.verification.refused import ProofRefusedError
from tests.fakes.card_cas import DAY, CardCa, card_ca, name, old_ca, pss_ca, sha1_signed, usage

PLAIN = x509.ObjectIdentifier("1.2.3.4")


def directory_names() -> x509.NameConstraints:
    return x509.NameConstraints([x509.DirectoryName(name("x"))], None)


def ocsp() -> x509.AuthorityInformationAccess:
    place = x509.UniformResourceIdentifier("http://ocsp.example")
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)])


def for_purposes(*purposes: x509.ObjectIdentifier) -> CardCa:
    return card_ca((x509.ExtendedKeyUsage(list(purposes)), False))


def short_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505  # what must be refused


UNFIT: dict[str, tuple[Callable[[], CardCa], str]] = {
    "no BasicConstraints": (lambda: card_ca(basic=None), "no BasicConstraints"),
    "no CA": (lambda: card_ca(basic=(x509.BasicConstraints(False, None), True)), "no CA's certificate"),
    "BasicConstraints not critical": (
        lambda: card_ca(basic=(x509.BasicConstraints(True, None), False)),
        "not marked critical",
    ),
    "no KeyUsage": (lambda: card_ca(may_sign=None), "no KeyUsage"),
    "no keyCertSign": (lambda: card_ca(may_sign=(usage(crl_sign=True), True)), "no keyCertSign"),
    "over": (lambda: card_ca(ends=timedelta(hours=-3)), "ended 3 hours ago"),
    "not yet": (lambda: card_ca(begins=timedelta(days=9, minutes=1)), "valid in 9 days"),
    "RSA 1024": (lambda: card_ca(key=short_key()), "1024 bits, and 2048 are needed"),
    "Brainpool": (lambda: card_ca(key=ec.generate_private_key(ec.BrainpoolP256R1())), "brainpoolP256r1"),
    "Ed25519": (lambda: card_ca(key=ed25519.Ed25519PrivateKey.generate()), "neither RSA nor ECC"),
    "RSASSA-PSS": (pss_ca, "for RSASSA-PSS alone (RFC 4055)"),
    "version 1": (lambda: old_ca("v1"), "of version 1"),
    "directory names": (lambda: card_ca((directory_names(), True)), "name constraints"),
    "unknown critical": (lambda: card_ca((x509.UnrecognizedExtension(PLAIN, b"\5\0"), True)), "1.2.3.4"),
    "critical OCSP": (lambda: card_ca((ocsp(), True)), "critical extension"),
    "for servers": (lambda: for_purposes(ExtendedKeyUsageOID.SERVER_AUTH), "other purposes"),
    "no name": (lambda: card_ca(common=""), "no name"),
}
FIT: dict[str, Callable[[], CardCa]] = {
    "plain": card_ca,
    "path length 0": lambda: card_ca(basic=(x509.BasicConstraints(True, 0), True)),
    "KeyUsage not critical": lambda: card_ca(may_sign=(usage(key_cert_sign=True, crl_sign=True), False)),
    "RSA 2048": lambda: card_ca(key=rsa.generate_private_key(65537, 2048)),
    "P-384": lambda: card_ca(key=ec.generate_private_key(ec.SECP384R1())),
    "P-521": lambda: card_ca(key=ec.generate_private_key(ec.SECP521R1())),
    "its own signature by SHA-1": lambda: old_ca(digest="sha1"),
    "directory names, not critical": lambda: card_ca((directory_names(), False)),
    "for clients": lambda: for_purposes(ExtendedKeyUsageOID.CLIENT_AUTH),
    "for everything": lambda: for_purposes(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE),
    "under another": lambda: card_ca(common="Ward CA", under=card_ca(basic=(x509.BasicConstraints(True, 0), True))),
}


def passes(ca: CardCa, card: x509.Certificate) -> bool:
    anchor = certificate_paths.Ca("mark", ca.pem.decode(), False)
    try:
        certificate_paths.validate(card.public_bytes(Encoding.DER), [anchor], int(time.time()))
    except ProofRefusedError:
        return False
    return True


@pytest.mark.parametrize("kind", UNFIT)
def test_an_unfit_ca_is_refused_with_its_fault_and_no_card_of_it_passes(kind: str) -> None:
    make, said = UNFIT[kind]
    ca = make()
    found = ca_fitness.fault(ca.certificate, int(time.time()))
    assert found is not None
    assert said in found
    assert found.endswith("."), "a sentence"
    assert not passes(ca, ca.card())


@pytest.mark.parametrize("kind", FIT)
def test_cards_of_a_ca_that_is_fit_pass(kind: str) -> None:
    ca = FIT[kind]()
    assert ca_fitness.fault(ca.certificate, int(time.time())) is None
    assert ca_fitness.warning(ca.certificate, int(time.time())) is None
    assert passes(ca, ca.card())


def test_a_fault_without_words_of_our_own_is_told_without_the_librarys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ca_fitness, "_of_kind", lambda _ca: None)
    found = ca_fitness.fault(card_ca(basic=None).certificate, int(time.time()))
    assert found is not None
    assert found == "The verifier refuses it, and which rule of RFC 5280 it breaks is not known here."


def test_a_ca_of_which_something_is_refused_is_taken_with_a_warning() -> None:
    quiet = card_ca(may_sign=(usage(key_cert_sign=True), True))
    assert "no cRLSign" in (ca_fitness.warning(quiet.certificate, int(time.time())) or "")
    assert ca_fitness.fault(quiet.certificate, int(time.time())) is None
    hosts = x509.NameConstraints([x509.UniformResourceIdentifier("x.example")], None)
    narrow = card_ca((hosts, True))
    assert "by a URI" in (ca_fitness.warning(narrow.certificate, int(time.time())) or "")
    named = x509.SubjectAlternativeName([ca_fitness.URI])
    assert (passes(narrow, narrow.card()), passes(narrow, narrow.card((named, False)))) == (True, False)


def test_a_card_signed_with_sha_1_passes_nowhere() -> None:
    ca = card_ca(key=rsa.generate_private_key(65537, 2048))
    card = ca.card()
    assert passes(ca, card)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert not passes(ca, sha1_signed(ca, card))


def test_a_clock_that_is_wrong_is_told_from_a_certificate_that_is() -> None:
    begins = card_ca(begins=DAY).certificate
    at = int(begins.not_valid_before_utc.timestamp()) - 90
    said = ca_fitness.fault(begins, at) or ""
    assert "valid in 90 s" in said
    assert "clock" in said
    assert ca_fitness.fault(begins, at + 90) is None
