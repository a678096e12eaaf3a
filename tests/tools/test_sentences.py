"""Pages that people work by can be read once; the measure counts what a reader reads."""

from __future__ import annotations

import pytest

from tools.sentences import MAX_AVERAGE, PAGES, measured, sentences_of


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_people_work_by_can_be_read_once(page: str) -> None:
    found = measured(page)
    assert found.sentences
    assert [sentence.text for sentence in found.too_long] == []
    assert found.average <= MAX_AVERAGE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("One two three. Four five.", [3, 2]),
        ("Lines that go\non are one. `code with spaces` is one word.", [6, 4]),
        ("# No heading\n\n- an item\n- another item\n  of two lines", [2, 5]),
        ("[a link](to/some/where.md) counts as its text", [6]),
        ("```\nno example. None.\n```\nText.", [1]),
        ("| a cell. With two | – |\n|---|---|", [2, 2]),
        ("e.g. version 3.14 is one sentence", [6]),
        ("<!-- no comment -->Seen.", [1]),
    ],
)
def test_what_is_counted(text: str, words: list[int]) -> None:
    assert [sentence.words for sentence in sentences_of(text)] == words


def test_cells_are_not_part_of_the_average() -> None:
    assert [sentence.cell for sentence in sentences_of("Prose.\n\n| cell |\n|---|")] == [False, True]
