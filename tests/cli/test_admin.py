"""``kiosk admin`` from the words on the command line to the store and the trail."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select

from kiosk.__main__ import main
from kiosk.cli.admin_leaf import typed_secret
from kiosk.cli.command_error import CommandError
from kiosk.service.folder import open_folder
from kiosk.service.proofs.pin_and_otp import HASHER
from kiosk.service.store import lookups
from kiosk.service.store.schema import pin
from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]

UID = "04A1B2C3D4E5F6"


@pytest.fixture
def staffed(desk: AdminDesk) -> AdminDesk:
    """With Ada and Ben."""
    desk.admin("person", "add", "Ada", "--name", "Ada Lovelace", "--role", "nurse", "--role", "physician")
    desk.admin("person", "add", "ben", "--name", "Ben Barres")
    return desk


def test_every_act_is_written_down_with_who_did_it(staffed: AdminDesk) -> None:
    assert staffed.acts() == ["service.init", "person.add", "person.add"]
    row = staffed.rows()[1]
    assert (row["chain"], row["login"]) == ("service", "ada")
    assert row["detail"]["by"] == pwd.getpwuid(os.geteuid()).pw_name
    assert row["detail"]["roles"] == ["nurse", "physician"]


def test_persons_are_listed_with_what_they_prove_with(staffed: AdminDesk) -> None:
    staffed.admin("badge", "add", "ada", "--uid", UID)
    staffed.admin("pin", "set", "ada", typed="735194\n")
    assert staffed.admin("person", "list").splitlines() == [
        "ada\tAda Lovelace\tnurse,physician\tactive\tbadge,pin",
        "ben\tBen Barres\t-\tactive\t-",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("person", "add", "ada", "--name", "Another"), "already"),
        (("person", "add", "a b", "--name", "X"), "cannot be a login"),
        (("person", "add", "cy", "--name", " "), "A name has"),
        (("person", "add", "cy", "--name", "Cy", "--role", "Über"), "cannot be a role"),
        (("badge", "add", "nobody", "--uid", UID), "nobody with the login"),
        (("badge", "add", "ada", "--uid", "04A1"), "has 2"),
        (("badge", "add", "ada", "--uid", "08A1B2C3"), "08"),
        (("badge", "revoke", "ada"), "has no badge"),
        (("person", "resume", "ada"), "not suspended"),
        (("role", "add", "ada", "nurse"), "already"),
        (("role", "remove", "ben", "nurse"), "does not have"),
        (("workstation", "revoke", "none"), "no workstation"),
        (("workstation", "add", "a b", "--place", "X"), "name"),
        (("workstation", "add", "w", "--place", ""), "A place, such as"),
        (("app", "origin", "add", "none", "--origin", "https://x.example", "--action", "a"), "no application"),
        (("ca", "switch"), "ca next"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_a_sentence_and_changes_nothing(
    staffed: AdminDesk, words: tuple[str, ...], said: str
) -> None:
    before = staffed.acts()
    assert said in staffed.admin(*words, status=1)
    assert staffed.acts() == before


def test_a_badge_belongs_to_one_person(staffed: AdminDesk) -> None:
    staffed.admin("badge", "add", "ada", "--uid", UID)
    assert "belongs to ada" in staffed.admin("badge", "add", "ben", "--uid", "04:a1:b2:c3:d4:e5:f6", status=1)
    staffed.admin("badge", "revoke", "ada")
    staffed.admin("badge", "add", "ben", "--uid", UID)


def test_a_number_that_resembles_another_badge_is_taken_with_a_warning(staffed: AdminDesk) -> None:
    staffed.admin("badge", "add", "ada", "--uid", UID)
    staffed.admin("badge", "add", "ben", "--uid", "F6E5D4C3B2A104")
    assert "reversed" in staffed.err


def test_a_badge_number_is_nowhere_in_the_data_folder(staffed: AdminDesk) -> None:
    staffed.admin("badge", "add", "ada", "--uid", UID)
    staffed.rows()
    for path in staffed.data.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert bytes.fromhex(UID) not in held
            assert UID.encode() not in held.upper()


def test_a_pin_is_read_from_standard_input_and_stored_as_encrypted_argon2id(staffed: AdminDesk) -> None:
    staffed.admin("pin", "set", "ada", typed="735194\n")
    db = open_folder(staffed.data).database()
    stored, person = db.read_now(lambda conn: conn.execute(select(pin.c.hash, pin.c.person)).one())
    db.close_now()
    assert "argon2id" not in stored, "a backup without the keys tells nothing of it"
    hashed = db.guard.pins.unseal(stored, person)
    assert hashed is not None
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert HASHER.verify(hashed, "735194")
    assert staffed.err == ""


def test_a_pin_on_the_command_line_is_refused_and_not_repeated(staffed: AdminDesk) -> None:
    said = staffed.admin("pin", "set", "ada", "735194", typed="735194\n", status=2)
    assert "command line" in said
    assert "735194" not in said


@pytest.mark.parametrize(("typed", "said"), [("123\n", "4 to 64"), ("x" * 65, "4 to 64"), ("12\x0734\n", "printable")])
def test_a_pin_that_cannot_be_used_is_refused(staffed: AdminDesk, typed: str, said: str) -> None:
    assert said in staffed.admin("pin", "set", "ada", typed=typed, status=1)


def test_no_pin_at_all_is_said_so(staffed: AdminDesk) -> None:
    assert "standard input" in staffed.admin("pin", "set", "ada", typed="", status=2)


@pytest.mark.parametrize("weak", ["7351", "1234", "111111", "987654"])
def test_a_weak_pin_is_taken_with_a_warning(staffed: AdminDesk, weak: str) -> None:
    staffed.admin("pin", "set", "ada", typed=weak + "\n")
    assert "Warning" in staffed.err
    assert weak not in staffed.out + staffed.err


def test_two_pins_that_differ_at_a_terminal_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    typed = iter(["735194", "735195"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    monkeypatch.setattr("sys.stdin", Terminal())
    with pytest.raises(CommandError, match="two different"):
        typed_secret("PIN", twice=True)


def test_the_printed_one_time_code_secret_is_the_stored_one(staffed: AdminDesk) -> None:
    uri = staffed.admin("totp", "add", "ada").strip()
    parsed = pyotp.parse_uri(uri)
    assert (parsed.name, parsed.issuer) == ("ada", "localhost")
    folder = open_folder(staffed.data)
    db = folder.database()
    person = db.read_now(lookups.person_by_login, "ada")
    assert person is not None
    sealed = db.read_now(lookups.totp_of, person.person.id)
    db.close_now()
    assert sealed is not None
    assert folder.keys.totp.unseal(sealed.key_id, sealed.secret, person.person.id) == parsed.byte_secret()


def test_suspending_ends_what_is_open(staffed: AdminDesk) -> None:
    assert "0 open sessions" in staffed.admin("person", "suspend", "ada")
    assert "already" in staffed.admin("person", "suspend", "ada", status=1)
    staffed.admin("person", "resume", "ada")
    assert staffed.acts()[-2:] == ["person.suspend", "person.resume"]


def test_a_first_administrator_may_be_named(tmp_path: Path, desk: AdminDesk) -> None:
    words = ("service", "init", "--data", str(tmp_path / "two"), "--origin", "https://localhost:1", "--admin", "boss")
    assert desk.run(*words) == 0
    desk.data = tmp_path / "two"
    assert desk.admin("person", "list") == "boss\tboss\tadministrator\tactive\t-\n"
    assert "2 more keys" in desk.admin("person", "show", "boss"), "the role that the rules of keys know"


def test_a_folder_that_is_none_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["admin", "--data", str(tmp_path), "person", "list"]) == 2
    assert "kiosk service init" in capsys.readouterr().err


@pytest.mark.parametrize("words", [(), ("person",), ("badge", "add"), ("workstation", "add")])
def test_every_word_explains_itself(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["admin", "--data", "X", *words, "--help"])
    assert ended.value.code == 0
    assert "usage: kiosk admin" in capsys.readouterr().out


def test_a_mistyped_role_is_asked_back_and_a_new_one_is_said(staffed: AdminDesk) -> None:
    said = staffed.admin("role", "add", "ben", "perscriber", status=1)
    assert "did you mean “prescriber”" in said
    assert "--new-role" in said
    said = staffed.admin("person", "add", "cy", "--name", "Cy", "--role", "adminstrator", status=1)
    assert "did you mean “administrator”" in said
    assert "nobody had" not in staffed.admin("role", "transfer", "ada", "nurse", "prescriber")
    assert staffed.err == ""
    staffed.admin("role", "add", "ben", "porter")
    assert "no rule names it. The rules name administrator, help_desk, prescriber, supervisor, visitor." in staffed.err
    assert staffed.admin("role", "add", "ben", "perscriber", "--new-role").startswith("ben has the role perscriber now")
    assert staffed.admin("role", "remove", "ben", "perscriber") == (
        "ben no longer has the role perscriber; 0 open sessions are locked.\n"
    )


def test_a_start_code_takes_the_place_of_a_pin_that_two_would_know(staffed: AdminDesk) -> None:
    code = staffed.admin("pin", "set", "ada", "--start-code")
    assert len(code.replace(" ", "").strip()) == 12
    assert staffed.acts()[-1] == "start_code"


def test_whoever_leaves_may_leave_for_a_reason(staffed: AdminDesk) -> None:
    staffed.admin("person", "leave", "ada", "--reason", "retired")
    (row,) = [row for row in staffed.rows() if row["detail"].get("act") == "person.leave"]
    assert row["detail"]["reason"] == "retired"


@pytest.mark.parametrize(
    "table",
    ['[policy]\ngrace_scope = "moon"', "[messages]\ntries = 0", "[limits]\nno_such = 1", "[policy]\nno_such = 1"],
)
def test_check_and_doctor_refuse_what_run_would_refuse(desk: AdminDesk, table: str) -> None:
    settings = desk.data / "service.toml"
    assert desk.run("service", "check", "--data", str(desk.data)) == 0
    settings.write_text(settings.read_text() + f"\n{table}\n")
    assert desk.run("service", "check", "--data", str(desk.data)) == 2
    sentence = desk.err
    assert str(settings) in sentence
    assert desk.run("doctor", "--data", str(desk.data)) == 1
    assert sentence.strip().split(": ", 1)[1] in desk.out
    assert desk.run("service", "run", "--data", str(desk.data)) == 2
    assert desk.err == sentence


def test_every_act_in_the_trail_says_who_or_that_it_is_not_known(desk: AdminDesk) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada")
    detail = desk.rows()[-1]["detail"]
    assert detail["known_by"] in ("login", "sudo", "account", "not known")
    assert (detail["administrator"] is None) == (detail["known_by"] == "not known")
