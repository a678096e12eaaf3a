"""My keys: what a person has, page by page, and what can be done with one of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from kiosk.model.enrolment import FactorKind, FactorView
from kiosk.service.enrolment.table import HANDLERS
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.enrolment_screens import MyKeys
from kiosk.session.facts.person_input import FactorPicked, KindPicked
from kiosk.ui.parts.choice import Choice
from kiosk.ui.parts.factor import day, name_of, state_of
from kiosk.ui.samples import SAMPLES
from kiosk.ui.views import draw
from kiosk.ui.words import Words
from tests.fakes.screens import Drawn, Show, Shown, focus, said, settle


@pytest.fixture(autouse=True)
def in_london_in_winter(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Days are said as of where the station stands: here it is UTC, wherever this machine is."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def sample(name: str) -> MyKeys:
    screen = SAMPLES[name]
    assert isinstance(screen, MyKeys)
    return screen


def rows(shown: Shown) -> list[str]:
    return [choice.accessibleName() for choice in shown.view.findChildren(Choice) if choice.isVisible()]


def buttons(shown: Shown) -> set[str]:
    return {b.text() for b in shown.view.findChildren(QAbstractButton) if b.isVisible() and b.text()}


def press(shown: Shown, words: str) -> None:
    button = next(b for b in shown.view.findChildren(QAbstractButton) if b.isVisible() and b.text() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_row_says_name_kind_model_dates_and_state(show: Show) -> None:
    assert (
        "Blue key on lanyard. Security key · Example Key 5 NFC. Added: 22 Jan 2026 · Last used: 16 Nov 2026. Works"
        in rows(show(sample("my-keys")))
    )


def test_a_state_is_told_in_words(show: Show) -> None:
    shown = show(sample("my-keys-many"), (1080, 1920))
    states = [row.rsplit(". ", 1)[1] for row in rows(shown)]
    assert states == ["Works", "Works", "Reported lost", "Works", "Works", "Suspended", "Ended", "Works"]


def test_whether_something_has_ended_is_not_judged_by_this_computers_clock() -> None:
    for until, ended in ((1, False), (4_000_000_000, True)):
        factor = FactorView("x", FactorKind.TEMPORARY_BADGE, "", 0, until=until, ended=ended)
        assert state_of(Words("en"), factor)[2] == ("Ended" if ended else "Works")


def test_what_does_not_fit_comes_on_the_next_page(show: Show) -> None:
    shown = show(sample("my-keys-many"))
    first = rows(shown)
    press(shown, "More (page 1 of 2)")
    second = rows(shown)
    assert not set(first) & set(second)
    assert len(first) + len(second) == len(sample("my-keys-many").factors)
    assert focus().accessibleName() == "More (page 2 of 2)"
    press(shown, "More (page 2 of 2)")
    assert rows(shown) == first


def test_the_next_person_begins_on_the_first_page(drawn: Drawn) -> None:
    drawn.window.show_screen(sample("my-keys-many"))
    settle()
    shown = Shown(drawn.window._view, drawn.window._kit)  # type: ignore[arg-type]
    first = rows(shown)
    press(shown, "More (page 1 of 2)")
    drawn.window.show_screen(SAMPLES["locked"])
    drawn.window.show_screen(sample("my-keys-many"))
    settle()
    assert rows(shown) == first


def test_a_factor_is_picked_by_keyboard(show: Show) -> None:
    shown = show(sample("my-keys"))
    QTest.keyClick(focus(), Qt.Key.Key_Tab)
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert shown.events == [FactorPicked("key:k7q2m4xd")]


@pytest.mark.parametrize(
    ("name", "words", "event"),
    [
        ("my-keys", "Add a security key", KindPicked(FactorKind.KEY)),
        ("my-keys", "Add", Pressed(Button.ADD)),
        ("my-keys", "Close", Pressed(Button.CANCEL)),
        ("my-keys-chosen", "Report lost", Pressed(Button.LOST)),
        ("my-keys-chosen", "Replace", Pressed(Button.REPLACE)),
        ("my-keys-chosen", "Back to the list", FactorPicked("key:k7q2m4xd")),
        ("my-keys-confirm", "Yes, it is lost", Pressed(Button.CONFIRM)),
        ("my-keys-confirm", "No, go back", Pressed(Button.CANCEL)),
    ],
)
def test_a_touch_posts_what_it_says(show: Show, name: str, words: str, event: object) -> None:
    shown = show(sample(name))
    press(shown, words)
    assert shown.events == [event]


@pytest.mark.parametrize("name", ["my-keys", "my-keys-chosen", "my-keys-confirm", "my-keys-none"])
def test_escape_leaves(show: Show, name: str) -> None:
    shown = show(sample(name))
    QTest.keyClick(focus(), Qt.Key.Key_Escape)
    assert shown.events == [Pressed(Button.CANCEL)]


def test_enter_reports_nothing_lost(show: Show) -> None:
    for name, event in (("my-keys-chosen", FactorPicked("key:k7q2m4xd")), ("my-keys-confirm", Pressed(Button.CANCEL))):
        shown = show(sample(name))
        QTest.keyClick(focus(), Qt.Key.Key_Return)
        assert shown.events == [event]


@pytest.mark.parametrize(
    ("factor", "may_add", "there"),
    [
        (FactorView("x", FactorKind.KEY, "Mine", 0), (), {"Report lost", "Name it"}),
        (FactorView("x", FactorKind.KEY, "Mine", 0, state="lost"), (FactorKind.KEY,), {"Replace", "Name it"}),
        (FactorView("x", FactorKind.PIN, "", 0), (FactorKind.PIN,), {"Replace"}),
    ],
    ids=["what may not be added is not replaced", "what is lost is not lost again", "a PIN is changed, not lost"],
)
def test_only_what_makes_sense_is_offered(
    show: Show, factor: FactorView, may_add: tuple[FactorKind, ...], there: set[str]
) -> None:
    shown = show(replace(sample("my-keys-chosen"), factors=(factor,), chosen="x", may_add=may_add))
    assert buttons(shown) - {"Back to the list"} == there


def test_a_key_is_offered_by_its_own_button_only_where_it_may_be_added(show: Show) -> None:
    for may_add, there in (((FactorKind.KEY,), True), ((FactorKind.PIN,), False), ((), False)):
        shown = show(replace(sample("my-keys"), may_add=may_add))
        assert ("Add a security key" in buttons(shown)) is there
        assert ("Add" in buttons(shown)) is bool(may_add)


def test_one_that_is_gone_meanwhile_leads_back_to_the_list(show: Show) -> None:
    shown = show(replace(sample("my-keys-chosen"), chosen="gone"))
    assert rows(shown)
    assert "Close" in buttons(shown)


def test_missing_keys_are_said_and_the_codes_are_counted(show: Show) -> None:
    text = said(show(sample("my-keys")).view)
    assert "Your role needs 1 more security key." in text
    assert "8 recovery codes are left." in text


def test_a_name_with_tricks_is_made_harmless(show: Show) -> None:
    factor = replace(sample("my-keys").factors[0], name="Mine\u202e\n" + "x" * 500)
    shown = show(replace(sample("my-keys"), factors=(factor,)))
    assert "\u202e" not in rows(shown)[0]
    assert len(rows(shown)[0]) < 200


def test_the_list_is_drawn_anew_when_it_changes(show: Show) -> None:
    shown = show(sample("my-keys"))
    draw(shown.view, replace(sample("my-keys"), factors=sample("my-keys").factors[:2]))
    settle()
    assert len(rows(shown)) == 2


@pytest.mark.parametrize(("language", "said_as"), [("en", "1 Mar 2024"), ("es", "1 mar 2024"), ("fr", "1 mars 2024")])
def test_a_day_is_said_as_people_say_it(language: str, said_as: str) -> None:
    assert day(Words(language), 1_709_294_400) == said_as


@pytest.mark.parametrize(
    ("name", "kind", "said_as"),
    [
        ("Key", FactorKind.KEY, "Clé de sécurité"),
        ("Key 2", FactorKind.KEY, "Clé de sécurité 2"),
        ("Key ring", FactorKind.KEY, "Key ring"),
        ("PIV card", FactorKind.PIV, "Carte à puce"),
        ("", FactorKind.PIN, "PIN"),
    ],
)
def test_a_name_that_nobody_gave_is_said_in_the_language_of_the_screen(
    name: str, kind: FactorKind, said_as: str
) -> None:
    assert name_of(Words("fr"), FactorView("x", kind, name, 0)) == said_as


def test_the_service_gives_no_other_names_by_itself() -> None:
    for kind, handler in HANDLERS.items():
        assert name_of(Words("fr"), FactorView("x", kind, handler.name, 0)) == Words("fr")(f"factor.kind.{kind}")
