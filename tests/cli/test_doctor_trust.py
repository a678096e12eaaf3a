"""``kiosk doctor --data`` names CAs of no use, cards of CAs trusted no more, and metadata that is not whole."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection

from kiosk.cli import doctor_trust
from kiosk.cli.doctor_check import Check
from kiosk.service.folder import open_folder
from kiosk.service.store import cards
from kiosk.simulator.piv_ca import CardAuthority
from tests.cli.test_admin_cards import lay, staffed, trust
from tests.fakes.admin import AdminDesk, desk
from tests.fakes.attested import MetadataService, entry, maker
from tests.fakes.card_cas import CardCa, card_ca
from tests.fakes.simulated_cards import a_piv_card

__all__ = ["desk", "staffed"]


def checks(desk: AdminDesk) -> list[Check]:
    return doctor_trust.checks(open_folder(desk.data))


def add(desk: AdminDesk, folder: Path, ca: CardCa) -> None:
    (folder / "new.pem").write_bytes(ca.pem)
    desk.admin("piv-ca", "add", str(folder / "new.pem"))


def from_before(desk: AdminDesk, ca: CardCa) -> None:
    """A CA that an earlier version trusted without a look."""
    db = open_folder(desk.data).database()

    def act(conn: Connection) -> None:
        text = ca.certificate.public_bytes(Encoding.PEM).decode()
        cards.add_ca(conn, "ab" * 32, "CN=Old", text, False, ("service", 1), 1)

    db.write_now(act)
    db.close_now()


def test_without_cards_and_metadata_there_is_nothing_to_say(desk: AdminDesk) -> None:
    assert checks(desk) == []


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (None, 0o600, "cannot be read: No such file or directory."),
        (b"", 0o600, "is empty."),
        (b"\xff\xfe", 0o600, "is no text in UTF-8."),
        (b"plumtree", 0o644, "chmod 600"),
    ],
)
def test_a_secret_that_no_message_could_be_sent_with_is_named(
    desk: AdminDesk, tmp_path: Path, content: bytes | None, mode: int, said: str
) -> None:
    secret = tmp_path / "password"
    if content is not None:
        secret.write_bytes(content)
        secret.chmod(mode)
    with (desk.data / "service.toml").open("a") as settings:
        settings.write(
            f'\n[messages]\nsmtp = "smtp://mail.example"\nsmtp_from = "k@x.example"\nsmtp_user = "k"\n'
            f'smtp_password_file = "{secret}"\n'
        )
    (check,) = checks(desk)
    assert not check.ok
    assert "smtp_password_file" in check.detail
    assert said in check.detail


@pytest.mark.parametrize(("secret", "said"), [("whsec_!", "no base64"), ("AAAA", "fewer than 24 bytes")])
def test_a_webhooks_secret_that_signs_nothing_is_named(desk: AdminDesk, tmp_path: Path, secret: str, said: str) -> None:
    file = tmp_path / "secret"
    file.write_text(secret)
    file.chmod(0o600)
    with (desk.data / "service.toml").open("a") as settings:
        settings.write(f'\n[messages]\nwebhook = "https://h.example/"\nwebhook_secret_file = "{file}"\n')
    (check,) = checks(desk)
    assert said in check.detail
    assert secret not in check.detail


def test_cas_for_applications_that_are_not_there_are_named(desk: AdminDesk, tmp_path: Path) -> None:
    with (desk.data / "service.toml").open("a") as settings:
        settings.write(f'\n[openid]\nca_file = "{tmp_path / "gone.pem"}"\n')
    (check,) = checks(desk)
    assert not check.ok
    assert check.detail.startswith("[openid] ca_file: ")


def test_cas_are_told_as_they_stand(desk: AdminDesk, tmp_path: Path) -> None:
    add(desk, tmp_path, card_ca(common="Good"))
    (check,) = checks(desk)
    assert (check.ok, check.do) == (True, "")
    add(desk, tmp_path, card_ca(common="Short", ends=timedelta(days=9, minutes=5)))
    (check,) = checks(desk)
    assert (check.ok, check.detail) == (True, "CN=Short ends in 9 days.")
    from_before(desk, card_ca(common="Old", may_sign=None))
    (check,) = checks(desk)
    assert not check.ok
    assert "CN=Old: It has no KeyUsage" in check.detail
    assert "NO CARD OF IT COUNTS" in desk.admin("piv-ca", "list")
    desk.admin("piv-ca", "remove", "old", "--reason", "of no use")
    assert checks(desk)[0].ok


def test_cards_of_a_ca_that_is_trusted_no_more_are_counted(staffed: AdminDesk, tmp_path: Path) -> None:
    authority = CardAuthority.new()
    trust(staffed, authority, tmp_path)
    lay(staffed, a_piv_card(authority=authority))
    staffed.admin("piv", "add", "ada")
    staffed.admin("piv-ca", "remove", "Simulated Hospital Card CA", "--reason", "key stolen")
    (check,) = checks(staffed)
    assert check.detail == "1 card is refused, because their CA is trusted no more."
    assert "another factor" in check.do


def test_metadata_that_is_not_whole_is_named(
    desk: AdminDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = int(time.time())
    mds, good, odd = MetadataService.new(now), maker(now), maker(now, bytes.fromhex("b2" * 16))
    (tmp_path / "root.p7b").write_bytes(b"\xef\xbb\xbf# root\r\n" + mds.root_pem)

    def take(no: int, *entries: object, days: int = 20) -> None:
        (tmp_path / "blob.jwt").write_bytes(mds.blob(*entries, no=no, days=days))
        desk.admin("metadata", "import", str(tmp_path / "blob.jwt"), "--root", str(tmp_path / "root.p7b"))

    take(1, entry(good))
    assert [(check.ok, check.do) for check in checks(desk)] == [(True, "")]
    take(2, entry(good), entry(odd, {}, description="Odd Key"), 5)
    assert "Entry 2 was left: a status report has no status. Keys of its model are refused: Odd Key" in desk.err
    assert "Entry 3 was left: it is not an object. Which model it is about cannot be told." in desk.err
    (check,) = checks(desk)
    assert "2 entries of number 2 cannot be read" in check.detail
    assert "Odd Key: a status report has no status" in check.detail
    shown = desk.admin("metadata", "show", "--models")
    assert "not read\tentry-3: it is not an object" in shown
    assert "keys of Odd Key are refused" in shown
