"""``kiosk admin piv-ca`` and ``crl`` with files as hospitals have them, and cards under those CAs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from kiosk.simulator.piv_ca import CardAuthority
from tests.attacks.test_revoked_card_after_renewal import renewed
from tests.cli.test_admin_cards import lay, staffed, trust
from tests.fakes.admin import AdminDesk, desk
from tests.fakes.card_cas import CardCa, card_ca, joined, sha1_list, usage, without_number
from tests.fakes.simulated_cards import a_piv_card

__all__ = ["desk", "staffed"]

DAMAGED = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def write(folder: Path, data: bytes) -> str:
    (folder / "file").write_bytes(data)
    return str(folder / "file")


def subjects(desk: AdminDesk) -> list[str]:
    return [line.split("\t")[1] for line in desk.admin("piv-ca", "list").splitlines()]


def test_every_ca_of_a_bundle_is_trusted_and_what_is_left_is_named(desk: AdminDesk, tmp_path: Path) -> None:
    root = card_ca(common="Root")
    ward = card_ca(common="Ward", under=root)
    weak = card_ca(common="Weak", may_sign=None)
    bundle = b"# cards\r\n" + joined([root, ward]) + DAMAGED + weak.pem + root.pem
    assert desk.admin("piv-ca", "add", write(tmp_path, bundle)).count("are trusted now") == 2
    assert "Part 3 (line" in desk.err
    assert "“CN=Weak”" in desk.err
    assert "no KeyUsage" in desk.err
    assert "the same certificate" in desk.err
    assert subjects(desk) == ["CN=Root", "CN=Ward"]
    assert desk.acts().count("piv-ca.add") == 2


@pytest.mark.parametrize("form", ["pem", "der", "p7b", "p7b in PEM", "BOM", "UTF-16"])
def test_a_ca_is_taken_in_every_form(desk: AdminDesk, tmp_path: Path, form: str) -> None:
    ca = card_ca()
    forms = {
        "pem": ca.pem,
        "der": ca.der,
        "p7b": pkcs7.serialize_certificates([ca.certificate], Encoding.DER),
        "p7b in PEM": pkcs7.serialize_certificates([ca.certificate], Encoding.PEM),
        "BOM": b"\xef\xbb\xbf" + ca.pem.replace(b"\n", b"\r\n"),
        "UTF-16": ca.pem.decode().encode("utf-16"),
    }
    desk.admin("piv-ca", "add", write(tmp_path, forms[form]))
    assert subjects(desk) == ["CN=Card CA"]


def test_trusted_already_never_follows_trust_its_ca(desk: AdminDesk, tmp_path: Path) -> None:
    for unfit in (card_ca(may_sign=None), card_ca(basic=(x509.BasicConstraints(True, None), False))):
        for _ in range(2):
            said = desk.admin("piv-ca", "add", write(tmp_path, unfit.pem), status=1)
            assert "No card of this CA could ever be used" in said
            assert "already" not in said
    assert desk.admin("piv-ca", "list") == ""


def test_an_intermediate_ca_works_without_its_root_and_a_root_is_no_help_for_it(
    staffed: AdminDesk, tmp_path: Path
) -> None:
    root = CardAuthority.new("Root")
    ward = root.subordinate("Ward CA")
    lay(staffed, a_piv_card(authority=ward))
    trust(staffed, root, tmp_path)
    said = staffed.admin("piv", "add", "ada", status=1)
    assert "Ward CA" in said
    assert "piv-ca add" in said
    trust(staffed, ward, tmp_path)
    staffed.admin("piv", "add", "ada")


def test_a_cross_certificate_is_the_same_ca(desk: AdminDesk, tmp_path: Path) -> None:
    mine = card_ca(common="Bridge")
    cross = card_ca(common="Bridge", key=mine.key, under=card_ca(common="Elsewhere"))
    said = desk.admin("piv-ca", "add", write(tmp_path, joined([mine, cross])))
    assert "trusted already, by name and key" in said
    assert "of 0 persons" in desk.admin("piv-ca", "remove", "Bridge", "--reason", "merged")
    assert all("trusted no more" in line for line in desk.admin("piv-ca", "list").splitlines())


def test_a_ca_is_untrusted_with_a_reason_and_trusted_again(staffed: AdminDesk, tmp_path: Path) -> None:
    authority = CardAuthority.new()
    trust(staffed, authority, tmp_path)
    (tmp_path / "new.pem").write_bytes(renewed(authority).public_bytes(Encoding.PEM))
    staffed.admin("piv-ca", "add", str(tmp_path / "new.pem"))
    lay(staffed, a_piv_card(authority=authority))
    staffed.admin("piv", "add", "ada")
    with pytest.raises(SystemExit):
        staffed.admin("piv-ca", "remove", "Simulated Hospital Card CA")
    told = staffed.admin("piv-ca", "remove", str(tmp_path / "ca.pem"), "--reason", "its key was stolen")
    assert "1 card of 1 person" in told
    assert "all 2 certificates" in told
    listed = staffed.admin("piv-ca", "list")
    assert listed.count("its key was stolen") == 2
    assert listed.count("1 card refused") == 2
    row = next(row for row in staffed.rows() if row["detail"].get("act") == "piv-ca.remove")
    assert (row["detail"]["reason"], row["detail"]["cards"]) == ("its key was stolen", 1)
    lay(staffed, a_piv_card(authority=authority))
    said = staffed.admin("piv", "add", "ben", status=1)
    assert "trusted no more" in said
    assert "its key was stolen" in said
    assert "piv-ca list" in staffed.admin("piv-ca", "remove", "Simulated Hospital Card CA", "--reason", "x", status=1)
    trust(staffed, authority, tmp_path)
    staffed.admin("piv", "add", "ben")
    staffed.rows()


def test_of_two_cas_of_one_name_the_one_that_is_meant_is_untrusted(desk: AdminDesk, tmp_path: Path) -> None:
    desk.admin("piv-ca", "add", write(tmp_path, joined([card_ca(common="Twin"), card_ca(common="Twin")])))
    said = desk.admin("piv-ca", "remove", "twin", "--reason", "x", status=1)
    assert "Several CAs" in said
    mark = desk.admin("piv-ca", "list").split("\t")[0]
    desk.admin("piv-ca", "remove", mark.upper(), "--reason", "x")
    lines = desk.admin("piv-ca", "list").splitlines()
    assert [("trusted no more" in line, line.startswith(mark)) for line in lines] == [(False, False), (True, True)]


def a_list(ca: CardCa, number: int, *, base: int | None = None) -> bytes:
    at = datetime.now(UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(ca.certificate.subject)
    builder = builder.last_update(at - timedelta(hours=1)).next_update(at + timedelta(days=1))
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    assert not hasattr(ca.key, "public_bytes_raw")
    return builder.sign(ca.key, SHA256()).public_bytes(Encoding.PEM)


def test_every_list_of_a_file_is_taken_in_and_the_others_are_named(desk: AdminDesk, tmp_path: Path) -> None:
    ca, stranger = card_ca(common="Ours"), card_ca(common="Theirs")
    desk.admin("piv-ca", "add", write(tmp_path, ca.pem))
    both = b"\xef\xbb\xbf" + a_list(ca, 8, base=7) + a_list(stranger, 1) + a_list(ca, 7) + ca.pem
    said = desk.admin("crl", "add", write(tmp_path, both))
    assert "Took in the list of CN=Ours" in said
    assert "Took in the list of changes of CN=Ours" in said
    assert "signed by a trusted CA, but by “CN=Theirs”" in desk.err
    assert "Part 4" in desk.err
    assert desk.acts().count("crl.add") == 2


def test_a_list_signed_with_sha_1_is_called_that(desk: AdminDesk, tmp_path: Path) -> None:
    ca = card_ca(key=rsa.generate_private_key(65537, 2048))
    desk.admin("piv-ca", "add", write(tmp_path, ca.pem))
    old = sha1_list(ca, x509.load_pem_x509_crl(a_list(ca, 1))).public_bytes(Encoding.DER)
    assert "with SHA-1" in desk.admin("crl", "add", write(tmp_path, old), status=1)


def test_a_list_of_public_cas_is_not_trusted_as_a_whole(desk: AdminDesk, tmp_path: Path) -> None:
    many = joined([card_ca(common=f"Public {number}") for number in range(21)])
    assert "21 certificates" in desk.admin("piv-ca", "add", write(tmp_path, many), status=1)
    assert subjects(desk) == []


def test_a_serial_number_of_zero_is_said_and_no_warning_of_the_library_is(desk: AdminDesk, tmp_path: Path) -> None:
    zero = without_number(card_ca(key=rsa.generate_private_key(65537, 2048)))
    said = desk.admin("piv-ca", "add", write(tmp_path, zero.pem), status=1)
    assert "serial number is not positive" in said
    assert "Warning" not in said


def test_why_a_list_is_no_trusted_cas_is_said(desk: AdminDesk, tmp_path: Path) -> None:
    quiet = card_ca(common="Quiet", may_sign=(usage(key_cert_sign=True), True))
    desk.admin("piv-ca", "add", write(tmp_path, quiet.pem))
    assert "no cRLSign" in desk.err
    assert "no cRLSign" in desk.admin("crl", "add", write(tmp_path, a_list(quiet, 1)), status=1)
    namesake = card_ca(common="Quiet")
    assert "another key signed it" in desk.admin("crl", "add", write(tmp_path, a_list(namesake, 1)), status=1)
    gone = card_ca(common="Gone")
    desk.admin("piv-ca", "add", write(tmp_path, gone.pem))
    desk.admin("piv-ca", "remove", "gone", "--reason", "closed")
    assert "trusted no more" in desk.admin("crl", "add", write(tmp_path, a_list(gone, 1)), status=1)
