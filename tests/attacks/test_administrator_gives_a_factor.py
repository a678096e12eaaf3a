"""An administrator enrols a factor of their own for somebody: who did it stands in the trail, and the person hears."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.simulator.piv_ca import CardAuthority
from kiosk.simulator.pkoc import PkocApplet, fresh_key, pkoc_badge
from tests.fakes.admin import AdminDesk, desk
from tests.fakes.simulated_cards import a_key, a_piv_card, in_memory_card

__all__ = ["desk"]


@pytest.fixture
def ada(desk: AdminDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AdminDesk:
    """Ada is told things by mail; on the reader lies whatever each kind of factor wants."""
    desk.admin("person", "add", "ada", "--name", "Ada")
    desk.admin("person", "contact", "ada", "--to", "mailto:ada@home.example")
    authority = CardAuthority.new()
    (tmp_path / "ca.pem").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    desk.admin("piv-ca", "add", str(tmp_path / "ca.pem"), "--hardware")
    plastic = {
        "key": a_key(pin="2468"),
        "piv": a_piv_card(authority=authority, uid="04A1B2C3D4E5F6"),
        "pkoc": pkoc_badge(PkocApplet(fresh_key()), uid=bytes.fromhex("04A1B2C3D4E5F7")),
    }
    admin = desk.admin

    def lay_and_do(*words: str, typed: str = "", status: int = 0) -> str:
        if words[0] in plastic:
            monkeypatch.setattr("kiosk.reader.one_card", lambda _reader, _seconds: in_memory_card(plastic[words[0]]))
        return admin(*words, typed=typed, status=status)

    monkeypatch.setattr(desk, "admin", lay_and_do)
    return desk


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (("key", "add", "ada"), "2468\n"),
        (("piv", "add", "ada"), ""),
        (("pkoc", "add", "ada"), ""),
        (("badge", "add", "ada", "--uid", "04FFFFFFFFFFF1"), ""),
        (("totp", "add", "ada"), ""),
        (("pin", "set", "ada", "--typed"), "592718\n"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_row_says_who_and_the_person_hears_of_it(ada: AdminDesk, words: tuple[str, ...], typed: str) -> None:
    before = ada.admin("messages", "list").count("factor_added")
    ada.admin(*words, typed=typed)
    [row] = [row for row in ada.rows() if row["detail"].get("act") == f"{words[0]}.{words[1]}"]
    assert row["login"] == "ada"
    assert row["detail"]["by"] == pwd.getpwuid(os.getuid()).pw_name
    assert row["detail"]["known_by"]
    assert ada.admin("messages", "list").count("factor_added") == before + 1


def test_a_list_that_gives_a_badge_tells_them_too(ada: AdminDesk, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("login,name,roles,uid,place\nada,Ada,,04FFFFFFFFFFF2,\n")
    ada.admin("import", str(tmp_path / "people.csv"), "--update")
    assert ada.admin("messages", "list").count("factor_added") == 1
