"""A list as somebody sent it: what is taken, and that everything wrong is named with its line."""

from __future__ import annotations

import csv
import hashlib
import io
from codecs import BOM_UTF8, BOM_UTF16_LE

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.service.records import cells
from kiosk.service.records.csv_records import MAX_RECORD
from kiosk.service.records.layout import Wishes
from kiosk.service.records.people_csv import MAX_BYTES, PeopleFile, PersonEntry, read

HEAD = b"login,name,roles,uid\n"
ADA = b"ada,Ada Lovelace,nurse;physician,04A1B2C3D4E5F6\n"


def said(read_: PeopleFile) -> list[str]:
    return [str(problem) for problem in read_.problems]


def test_a_right_list_is_read_whole() -> None:
    found = read(HEAD + ADA + b'Ben,"Barres, Ben",,\n')
    assert found.problems == []
    assert found.entries == [
        PersonEntry(2, "ada", "Ada Lovelace", ("nurse", "physician"), None, bytes.fromhex("04A1B2C3D4E5F6")),
        PersonEntry(3, "ben", "Barres, Ben", (), None, None),
    ]
    assert found.sha256 == hashlib.sha256(HEAD + ADA + b'Ben,"Barres, Ben",,\n').hexdigest()


@pytest.mark.parametrize(
    "data",
    [
        BOM_UTF8 + HEAD + ADA,
        (HEAD + ADA).replace(b"\n", b"\r\n"),
        HEAD.replace(b"login", b" LOGIN ") + b"\n,,,\n\n" + ADA.rstrip(b"\n"),
        (HEAD + ADA).replace(b"\n", b"\r"),
        b"sep=,\n" + HEAD + ADA,
        b'"sep=;"\r\nlogin;name;roles;uid\r\nada;Ada Lovelace;nurse physician;04A1B2C3D4E5F6\r\n',
        b'login;name;roles;uid\nada;Ada Lovelace;"nurse;physician";04A1B2C3D4E5F6\n',
        b"login\tname\troles\tuid\nada\tAda Lovelace\tnurse, physician\t04A1B2C3D4E5F6\n",
        b"login,name,roles,uid,\nada,Ada Lovelace,nurse physician,04A1B2C3D4E5F6,\n",
        HEAD + ADA + b'"","","",""\n"",,"",\n',
        b'"login", "name" ,"roles","uid"\n"ada", "Ada Lovelace" ,"nurse;physician","04A1B2C3D4E5F6"\n',
        HEAD + b'ada,"Ada\r\nLovelace",nurse;physician,04A1B2C3D4E5F6\r\n',
        HEAD + "ada,Ada\N{NO-BREAK SPACE}Lovelace\N{LEFT-TO-RIGHT MARK},nurse;physician,04A1B2C3D4E5F6\n".encode(),
        (HEAD + ADA).decode().encode("utf-16"),
        (HEAD + ADA).decode().encode("utf-16-le"),
        (HEAD + ADA).decode().encode("utf-16-be"),
        (HEAD + ADA).decode().encode("utf-32"),
        HEAD + ADA + b"\x1a",  # a program of the days of DOS
        HEAD + "ada,Ada\N{HANGUL FILLER}Lovelace,nurse;physician,04A1B2C3D4E5F6\n".encode(),
        HEAD + b'="ada",\tAda Lovelace,nurse;physician,="04A1B2C3D4E5F6"\n',
        HEAD + b'ada,Ada Lovelace,nurse;physician,"=""04A1B2C3D4E5F6"""\n',
        HEAD + b"ada,Ada Lovelace,nurse;physician,'04A1B2C3D4E5F6\n",
        (HEAD + ADA).replace(b"\n", b"\r\r\n"),
        (HEAD + ADA).replace(b"\n", b"\r").replace(b"Ada Lovelace", b'"Ada\nLovelace"'),
        b"uid,place,roles,name,login\n04:a1:b2:c3:d4:e5:f6,,nurse physician, Ada  Lovelace ,ADA\n",
    ],
)
def test_what_spreadsheets_do_to_a_list_does_no_harm(data: bytes) -> None:
    (entry,) = read(data).entries
    assert read(data).problems == []
    assert (entry.login, entry.name, entry.roles) == ("ada", "Ada Lovelace", ("nurse", "physician"))
    assert entry.number == bytes.fromhex("04A1B2C3D4E5F6")


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_alone() -> None:
    found = read(HEAD + b'a,"Ann,,\n' + b"".join(b"p%d,Person,,\n" % n for n in range(50)))
    assert [problem.line for problem in found.problems] == [2]
    assert len(found.entries) == 50


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    found = read(HEAD + b'ada,"Ada\nLovelace",,\nbad login,Ben,,\n')
    assert [(problem.line, problem.column) for problem in found.problems] == [(4, "login")]


PERSONNEL = "\ufeffPersNr;Nachname;Vorname;Abteilung;Eintritt\n4711;Lovelace;Ada;Station 3;2020-01-01\n"


def test_a_personnel_systems_own_columns_are_mapped() -> None:
    wishes = Wishes(columns={"login": "PersNr", "name": "Vorname+Nachname", "place": "Abteilung"})
    found = read(PERSONNEL.encode(), wishes)
    assert found.problems == []
    assert found.entries == [PersonEntry(2, "4711", "Ada Lovelace", (), "Station 3", None)]
    assert found.layout is not None
    said_of_it = found.layout.said()
    assert said_of_it.startswith("semicolons between the cells; columns: login from “persnr”, name from “vorname+nach")


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({}, "Repeat with what they seem to be: --map name=Vorname+Nachname"),
        ({"login": "Nummer", "name": "Nachname"}, "There is no column “nummer” for login. The file has “persnr”"),
        ({"login": "PersNr"}, "There is no column “name” for name"),
        ({"login": "PersNr", "name": "Nachname", "roles": "Rolle"}, "no column “rolle” for roles"),
    ],
)
def test_columns_that_are_not_there_are_named(columns: dict[str, str], sentence: str) -> None:
    (problem,) = read(PERSONNEL.encode(), Wishes(columns=columns)).problems
    assert sentence in problem.sentence


def test_a_file_is_read_in_the_encoding_that_was_said() -> None:
    data = HEAD + "ada,Ärztin,,\n".encode("cp1252")
    assert [entry.name for entry in read(data, Wishes(encoding="cp1252")).entries] == ["Ärztin"]
    (problem,) = read(data, Wishes(encoding="utf-9")).problems
    assert "no encoding “utf-9”" in problem.sentence
    for odd in ("base64", "undefined", "\udcff", ""):
        (problem,) = read(data, Wishes(encoding=odd)).problems
        assert f"no encoding “{odd}”" in problem.sentence
    (problem,) = read(data, Wishes(encoding="utf-8")).problems
    assert "byte C4 in line 2" in problem.sentence


@pytest.mark.parametrize("said_of_it", ["cp1252", "iso8859-15", "cp850", "shift_jis"])
def test_unicode_is_read_in_no_other_encoding(said_of_it: str) -> None:
    data = HEAD + "bo,Bo,,\nada,Ärztin,,\n".encode()
    (problem,) = read(data, Wishes(encoding=said_of_it)).problems
    assert problem.sentence == "The file is UTF-8, in which a line of it reads “ada,Ärztin,,”. Leave --encoding out."
    assert [entry.name for entry in read(HEAD + b"ada,Ada,,\n", Wishes(encoding=said_of_it)).entries] == ["Ada"]


def test_a_name_that_went_through_a_wrong_encoding_is_warned_of() -> None:
    found = read(HEAD + "ada,MÃ¼ller,,\nben,Müller,,\ncy,Ålesund Æ,,\n".encode())
    (problem,) = found.problems
    assert (problem.line, problem.column, problem.warning) == (2, "name", True)
    assert "“Müller” may be meant" in problem.sentence
    assert len(found.entries) == 3


@pytest.mark.parametrize(
    "above",
    [
        b"Personnel, as of 1 November\n",
        b"# made by a program\n\n",
        b'"Title",,,\n"of two\nlines",,,\n',
        b'sep=,\nTitle "A" of all\n',
    ],
)
def test_what_stands_above_the_columns_is_left_and_said(above: bytes) -> None:
    found = read(above + HEAD + ADA)
    assert [entry.login for entry in found.entries] == ["ada"]
    (problem,) = found.problems
    assert problem.warning
    assert problem.line == above.count(b"\n") + 1
    assert "names the columns, was left" in problem.sentence


def test_columns_are_not_looked_for_in_the_whole_list() -> None:
    (problem,) = read(b"title\n" * 11 + HEAD + ADA).problems
    assert (problem.line, problem.warning) == (1, False)


def test_a_column_that_nobody_asked_for_may_stand_there_twice() -> None:
    wishes = Wishes(columns={"login": "Nr", "name": "Name"})
    assert [entry.name for entry in read(b"Nr;Name;Chef;Chef\nada;Ada;x;y\n", wishes).entries] == ["Ada"]
    (problem,) = read(b"Nr;Name;Name\nada;Ada;x\n", wishes).problems
    assert "two columns “name”" in problem.sentence


@pytest.mark.parametrize("theirs", ["Name (Vor+Nach)", "Name (vor+nach)", "Prénom", "Pre\u0301nom"])
def test_a_column_is_found_by_its_whole_name_however_it_is_spelt(theirs: str) -> None:
    data = "Nr;Name (Vor+Nach);Pre\u0301nom\nada;Ada;Ada\n".encode()
    (ada,) = read(data, Wishes(columns={"login": "Nr", "name": theirs})).entries
    assert ada.name == "Ada"


def test_a_number_does_not_show_in_what_is_read() -> None:
    found = read(HEAD + ADA)
    assert "04A1B2" not in repr(found).upper()
    assert "xa1" not in repr(found)


@pytest.mark.parametrize(
    ("line", "column", "sentence"),
    [
        (b"ada,A\x00da,,", "", "NUL"),
        (b'ada,"Ada,,', "", "opened in this line and never closed"),
        (b'ada,A "Bee" C,,', "", "stands where none may"),
        (b'ada,"Ada"x,,', "", "stands where none may"),
        (b"ada,Ada", "", "2 cells, not 4"),
        (b"ada,Ada,,,,x", "", "6 cells, not 4"),
        (b"x" * (MAX_RECORD + 1), "", "longer than 1 MiB"),
        (b"=cmd|'/C calc'!A0,Ada,,", "login", "formula"),
        (b"ada,+Ada,,", "name", "formula"),
        (b"ada,-Ada,,", "name", "formula"),
        (b"ada,@SUM(A1),,", "name", "formula"),
        (b'ada,"=HYPERLINK(""http://x"",""y"")",,', "name", "formula"),
        ("ada,＝1+1,,".encode(), "name", "formula"),
        ("ada,\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}=1+1,,".encode(), "name", "formula"),
        ("ada,M\N{REPLACEMENT CHARACTER}ller,,".encode(), "name", "U+FFFD REPLACEMENT CHARACTER"),
        (b"a" * 65 + b",Ada,,", "login", "more than 64 characters"),
        (b"ada,Ada,=nurse,", "roles", "formula"),
        (b"ada,Ada,,-04A1B2C3D4E5F6", "uid", "formula"),
        (b"a da,Ada,,", "login", "cannot be a login"),
        (b",Ada,,04A1B2C3", "login", "cannot be a login"),
        (b"ada,,nurse,", "name", "A name has 1 to 100"),
        (b"ada," + b"x" * 101 + b",,", "name", "A name has 1 to 100"),
        (b"ada," + b"x" * 201 + b",,", "name", "longer than 200"),
        ("ada,A\N{RIGHT-TO-LEFT OVERRIDE}da,,".encode(), "name", "cannot be seen: U+202E RIGHT-TO-LEFT OVERRIDE"),
        (b"ada,A\x1b[2Jda,,", "name", "cannot be seen"),
        (b"ada,A\x07da,,", "name", "cannot be seen: U+0007"),
        ("ada,Ada,Übung,".encode(), "roles", "cannot be a role"),
        (b"ada,Ada," + b";".join(b"r%d" % n for n in range(21)) + b",", "roles", "at most 20"),
        (b"ada,Ada,,04A1B2", "uid", "has 3"),
        (b"ada,Ada,,4A1B2C3D4E5F6", "uid", "odd number"),
        (b"ada,Ada,,1.2E+13", "uid", "made a decimal number of this"),
        (b'ada,Ada,,"1,23E+13"', "uid", "made a decimal number of this"),
        (b"ada", "", "has 1 cell, not 4"),
        ("ada,\N{COMBINING ACUTE ACCENT}da,,".encode(), "name", "U+0301 COMBINING ACUTE ACCENT, which belongs on a"),
        (b"ada,Ada,,none", "uid", "hex"),
        (b"ada,Ada,,08A1B2C3", "uid", "begins with 08"),
    ],
)
def test_what_is_wrong_with_a_line_is_named_with_its_number(line: bytes, column: str, sentence: str) -> None:
    found = read(HEAD + b"ok,Fine,nurse,\n" + line + b"\nlater,Also Fine,,\n")
    assert [entry.login for entry in found.entries] == ["ok", "later"]
    (problem,) = found.problems
    assert (problem.line, problem.column, problem.warning) == (3, column, False)
    assert sentence in problem.sentence


def test_every_problem_of_a_line_is_named() -> None:
    found = read(HEAD + b"a b,=x,Y,zz\n")
    assert [problem.column for problem in found.problems] == ["name", "login", "roles", "uid"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"sep=;\n", "is empty"),
        (BOM_UTF16_LE + b"\x00", "not utf-16"),
        (HEAD + "ada,Ärztin,,\n".encode("cp1252") * 1485, "As Windows-1252 that line reads “ada,Ärztin,,”"),
        (HEAD + b"ada,\xc4\x81\x8d,,\n", "Say what it is with --encoding"),
        (b"login;name;roles\n", "Missing: uid"),
        (b"login,name,roles\n", "must name the columns"),
        (b"login,name,roles,uid,uid\n", "two columns “uid”"),
        (b"login,name,roles,badges\n", "must name the columns"),
        (ADA, "must name the columns"),
        (b"ann,Ann,nurse,\n", "must name the columns"),
        (b"nurse,nurse,x,y\n", "must name the columns"),
        (b"login,name,roles,uid,plase\nann,Ann,,,\n", "Not known: “plase”"),
        (b"login,,name,roles,uid\nann,,Ann,,\n", "A column between others has no name"),
        (b"PK\x03\x04\x14\x00\x00\x00\x08\x00\xfc\xff", "is a workbook of a spreadsheet"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504), "an older spreadsheet (.xls)"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "is a PDF"),
        (b"\r\n<html><body><table><tr><td>login</td></tr></table>", "is a web page"),
        (BOM_UTF8 + b'<?xml version="1.0"?>\n<Workbook/>\n', "is a web page or XML"),
        ("<table><tr><td>login".encode("utf-16"), "is a web page"),
        (b"\x1f\x8b\x08\x00" + bytes(20), "compressed"),
        (b"x" * (MAX_BYTES + 1), "larger than 64 MiB"),
    ],
)
def test_a_file_that_is_no_list_is_said_so_once(data: bytes, sentence: str) -> None:
    found = read(data)
    assert sentence in "".join(said(found))
    assert (len(found.problems), found.entries) == (1, [])


def test_a_login_or_badge_that_stands_there_twice_names_the_first_line() -> None:
    found = read(HEAD + ADA + b"ADA,Other,,\nben,Ben,,04:a1:b2:c3:d4:e5:f6\n")
    assert said(found) == [
        "line 3: login: “ada” is in line 2 already. One line a person.",
        "line 4: uid: This badge is in line 2 already. A badge belongs to one person.",
    ]


def test_a_problem_never_repeats_a_badge_number() -> None:
    found = read(HEAD + ADA + b"ben,Ben,,04A1B2C3D4E5F6\ncy,Cy,,08A1B2C3\ndee,Dee,,4A1B2C3D4E5F6\n")
    assert len(found.problems) == 3
    assert "A1B2" not in "".join(said(found))


@settings(deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_make_the_reader_fail_and_every_problem_has_a_line_of_the_file(data: bytes, headed: bool) -> None:
    whole = (HEAD if headed else b"") + data
    found = read(whole)
    ends = whole.count(b"\n") + whole.count(b"\r")
    assert all(0 <= problem.line <= ends + 1 for problem in found.problems)
    bad = {problem.line for problem in found.problems}
    assert not bad & {entry.line for entry in found.entries}


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), min_size=1))
def test_any_line_that_a_csv_writer_makes_is_split_as_it_was(row: list[str]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(row)
    assert cells.split(out.getvalue()) == row


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2))
def test_what_is_written_is_read_as_it_was_but_for_the_apostrophe_before_a_formula(row: list[str]) -> None:
    (back,) = csv.reader(io.StringIO(cells.join(row) + "\r\n", newline=""), strict=True)
    assert back == [cells.safe(text) for text in row]
    assert not any(text[:1] in cells.FORMULA and text for text in back)


@pytest.mark.parametrize(
    ("contact", "word"),
    [
        ("+41791234567", "formula"),
        ("=cmd|'/C calc'!A0", "formula"),
        ("anna@home.example", "kind"),
        ("mailto:anna at home", "kind"),
        ("mailto:" + "a" * 200, "longer than 200"),
        ("mailto:anna\u200b@home.example", "cannot be seen"),
    ],
)
def test_a_contact_that_leads_nowhere_keeps_the_list_out(contact: str, word: str) -> None:
    (problem,) = read(f"login,name,roles,uid,contact\nada,Ada,,,{contact}\n".encode()).problems
    assert (problem.line, problem.column) == (2, "contact")
    assert word in problem.sentence


def test_a_contact_is_taken_as_it_is() -> None:
    (ada,) = read(b"login,name,roles,uid,contact\nada,Ada,,,tel:+41791234567\n").entries
    assert ada.contact == "tel:+41791234567"
