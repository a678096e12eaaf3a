"""What is asked is drawn whole at the smallest display, in every language, at every limit."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QFontMetricsF, QRawFont
from PySide6.QtWidgets import QApplication

from kiosk.model.break_glass import UnderEmergency
from kiosk.model.consent import Consent, ConsentLine, lines
from kiosk.model.drawable import _PRINT
from kiosk.model.letters import script_of
from kiosk.model.look_alikes import POINTER
from kiosk.resources import resource
from kiosk.session.facts import consent_pages as paging
from kiosk.session.facts.consent_pages import Piece, beside, pages
from kiosk.session.facts.emergency_screens import EmergencyBar
from kiosk.session.facts.notices import HELD_OFF
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.screens import ConsentPage, StepUp
from kiosk.session.step_up.consent import short
from kiosk.ui.parts.asked import Whole, asker, distinct
from kiosk.ui.samples.people import LONG, OFFLINE
from kiosk.ui.samples.proofs import KEY_PIN
from kiosk.ui.theme import FONT, load_fonts
from kiosk.ui.views import draw
from kiosk.ui.words import LANGUAGES, Words
from tests.fakes.screens import Show, settle
from tests.ui.test_layout import overlaps, problems

MIN_DISPLAY = (1024, 768)
DRAWN = (
    [chr(code) for code in range(0x20, 0x7F)]
    + [chr(code) for code in range(0x80, 0x2200) if script_of(chr(code)) or chr(code) in _PRINT]
    + [POINTER]
)
WORST = {
    "wide": "W" * 512,
    "wider": "Њ" * 512,
    "narrow": "i" * 512,
    "words": ("abcdefghijk " * 50)[:511] + "z",
    "long words": ("Wwwwwwwwwwwww " * 50)[:511] + "z",
    "path": ("/a-very-long-folder.name" * 30)[:512],
    "accents": "Ễ" * 512,
    "named": "Ð" * 512,
}


def consent(**said: object) -> Consent:
    whole: dict[str, object] = {
        "login": "mfw", "workstation": "Bay 2", "program": "", "path": "/usr/bin/x", "origin": None,
        "action": "record.export", "resource": "Patient/1", "records": 0, "purpose": "care", "audience": "urn:x",
    }  # fmt: skip
    return Consent(**{**whole, **said})  # type: ignore[arg-type]  # its own fields


def screens(asked: Consent, *, another: bool = True, notice: Notice | None = HELD_OFF) -> list[StepUp]:
    """Every page; or the one screen where there is no page."""
    said = lines(asked)

    def made(said: tuple[ConsentLine, ...], page: ConsentPage | None) -> StepUp:
        prove = None if page else KEY_PIN
        return StepUp(
            OFFLINE, LONG, 1, said, "restricted", 60, (), prove, page, notice=None if page else notice, another=another
        )

    if beside(said, another=another):
        return [made(said, None)]
    read = pages(said)
    return [made(short(said), ConsentPage(page, number, len(read))) for number, page in enumerate(read)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_asked_in_an_emergency_is_drawn_whole_below_the_red_bar(show: Show, language: str) -> None:
    bar = EmergencyBar("patient in danger", LONG.name, 1740, 0)
    beside_ones = 0
    for reason, purpose, path in product(("patient in danger", "Wider words " * 8 + "x"), (1, 3, 5, 9), (4, 40)):
        asked = consent(
            path="/" + "m" * path, purpose="to transfer care " * purpose + "now", audience="https://records.example",
            emergency=UnderEmergency("u", reason), program="Clinical records" if path == 4 else "",
        )  # fmt: skip
        for another, notice in ((False, None), (True, None), (False, HELD_OFF)):
            beside_ones += beside(lines(asked), another=another)
            for screen in screens(asked, another=another, notice=notice):
                view = show(replace(screen, emergency=bar), MIN_DISPLAY, language=language).view
                assert problems(view) + overlaps(view) == [], (reason, purpose, path, another)
    assert beside_ones > 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WORST)
def test_the_longest_texts_are_drawn_whole_page_by_page(show: Show, name: str, language: str) -> None:
    text = WORST[name]
    asked = consent(path=text, resource=text, purpose=text, lost=(text,), patients=(text, text))
    first, *others = screens(asked)
    view = show(first, MIN_DISPLAY, language=language).view
    assert problems(view) + overlaps(view) == []
    for screen in others:  # as the window does: the next page is drawn where the last one was
        draw(view, screen)
        settle()
        assert problems(view) + overlaps(view) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_stands_beside_its_proof_has_room_there(show: Show, language: str) -> None:
    tried = 0
    for path, resource_, count, purpose in product((10, 45), (10, 25, 60), (0, 3), (10, 40, 80)):
        patients = tuple(f"Patient/{100_000 + number}" for number in range(count))
        asked = consent(
            path="/" + "opt/mw"[: path % 7] + "m" * path, resource="Ward/" + "w" * resource_,
            purpose="to transfer care " * (purpose // 16) + "now", patients=patients, audience="https://records.example",
        )  # fmt: skip
        for another, notice in product((False, True), (None, HELD_OFF)):
            if beside(lines(asked), another=another):
                tried += 1
                view = show(screens(asked, another=another, notice=notice)[0], MIN_DISPLAY, language=language).view
                assert problems(view) + overlaps(view) == [], (another, notice)
    assert tried > 8


def test_every_character_that_is_taken_is_in_the_typeface(qapp: QApplication) -> None:
    for weight in ("Regular", "SemiBold"):
        font = QRawFont(str(resource("fonts", f"Inter-{weight}.otf")), 16)
        assert [character for character in DRAWN if not font.supportsCharacter(ord(character))] == []


def test_widths_are_never_thought_too_small(qapp: QApplication) -> None:
    load_fonts()
    font = QFont(FONT)
    font.setPixelSize(1000)
    font.setWeight(QFont.Weight.DemiBold)
    metrics = QFontMetricsF(distinct(font))
    assert [
        character
        for character in DRAWN
        if metrics.horizontalAdvance(character) / 1000 > paging.width(character) + 0.005
    ] == []


def test_letters_and_digits_that_look_alike_are_drawn_apart(qapp: QApplication) -> None:
    load_fonts()
    seen = {}
    for text in ("I", "l", "1", "|", "0", "O", "3", "З", "10x20", "10\u00d720", "->", "\u2192"):
        drawn = Whole()
        drawn.say(text)
        drawn.resize(drawn.sizeHint())
        seen[text] = drawn.grab().toImage()
    for character, other in (
        ("I", "l"),
        ("I", "|"),
        ("l", "1"),
        ("0", "O"),
        ("3", "З"),
        ("10x20", "10\u00d720"),
        ("->", "\u2192"),
    ):
        assert seen[character] != seen[other]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_around_a_path_are_not_longer_than_thought(language: str) -> None:
    words = Words(language)
    longest = max(paging.width(said) for said in paging._ASKERS)
    for said in (f"{words('step_up.program')} {words('step_up.unregistered')}: ", words("step_up.unreadable")):
        assert paging.width(said) <= longest + paging.width(words("step_up.program"))
    assert paging.width(words("step_up.count", n=2).removeprefix("2")) <= paging.width(paging._COUNT)


@given(st.lists(st.text(alphabet="Wi m/Њ1", min_size=1, max_size=700), min_size=1, max_size=12))
def test_paging_leaves_nothing_out_and_nothing_over(texts: list[str]) -> None:
    said = lines(consent(patients=tuple(texts)))
    found: list[tuple[str, str]] = []
    for page in pages(said):
        assert page
        assert sum(_rows(piece) for piece in page) <= paging.PAGE_ROWS
        for piece in page:
            if piece.goes_on:
                found[-1] = (found[-1][0], found[-1][1] + "".join(piece.values))
            else:
                found += [(piece.key, value) for value in piece.values]
    assert found == [(line.key, line.value) for line in said]


def _rows(piece: Piece) -> int:
    return 1 + sum(len(paging.rows(value, paging.PAGE_EMS)) for value in piece.values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_server_and_what_it_shows_are_drawn_whole(show: Show, language: str) -> None:
    for title, message in product(
        ("Chart", "W" * 60, "Clinical records of the whole hospital"), (None, "code 4711", "W" * 100)
    ):
        asked = consent(path="", server=title, message=message, action="app.sign_in.phr", resource=title)
        for screen in screens(asked):
            view = show(screen, MIN_DISPLAY, language=language).view
            assert problems(view) + overlaps(view) == [], (title, message)


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_asks_is_called_a_server(language: str) -> None:
    words = Words(language)
    said = asker(words, lines(consent(path="", server="Chart")))
    assert said == f"{words('step_up.program')} {words('step_up.server', name='Chart')}"
    longest = paging.width(paging._ASKERS[2]) + paging.width("Chart") + paging.width(paging._SERVER)
    assert paging.width(said) <= longest
