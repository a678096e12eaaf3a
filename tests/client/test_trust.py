"""Whom the workstation believes, and how that changes while a CA is renewed."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.client.errors import ClientError, WrongServiceError
from kiosk.client.trust import Trust, pinned
from tests.fakes.certificates import authority


def names(trust: Trust) -> list[str]:
    found = trust.context.get_ca_certs(binary_form=True)
    return sorted(x509.load_der_x509_certificate(der).subject.rfc4514_string().removeprefix("CN=") for der in found)


def pin_of(pem: str) -> bytes:
    public = x509.load_pem_x509_certificate(pem.encode()).public_key()
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def test_only_the_files_certificates_are_trusted(tmp_path: Path) -> None:
    (tmp_path / "trust.pem").write_text(authority("now"))
    assert names(Trust(tmp_path / "trust.pem")) == ["now"]


def test_the_next_authority_is_trusted_at_once_and_after_a_restart(tmp_path: Path) -> None:
    present, coming = authority("now"), authority("next")
    (tmp_path / "trust.pem").write_text(present)
    trust = Trust(tmp_path / "trust.pem")
    assert trust.learn((present, coming))
    assert not trust.learn((coming, present))
    assert names(trust) == ["next", "now"]
    assert names(Trust(tmp_path / "trust.pem")) == ["next", "now"]


def test_an_authority_that_retired_is_not_trusted_after_a_restart(tmp_path: Path) -> None:
    present, coming = authority("now"), authority("next")
    (tmp_path / "trust.pem").write_text(present + coming)
    Trust(tmp_path / "trust.pem").learn((coming,))
    assert names(Trust(tmp_path / "trust.pem")) == ["next"]


@pytest.mark.parametrize(
    "text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_changes_nothing(tmp_path: Path, text: str) -> None:
    present = authority("now")
    (tmp_path / "trust.pem").write_text(present)
    trust = Trust(tmp_path / "trust.pem")
    with contextlib.suppress(ClientError):
        assert not trust.learn((text,))
    assert (tmp_path / "trust.pem").read_text() == present
    assert names(trust) == ["now"]


def test_the_pinned_certificate_is_found_among_others() -> None:
    wanted = authority("wanted")
    assert pinned(authority("other") + wanted, pin_of(wanted)[:16]).strip() == wanted.strip()


def test_a_pin_that_nobody_has_is_another_service() -> None:
    with pytest.raises(WrongServiceError):
        pinned(authority("other"), b"\0" * 16)


def test_a_pin_too_short_to_mean_anything_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        pinned(authority("other"), b"")


def test_a_missing_file_says_to_enrol(tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="Enrol"):
        Trust(tmp_path / "trust.pem")
