"""Files of CAs for TLS are taken as they come, and what they name is trusted: intermediates without their root, too."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7

from kiosk.cli import doctor_trust
from kiosk.service.folder import open_folder
from kiosk.service.platform.certificate_files import CertificateFileError
from kiosk.service.platform.tls_roots import left_in, trusting
from tests.fakes.admin import AdminDesk, desk
from tests.fakes.card_cas import card_ca, joined

__all__ = ["desk"]

HOST = "mail.hospital.example"
ROOT = card_ca(common="Root")
WARD = card_ca(common="Ward", under=ROOT)
STRANGER = card_ca(common="Stranger")
DAMAGED = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """Of the ward's CA, which it shows with its own certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    mine = WARD.card((x509.SubjectAlternativeName([x509.DNSName(HOST)]), False), key=key)
    path = tmp_path_factory.mktemp("server") / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + mine.public_bytes(Encoding.PEM) + WARD.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def trusts(client: ssl.SSLContext, server: ssl.SSLContext) -> bool:
    """Whether the two shake hands, in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server, server_hostname=HOST),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(10):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return sides[0].version() is not None


FORMS = {
    "PEM": ROOT.pem,
    "text and BOM": b"\xef\xbb\xbf# CAs\r\n" + ROOT.pem.replace(b"\n", b"\r\n"),
    "the first of a bundle with BOM": b"\xef\xbb\xbf" + joined([ROOT, STRANGER]),
    "behind a damaged one": DAMAGED + ROOT.pem,
    "DER": ROOT.der,
    "PKCS7": pkcs7.serialize_certificates([STRANGER.certificate, ROOT.certificate], Encoding.DER),
    "an intermediate alone": WARD.pem,
    "UTF-16": ROOT.pem.decode().encode("utf-16"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_cas_of_a_file_are_trusted_in_every_form(server: ssl.SSLContext, tmp_path: Path, form: str) -> None:
    path = tmp_path / "ca"
    path.write_bytes(FORMS[form])
    assert trusts(trusting(path), server)


def test_no_other_ca_is(server: ssl.SSLContext, tmp_path: Path) -> None:
    path = tmp_path / "ca"
    path.write_bytes(STRANGER.pem)
    assert not trusts(trusting(path), server)
    assert not trusts(trusting(None), server)


def test_what_is_no_file_of_cas_is_said(tmp_path: Path) -> None:
    path = tmp_path / "ca"
    path.write_bytes(b"<html>")
    with pytest.raises(CertificateFileError, match="web page"):
        trusting(path)
    path.write_bytes(ROOT.pem + DAMAGED)
    assert "Part 2" in left_in(path)[0]
    with pytest.raises(OSError, match="No such file"):
        trusting(tmp_path / "none")


@pytest.mark.parametrize(
    ("data", "ok", "said"),
    [
        (ROOT.pem, True, None),
        (ROOT.pem + DAMAGED, True, "Part 2"),
        (b"<html>", False, "web page"),
        (None, False, "No such file"),
    ],
    ids=["good", "damaged in part", "no certificates", "not there"],
)
def test_doctor_names_what_is_left_of_such_a_file(
    desk: AdminDesk, tmp_path: Path, data: bytes | None, ok: bool, said: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if data is not None:
        path.write_bytes(data)
    settings = desk.data / "service.toml"
    settings.write_text(settings.read_text() + f'[messages]\nca_file = "{path}"\n')
    found = doctor_trust.checks(open_folder(desk.data))
    assert [check.ok for check in found] == ([] if said is None else [ok])
    assert said is None or said in found[0].detail
