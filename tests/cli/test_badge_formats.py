"""``--badge-format``: an administrator writes numbers as they stand on the cards; they are the badges that are read."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]

PRINTED = "H10301,typed=card,facility=17,length=5"


def test_a_list_and_single_badges_in_several_forms_are_one_badge(desk: AdminDesk, tmp_path: Path) -> None:
    staff = tmp_path / "staff.csv"
    staff.write_text("login,name,roles,uid\nada,Ada Lovelace,,12345\nben,Ben Barres,,\n")
    assert "Added 2 persons and 1 badge" in desk.admin("import", str(staff), "--badge-format", PRINTED)
    taken = desk.admin("badge", "add", "ben", "--uid", "00226073", status=1)
    assert "belongs to ada" in taken
    taken = desk.admin("badge", "add", "ben", "--uid", "226073", "--badge-format", "H10301", status=1)
    assert "belongs to ada" in taken
    assert desk.admin("badge", "add", "ben", "--uid", "0057169547", "--badge-format", "8H10D,front=0F")
    assert "Took 1 badge" in desk.admin("badge", "revoke", "ben", "--uid", "0F0368568B")
    assert "Took 1 badge" in desk.admin("badge", "revoke", "ada", "--uid", "12345", "--badge-format", PRINTED)


def test_what_is_wrong_with_number_or_format_is_a_sentence(desk: AdminDesk, tmp_path: Path) -> None:
    staff = tmp_path / "staff.csv"
    staff.write_text("login,name,roles,uid\nada,Ada Lovelace,,1234\n")
    desk.admin("import", str(staff), "--badge-format", PRINTED, status=1)
    assert "line 2: uid: In this format it is no badge's number. 4 characters are left, not 5" in desk.out
    said = desk.admin("import", str(staff), "--badge-format", "6H8D", status=2)
    assert "3 are typed, 0 are in “front”" in said
    said = desk.admin("badge", "add", "ada", "--uid", "226072", "--badge-format", "H10301", status=2)
    assert "The parity is wrong" in said


def test_a_number_of_decimal_digits_is_warned_of_with_both_readings(desk: AdminDesk, tmp_path: Path) -> None:
    staff = tmp_path / "staff.csv"
    staff.write_text("login,name,roles,uid\nada,Ada Lovelace,,\nben,Ben Barres,,\n")
    desk.admin("import", str(staff))
    desk.admin("badge", "add", "ada", "--uid", "2712847316")
    said = desk.err
    assert "taken as hex: 2712847316. Read as decimal it is A1B2C3D4." in said
    assert "--badge-format uid,typed=decimal" in said
    desk.admin("badge", "add", "ben", "--uid", "2812847316", "--badge-format", "uid")
    assert "Warning" not in desk.err
    said = desk.admin("badge", "add", "ben", "--uid", "123456789", status=1)
    assert "Read as decimal it is 075BCD15. For that, repeat with --badge-format uid,typed=decimal" in said


def test_a_list_of_decimal_numbers_comes_in_once_it_is_said_what_they_are(desk: AdminDesk, tmp_path: Path) -> None:
    staff = tmp_path / "staff.csv"
    staff.write_text("login,name,roles,uid\nada,Ada Lovelace,,2712847316\nben,Ben Barres,,1234567890\n")
    desk.admin("import", str(staff), status=1)
    assert "--badge-format uid,typed=decimal or, for hex, with --badge-format uid" in desk.out
    assert desk.admin("import", str(staff), "--badge-format", "uid,typed=decimal")
    assert "belongs to ada" in desk.admin("badge", "add", "ben", "--uid", "A1B2C3D4", status=1)
