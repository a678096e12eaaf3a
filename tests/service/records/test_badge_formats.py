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
