"""Badge numbers in a list as they are printed on cards or typed by readers: the same badge as at every reader."""

from __future__ import annotations

import pytest

from kiosk.model.wedge_text import parse
from kiosk.service.records import people_csv
from kiosk.service.records.layout import Wishes
from kiosk.service.store import badge_number

PRINTED = Wishes(formats=(parse("H10301,typed=card,facility=17,length=5"), parse("8H10D,front=0F")))


def read(*cells: str, wishes: Wishes = PRINTED) -> people_csv.PeopleFile:
    lines = [f"p{place},Person {place},nurse,{cell}" for place, cell in enumerate(cells)]
    return people_csv.read("\n".join(["login,name,roles,uid", *lines]).encode(), wishes)


def test_numbers_are_read_by_the_first_format_that_fits() -> None:
    made = read("12345", "0057169547", "")
    assert made.problems == []
    assert [entry.number and entry.number.hex() for entry in made.entries] == ["00226073", "0f0368568b", None]


def test_a_number_in_none_of_them_is_named_with_its_line_and_reason() -> None:
    made = read("12345", "7", "999999999999")
    assert [(problem.line, problem.column) for problem in made.problems] == [(3, "uid"), (4, "uid")]
    assert "1 character is left, not 5" in made.problems[0].sentence


def test_one_badge_in_two_forms_is_one_badge() -> None:
    formats = (parse("H10301,typed=card,facility=17,length=5"), parse("H10301"))
    made = read("12345", "226073", wishes=Wishes(formats=formats))
    assert [problem.sentence for problem in made.problems] == [
        "This badge is in line 2 already. A badge belongs to one person."
    ]


def test_without_a_format_a_number_is_hex_as_ever() -> None:
    assert badge_number.parse_as("04:a1:b2:c3:d4:e5:f6", ()) == badge_number.parse("04A1B2C3D4E5F6")


@pytest.mark.parametrize("text", ["", "12346x", "65536"])
def test_a_number_that_is_none_raises_its_sentence(text: str) -> None:
    with pytest.raises(badge_number.InvalidBadgeNumberError, match="In this format it is no badge's number"):
        badge_number.parse_as(text, (parse("H10301,typed=card,facility=17"),))


AS_READ = Wishes()


@pytest.mark.parametrize(
    ("numbers", "repeat_with"),
    [
        (("2712847316", "1234567890"), "--badge-format uid,typed=decimal or"),
        (("2712847316",), "--badge-format uid,typed=decimal or"),
        (("27128473", "12345678"), "--badge-format uid,typed=decimal or"),
        (("123456789", "", "2712847316"), "--badge-format uid,typed=decimal or"),
        (
            ("2712847316", "1152921504606846"),
            "--badge-format uid,typed=decimal --badge-format uid,typed=decimal,bytes=7 or",
        ),
        (("12345", "54321"), "H10301,typed=card"),
    ],
)
def test_a_list_of_decimal_numbers_is_asked_about(numbers: tuple[str, ...], repeat_with: str) -> None:
    made = read(*numbers, wishes=AS_READ)
    (asked,) = made.problems
    assert (asked.line, asked.column, asked.warning) == (2, "uid", False)
    assert repeat_with in asked.sentence
    assert not any(number in asked.sentence for number in numbers if number)


def test_both_readings_are_told_apart_by_their_size_and_first_byte() -> None:
    (asked,) = read("2712847316", "1234567890", wishes=AS_READ).problems
    assert "As hex the first is 5 bytes beginning with 27, as decimal 4 bytes beginning with A1." in asked.sentence


@pytest.mark.parametrize("numbers", [("27128473",), ("27128473", "A1B2C3D4"), ("2712847316", "0434567890AB")])
def test_a_number_without_letters_among_others_is_hex(numbers: tuple[str, ...]) -> None:
    made = read(*numbers, wishes=AS_READ)
    assert made.problems == []
    assert [entry.number for entry in made.entries] == [bytes.fromhex(number) for number in numbers]


@pytest.mark.parametrize(("said", "first"), [("uid", "2712847316"), ("uid,typed=decimal", "a1b2c3d4")])
def test_whoever_says_which_it_is_is_not_asked(said: str, first: str) -> None:
    made = read("2712847316", "1234567890", wishes=Wishes(formats=(parse(said),)))
    assert made.problems == []
    assert made.entries[0].number == bytes.fromhex(first)


def test_a_layouts_number_is_not_held_to_the_rule_of_chips() -> None:
    formats = (parse("H10306,number=facility_card,typed=facility_card"),)
    made = read("2066.13398", "65535.65535", wishes=Wishes(formats=formats))
    assert made.problems == []
    assert [entry.number and entry.number.hex() for entry in made.entries] == ["08123456", "ffffffff"]
