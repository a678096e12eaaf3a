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
from kiosk.simulator.apdu import Command, Reply
from kiosk.simulator.piv_ca import CardAuthority, Validity
from kiosk.simulator.piv_store import Slot
from kiosk.simulator.pkoc import PkocApplet, fresh_key, pkoc_badge, public_point
from kiosk.simulator.simulated_card import SimulatedCard
from tests.fakes.admin import AdminDesk, desk
from tests.fakes.simulated_cards import a_badge, a_key, a_piv_card, in_memory_card, piv_memory

__all__ = ["desk"]


@pytest.fixture
def staffed(desk: AdminDesk) -> AdminDesk:
    """With Ada and Ben."""
    for login in ("ada", "ben"):
        desk.admin("person", "add", login, "--name", login.title())
    return desk


def lay(desk: AdminDesk, plastic: SimulatedCard) -> None:
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
    assert "not a PKOC badge" in staffed.admin("pkoc", "add", "ada", status=1)


def test_a_piv_card_of_a_trusted_ca_is_bound(staffed: AdminDesk, tmp_path: Path) -> None:
    authority = CardAuthority.new()
    trust(staffed, authority, tmp_path)
    lay(staffed, a_piv_card(authority=authority, uid="04A1B2C3D4E5F6"))
    staffed.admin("piv", "add", "ada")
    row = next(row for row in staffed.rows() if row["detail"].get("act") == "piv.add")
    assert len(row["detail"]["fingerprint_9e"]) == len(row["detail"]["fingerprint_9a"]) == 64
    assert "another person" in staffed.admin("piv", "add", "ben", status=1)
    assert "PIV card" in staffed.admin("badge", "add", "ben", "--uid", "04A1B2C3D4E5F6", status=1)


def test_a_pkoc_badge_is_bound_listed_and_taken_away(staffed: AdminDesk) -> None:
    badge = pkoc_badge(PkocApplet(fresh_key()), uid=bytes.fromhex("04A1B2C3D4E5F6"))
    lay(staffed, badge)
    assert "not who holds it" in staffed.admin("pkoc", "add", "ada", "--name", "White badge")
    [row] = [row for row in staffed.rows() if row["detail"].get("act") == "pkoc.add"]
    assert len(row["detail"]["public_key_sha256"]) == 64
    assert "this person" in staffed.admin("pkoc", "add", "ada", status=1)
    assert "another person" in staffed.admin("pkoc", "add", "ben", status=1)
    assert "PKOC badge" in staffed.admin("badge", "add", "ben", "--uid", "04A1B2C3D4E5F6", status=1)
    assert "White badge" in staffed.admin("factor", "list", "ada")
    assert "pkoc" in staffed.admin("person", "list")
    assert "Took 1" in staffed.admin("pkoc", "revoke", "ada")
    assert "no PKOC badge" in staffed.admin("pkoc", "revoke", "ada", status=1)
    staffed.admin("pkoc", "add", "ben")


def test_a_copy_of_a_pkoc_badge_is_not_bound(staffed: AdminDesk) -> None:
    """It says another card's public key, and signs with its own."""
    victim, own = fresh_key(), fresh_key()

    class Copy(PkocApplet):
        def command(self, command: Command) -> Reply:
            signed = PkocApplet.command(self, command)
            return Reply(signed.data.replace(public_point(own), public_point(victim)), signed.sw)

    lay(staffed, pkoc_badge(Copy(own), uid=bytes.fromhex("04A1B2C3D4E5F6")))
    assert "may be a copy" in staffed.admin("pkoc", "add", "ada", status=1)
    assert not [row for row in staffed.rows() if row["detail"].get("act") == "pkoc.add"]


def test_a_bare_badge_of_theirs_is_taken_away_first(staffed: AdminDesk) -> None:
    staffed.admin("badge", "add", "ada", "--uid", "04A1B2C3D4E5F6")
    lay(staffed, pkoc_badge(PkocApplet(fresh_key()), uid=bytes.fromhex("04A1B2C3D4E5F6")))
    assert "enrolled as a badge" in staffed.admin("pkoc", "add", "ada", status=1)


def test_a_piv_card_of_an_unknown_ca_is_refused(staffed: AdminDesk) -> None:
    lay(staffed, a_piv_card())
    assert "piv-ca add" in staffed.admin("piv", "add", "ada", status=1)


def revocations(
    authority: CardAuthority, serials: list[int], *, until: datetime, base: int | None = None, number: int = 7
) -> bytes:
    start = until - timedelta(days=2)
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    builder = builder.last_update(start).next_update(until).add_extension(x509.CRLNumber(number), critical=False)
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
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
    path.write_bytes(revocations(authority, [5], until=now + timedelta(hours=30), base=8))
    assert "since list number 8, which is not here" in staffed.admin("crl", "add", str(path), status=1)
    path.write_bytes(revocations(authority, [5], until=now + timedelta(hours=30), base=6))
    assert "newer than this list of changes" in staffed.admin("crl", "add", str(path), status=1)
    path.write_bytes(revocations(authority, [5, 6], until=now + timedelta(hours=30), base=6, number=8))
    assert "list of changes" in staffed.admin("crl", "add", str(path))


def test_a_label_has_nothing_that_cannot_be_seen(staffed: AdminDesk) -> None:
    lay(staffed, a_piv_card())
    assert "U+001B" in staffed.admin("piv", "add", "ada", "--name", "card\x1b[2J", status=1)


def test_what_is_no_ca_is_not_trusted(staffed: AdminDesk, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("nothing")
    assert "PEM, DER or PKCS #7" in staffed.admin("piv-ca", "add", str(tmp_path / "x.pem"), status=1)
    trust(staffed, authority := CardAuthority.new(), tmp_path)
    (tmp_path / "ca.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    assert "already" in staffed.admin("piv-ca", "add", str(tmp_path / "ca.pem"), status=1)


def a_card_of(authority: CardAuthority, other: CardAuthority) -> SimulatedCard:
    """9E of the one, 9A of the other."""
    card, elsewhere = a_piv_card(authority=authority), a_piv_card(authority=other)
    piv_memory(card).slots[Slot.AUTHENTICATION] = piv_memory(elsewhere).slots[Slot.AUTHENTICATION]
    return card


def test_the_9a_certificate_is_judged_as_well_as_the_9e(staffed: AdminDesk, tmp_path: Path) -> None:
    ours, theirs = CardAuthority.new("Our CA"), CardAuthority.new("Their CA")
    trust(staffed, ours, tmp_path)
    lay(staffed, a_card_of(ours, theirs))
    said = staffed.admin("piv", "add", "ada", status=1)
    assert "9A certificate was issued by" in said
    assert "Their CA" in said
    assert "9E" not in said
    lay(staffed, a_card_of(theirs, theirs))
    both = staffed.admin("piv", "add", "ada", status=1).splitlines()
    assert [line.count("certificate was issued by") for line in both] == [1, 1]


def test_a_card_without_9e_is_told_what_it_lacks_and_what_is_wrong_with_its_9a(
    staffed: AdminDesk, tmp_path: Path
) -> None:
    card = a_piv_card()
    del piv_memory(card).slots[Slot.CARD_AUTHENTICATION]
    lay(staffed, card)
    said = staffed.admin("piv", "add", "ada", status=1)
    assert "no card authentication certificate (9E)" in said
    assert "9A certificate was issued by" in said


def test_a_card_of_the_next_minutes_is_told_from_an_expired_one(staffed: AdminDesk, tmp_path: Path) -> None:
    authority = CardAuthority.new()
    trust(staffed, authority, tmp_path)
    soon = datetime.now(UTC) + timedelta(minutes=90)
    for validity, said in ((Validity.days(9, soon), "is valid in "), (Validity.past(), "ended 24 hours ago")):
        lay(staffed, a_piv_card(authority=authority, validity=validity))
        lines = staffed.admin("piv", "add", "ada", status=1).splitlines()
        assert [said in line for line in lines] == [True, True]
        assert ["Have a new card issued" in line for line in lines] == ["ended" in said] * 2
