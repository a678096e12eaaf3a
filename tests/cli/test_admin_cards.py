"""``kiosk admin key``, ``piv``, ``piv-ca`` and ``crl`` with simulated plastic that speaks real APDUs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.service.folder import open_folder
from kiosk.service.store import lookups
from kiosk.simulator.piv_ca import CardAuthority
from kiosk.simulator.plastic import Plastic
from tests.fakes.admin import AdminDesk, desk
from tests.fakes.plastic import a_badge, a_key, a_piv_card, in_memory_card

__all__ = ["desk"]


@pytest.fixture
def staffed(desk: AdminDesk) -> AdminDesk:
    """With Ada and Ben."""
    for login in ("ada", "ben"):
        desk.admin("person", "add", login, "--name", login.title())
    return desk


def lay(desk: AdminDesk, plastic: Plastic) -> None:
    """Put it on the only reader."""
    desk.monkeypatch.setattr("kiosk.reader.one_card", lambda _reader, _seconds: in_memory_card(plastic))


def trust(desk: AdminDesk, authority: CardAuthority, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    desk.admin("piv-ca", "add", str(tmp_path / "ca.pem"), "--hardware")


def credentials(desk: AdminDesk, login: str) -> list[str]:
    db = open_folder(desk.data).database()
    person = db.read_now(lookups.person_by_login, login)
    assert person is not None
    found = db.read_now(lambda conn: [str(row.credential_id) for row in lookups.credentials_of(conn, person.person.id)])
    db.close_now()
    return found


def test_a_key_is_enrolled_with_its_pin(staffed: AdminDesk) -> None:
    lay(staffed, a_key(pin="2468"))
    staffed.admin("key", "add", "ada", "--name", "Blue key", typed="2468\n")
    assert len(credentials(staffed, "ada")) == 1
    row = next(row for row in staffed.rows() if row["detail"].get("act") == "key.add")
    assert row["detail"]["credential_id"] == credentials(staffed, "ada")[0]
    assert row["detail"]["attestation"] == "none"
    assert "2468" not in str(staffed.rows())


def test_a_wrong_key_pin_changes_nothing(staffed: AdminDesk) -> None:
    lay(staffed, a_key(pin="2468"))
    said = staffed.admin("key", "add", "ada", typed="9999\n", status=1)
    assert "wrong pin" in said
    assert "9999" not in said
    assert credentials(staffed, "ada") == []


def test_a_key_without_pin_is_taken_and_its_weakness_said(staffed: AdminDesk) -> None:
    lay(staffed, a_key(pin=None))
    staffed.admin("key", "add", "ada")
    assert "possession only" in staffed.err


def test_the_same_key_is_not_enrolled_twice_for_one_person(staffed: AdminDesk) -> None:
    key = a_key(pin="2468")
    lay(staffed, key)
    staffed.admin("key", "add", "ada", typed="2468\n")
    assert "card could not be used" in staffed.admin("key", "add", "ada", typed="2468\n", status=1)
    assert len(credentials(staffed, "ada")) == 1


def test_a_revoked_key_is_gone(staffed: AdminDesk) -> None:
    lay(staffed, a_key(pin="2468"))
    staffed.admin("key", "add", "ada", typed="2468\n")
    staffed.admin("key", "revoke", "ada")
    assert credentials(staffed, "ada") == []
    assert "no such key" in staffed.admin("key", "revoke", "ada", status=1)


def test_a_badge_is_no_key_and_no_piv_card(staffed: AdminDesk) -> None:
    lay(staffed, a_badge())
    assert "not a FIDO2 key" in staffed.admin("key", "add", "ada", status=1)
    assert "not a PIV card" in staffed.admin("piv", "add", "ada", status=1)


def test_a_piv_card_of_a_trusted_ca_is_bound(staffed: AdminDesk, tmp_path: Path) -> None:
    authority = CardAuthority.new()
    trust(staffed, authority, tmp_path)
    lay(staffed, a_piv_card(authority=authority, uid="04A1B2C3D4E5F6"))
    staffed.admin("piv", "add", "ada")
    row = next(row for row in staffed.rows() if row["detail"].get("act") == "piv.add")
    assert len(row["detail"]["fingerprint_9e"]) == len(row["detail"]["fingerprint_9a"]) == 64
    assert "another person" in staffed.admin("piv", "add", "ben", status=1)
    assert "PIV card" in staffed.admin("badge", "add", "ben", "--uid", "04A1B2C3D4E5F6", status=1)


def test_a_piv_card_of_an_unknown_ca_is_refused(staffed: AdminDesk) -> None:
    lay(staffed, a_piv_card())
    assert "piv-ca add" in staffed.admin("piv", "add", "ada", status=1)


def revocations(authority: CardAuthority, serials: list[int], *, until: datetime, delta: bool = False) -> bytes:
    start = until - timedelta(days=2)
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    builder = builder.last_update(start).next_update(until).add_extension(x509.CRLNumber(7), critical=False)
    if delta:
        builder = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
    for serial in serials:
        gone = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(start).build()
        builder = builder.add_revoked_certificate(gone)
    return builder.sign(authority.key, SHA256()).public_bytes(Encoding.DER)


def test_a_list_of_a_trusted_ca_is_taken_in(staffed: AdminDesk, tmp_path: Path) -> None:
    authority = CardAuthority.new()
    now = datetime.now(UTC)
    path = tmp_path / "list.crl"
    path.write_bytes(revocations(authority, [5], until=now + timedelta(days=1)))
    assert "piv-ca add" in staffed.admin("crl", "add", str(path), status=1)
    trust(staffed, authority, tmp_path)
    assert "1 revoked" in staffed.admin("crl", "add", str(path))
    path.write_bytes(revocations(authority, [], until=now + timedelta(hours=5)))
    assert "newer list" in staffed.admin("crl", "add", str(path), status=1)
    path.write_bytes(revocations(authority, [], until=now - timedelta(hours=5)))
    assert "too old" in staffed.admin("crl", "add", str(path), status=1)
    path.write_bytes(revocations(authority, [], until=now + timedelta(days=9)))
    assert "of the future" in staffed.admin("crl", "add", str(path), status=1)
    path.write_bytes(revocations(authority, [], until=now + timedelta(hours=30), delta=True))
    assert "a part of a list" in staffed.admin("crl", "add", str(path), status=1)


def test_a_label_is_printable(staffed: AdminDesk) -> None:
    lay(staffed, a_piv_card())
    assert "printable" in staffed.admin("piv", "add", "ada", "--name", "card\x1b[2J", status=1)


def test_what_is_no_ca_is_not_trusted(staffed: AdminDesk, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("nothing")
    assert "CA certificate in PEM" in staffed.admin("piv-ca", "add", str(tmp_path / "x.pem"), status=1)
    trust(staffed, authority := CardAuthority.new(), tmp_path)
    (tmp_path / "ca.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    assert "already" in staffed.admin("piv-ca", "add", str(tmp_path / "ca.pem"), status=1)
