"""Lists as personnel systems and inventories write them: their columns, their addresses, their long cells."""

from __future__ import annotations

import pytest

from kiosk.service.admin.act import ActRefusedError
from kiosk.service.admin.people import check_contact
from kiosk.service.records import stations_csv
from kiosk.service.records.csv_records import MAX_RECORD
from kiosk.service.records.layout import Wishes
from kiosk.service.records.people_csv import PeopleFile, read

BY_LOGIN = Wishes(columns={"login": "login"})
HEAD = "login,name,roles,uid\n"


def said(text: str, wishes: Wishes = Wishes()) -> tuple[PeopleFile, list[str]]:  # noqa: B008  (frozen)
    found = read(text.encode(), wishes)
    return found, [str(problem) for problem in found.problems]


@pytest.mark.parametrize(
    ("head", "proposed"),
    [
        (
            "Username,Full Name,Role,Badge Number",
            "--map login=Username --map 'name=Full Name' --map roles=Role --map 'uid=Badge Number'",
        ),
        (
            "Benutzername;Vorname;Nachname;Funktion;Ausweisnummer;Abteilung",
            "--map login=Benutzername --map name=Vorname+Nachname --map roles=Funktion --map uid=Ausweisnummer"
            " --map place=Abteilung",
        ),
        ("Usuario;Nombre completo;Cargo;Correo", "--map login=Usuario --map 'name=Nombre completo' --map roles=Cargo"),
        (
            "Identifiant;Nom complet;Métier;Badge",
            "--map login=Identifiant --map 'name=Nom complet' --map 'roles=Métier'",
        ),
        ("sAMAccountName,displayName,title,mail", "--map login=sAMAccountName --map name=displayName"),
        ("Staff of Ward 3\nUsername,Full Name", "--map login=Username --map 'name=Full Name'"),
    ],
)
def test_a_line_is_proposed_for_columns_of_other_names(head: str, proposed: str) -> None:
    found, (sentence,) = said(f"{head}\nx\n")
    assert proposed in sentence
    assert found.entries == []


def test_columns_that_nobody_asked_for_are_left_and_said() -> None:
    found, (sentence,) = said("login,name,roles,uid,Cost centre,Phone\nanna,Anna A,nurse,,17,+41 79\n")
    assert [entry.login for entry in found.entries] == ["anna"]
    assert sentence == "line 1: warning: Columns that are not taken: “cost centre”, “phone”."


def test_a_bare_address_is_one_of_mail_and_that_is_said_once() -> None:
    head = "login,name,roles,uid,contact\n"
    found, (sentence,) = said(f"{head}anna,A,,,anna@h.example\nben,B,,,MAILTO:b@h.example\ncy,C,,,cy@h.example\n")
    contacts = [entry.contact for entry in found.entries]
    assert contacts == ["mailto:anna@h.example", "mailto:b@h.example", "mailto:cy@h.example"]
    assert "taken as mailto:… (2 such contacts in the list)" in sentence


@pytest.mark.parametrize("contact", ["Mailto:A@h.example", "TEL:+41791234567", "https://h.example/x"])
def test_a_scheme_is_the_same_in_any_case(contact: str) -> None:
    scheme, _, rest = contact.partition(":")
    assert check_contact(contact) == f"{scheme.lower()}:{rest}"


@pytest.mark.parametrize("contact", ["+41791234567", "Anna <a@h.example>", "mailto:Anna <a@h>", "a@b@c", "@h", "a@"])
def test_what_is_no_contact_is_refused(contact: str) -> None:
    with pytest.raises(ActRefusedError, match="Write a contact with its kind"):
        check_contact(contact)


@pytest.mark.parametrize(
    "line",
    [
        "\u200banna\u200e,Anna A,nurse\u00a0,\u200e04A1B2C3",
        "\u00a0anna,Anna A,nurse,04\u00a0A1\u00a0B2\u00a0C3",
        "anna,Anna A,nurse,0x04A1B2C3",
        "anna,Anna A,nurse,04\u2011A1\u2011B2\u2011C3",
    ],
)
def test_what_cannot_be_seen_is_dropped_in_logins_and_numbers_as_in_names(line: str) -> None:
    found, problems = said(f"{HEAD}{line}\n")
    assert problems == []
    (anna,) = found.entries
    assert (anna.login, anna.roles, anna.number) == ("anna", ("nurse",), bytes.fromhex("04A1B2C3"))


@pytest.mark.parametrize("number", ["1.23457E+13", "1,23457E13", "1.23457e13"])
def test_a_number_that_a_spreadsheet_has_rounded_is_called_that(number: str) -> None:
    _, (sentence,) = said(f'{HEAD}anna,Anna A,nurse,"{number}"\n')
    assert "made a decimal number of this" in sentence


@pytest.mark.parametrize(
    "notes",
    [
        '"' + "\n".join(f"line {n}" for n in range(500)) + '"',
        '"' + "\n".join("x" * 300 for _ in range(40)) + '"',
        "x" * 5000,
        '"He said ""no"",\nand left"',
    ],
)
def test_a_cell_that_is_not_taken_may_be_long(notes: str) -> None:
    found, problems = said(f"login,name,roles,uid,Notes\nanna,A,nurse,,{notes}\nbob,B,nurse,,x\n", BY_LOGIN)
    assert problems == []
    assert [entry.login for entry in found.entries] == ["anna", "bob"]


def test_a_list_may_have_many_columns() -> None:
    more = [f"Benefit Plan Enrolment Column {n}" for n in range(150)]
    found, problems = said(",".join(["login,name,roles,uid", *more]) + "\nanna,A,nurse," + "," * 150 + "\n", BY_LOGIN)
    assert (problems, len(found.entries)) == ([], 1)
    _, (sentence,) = said(",".join(more) + "\n", Wishes(columns={"login": "Nr"}))
    assert len(sentence) < 1200
    assert "and 130 more" in sentence


def test_a_mark_inside_of_a_cell_opens_nothing_and_costs_its_own_line() -> None:
    rows = ['anna;A;nurse;;24" screen', "bob;B;nurse;;x", 'cat;C;nurse;;27" screen', "dan;D;nurse;;"]
    found, problems = said("login;name;roles;uid;Notes\n" + "\n".join(rows) + "\n", BY_LOGIN)
    assert [entry.login for entry in found.entries] == ["bob", "dan"]
    assert [problem.split(":")[0] for problem in problems] == ["line 2", "line 4"]


def test_a_cell_that_is_not_closed_within_the_bound_is_told_the_bound() -> None:
    long = "\n".join(["bob,B,nurse," + "x" * 1000] * (MAX_RECORD // 1000))
    found, problems = said(f'{HEAD}anna,"A,nurse,\n{long}\nzoe,Z,,\n')
    assert problems[0] == "line 2: A quotation mark is opened in this line and not closed within 1 MiB."
    assert found.entries[-1].login == "zoe"


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        ("Hostname,Location\nws-1,Ward 3\n", {"name": "Hostname", "place": "Location"}),
        ("name,place,Serial\nws-1,Ward 3,17\n", {}),
        ("Stations of 2026\n\nname;place\nws-1;Ward 3\n", {}),
        ("name,place\n\u200bws-1\u00a0,Ward 3\n", {}),
    ],
)
def test_lists_of_workstations_are_read_as_lists_of_people(data: str, columns: dict[str, str]) -> None:
    (station,), problems = stations_csv.read(data.encode(), None, columns)
    assert all(problem.warning for problem in problems)
    assert (station.name, station.place, station.exempt) == ("ws-1", "Ward 3", False)


def test_a_line_is_proposed_for_stations_too() -> None:
    _, (problem,) = stations_csv.read(b"Hostname,Location\nws-1,Ward 3\n")
    assert "--map name=Hostname --map place=Location" in problem.sentence


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_of_other_letters_is_known_without_a_mark(encoding: str) -> None:
    wishes = Wishes(columns={"login": "логин", "name": "имя"})
    found = read("логин;имя\nivan;Иван Иванов\n".encode(encoding), wishes)
    assert [(entry.login, entry.name) for entry in found.entries] == [("ivan", "Иван Иванов")]
    assert found.encoding == "UTF-16"
