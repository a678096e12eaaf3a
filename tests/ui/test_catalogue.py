"""What is read of a language's file is what Babel, which writes them, reads."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from hypothesis import given
from hypothesis import strategies as st

from kiosk.resources import resource
from kiosk.ui.catalogue import Entry, Sentence, read
from kiosk.ui.words import FOLDER

FILES = sorted((*resource(FOLDER).iterdir(), *(Path(__file__).parent / "catalogues").glob("*.po")))
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from('"\\\n\t#')
TEXTS = st.text(LETTERS, min_size=1, max_size=120)


def as_babel_reads(whole: bytes) -> list[Entry]:
    found = []
    for message in read_po(BytesIO(whole)):
        if message.context is not None:
            english: Sentence = tuple(message.id or ()) if message.pluralizable else str(message.id)
            said: Sentence = tuple(message.string or ()) if message.pluralizable else str(message.string)
            found.append(Entry(message.context, english, said, message.fuzzy))
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_our_files_are_read_as_babel_reads_them(file: Path) -> None:
    mine = read(file.read_text(encoding="utf-8")).entries
    theirs = as_babel_reads(file.read_bytes())
    assert {entry.key: entry.english for entry in mine} == {entry.key: entry.english for entry in theirs}
    if file.suffix == ".po":
        assert sorted(mine, key=str) == sorted(theirs, key=str)
    assert len(mine) == len({entry.key for entry in mine})


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, st.booleans(), st.booleans()), max_size=5), st.sampled_from([0, 20, 76]))
def test_whatever_a_tool_writes_is_read_as_babel_reads_it(
    messages: list[tuple[str, str, str, bool, bool]], width: int
) -> None:
    made = Catalog(locale="pl", fuzzy=False)
    for number, (english, several, said, counts, fuzzy) in enumerate(messages):
        flags, key = ["fuzzy"] if fuzzy else [], f"key.{number}"
        if counts:
            made.add((english, several), (said,) * 3, flags=flags, context=key, auto_comments=[several])
        else:
            made.add(english, said, flags=flags, context=key, user_comments=[several])
    whole = BytesIO()
    write_po(whole, made, width=width)
    found = read(whole.getvalue().decode())
    assert sorted(found.entries, key=str) == sorted(as_babel_reads(whole.getvalue()), key=str)
    assert found.forms == 3


@given(
    st.text(max_size=300)
    | st.lists(
        st.sampled_from(
            [
                "msgctxt",
                "msgid",
                "msgid_plural",
                "msgstr",
                "msgstr[0]",
                "msgstr[9]",
                ' "a"',
                '"b"',
                "\n",
                "#, fuzzy",
                "\\",
                '"',
            ]
        )
    ).map("".join)
)
def test_nothing_that_a_file_holds_ends_the_station(text: str) -> None:
    for entry in read(text).entries:
        assert entry.key or entry.english
