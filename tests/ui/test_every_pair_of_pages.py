"""From a page with something typed to every other page: no field of any page, shown or not, still has it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from kiosk.session.facts.enrolment_screens import Enrolment
from kiosk.session.facts.screens import Screen, SecondFactor, StepUp
from kiosk.session.facts.secret_field import EntryView
from kiosk.ui.parts.secret_field import SecretField
from kiosk.ui.samples import SAMPLES
from tests.fakes.screens import Drawn, settle

TYPED = EntryView(31, 5)


def typed(screen: Screen) -> Screen | None:
    """The same with five characters typed; None where no secret is."""
    if isinstance(screen, SecondFactor | StepUp) and screen.prove is not None and screen.prove.stage == "type":
        return replace(screen, prove=replace(screen.prove, entry=TYPED))
    if isinstance(screen, Enrolment) and (part := _typed_part(screen.part)) is not None:
        return replace(screen, part=part)
    return None


def _typed_part(part: Any) -> Any:
    if hasattr(part, "prove") and part.prove.stage == "type":
        return replace(part, prove=replace(part.prove, entry=TYPED))
    return replace(part, entry=TYPED) if hasattr(part, "entry") and getattr(part, "typing", "") != "login" else None


def dots_of(screen: Screen) -> int:
    """Characters that are typed there."""
    part = getattr(screen, "part", screen)
    entry = getattr(getattr(part, "prove", None) or part, "entry", None)
    return entry.count if isinstance(entry, EntryView) else 0


def _one_of_each(names: list[str]) -> list[str]:
    """One sample of each page, and of each part of a page."""
    kinds: dict[object, str] = {}
    for name in names:
        part = getattr(SAMPLES[name], "part", None)
        prove = getattr(SAMPLES[name], "prove", None) or getattr(part, "prove", None)
        kinds.setdefault((type(SAMPLES[name]), type(part), prove is not None and (prove.method, prove.stage)), name)
    return list(kinds.values())


FROM = _one_of_each([name for name, screen in SAMPLES.items() if typed(screen) is not None])
PLAIN = ("locked-login", "enrol-who-login", "step-up-purpose")
TO = _one_of_each(list(SAMPLES))


def test_all_kinds_of_secrets_are_among_them() -> None:
    parts = {type(getattr(SAMPLES[name], "part", SAMPLES[name])).__name__ for name in FROM}
    wanted = {"SecondFactor", "StepUp", "EnrolProve", "EnrolWho", "EnrolPin", "EnrolCodeApp", "EnrolTypeCode"}
    wanted |= {"EnrolPhone"}
    assert parts == wanted


@pytest.mark.parametrize("first", FROM)
def test_nothing_typed_is_left_on_any_page(drawn: Drawn, first: str) -> None:
    for second in TO:
        before = typed(SAMPLES[first])
        assert before is not None
        drawn.window.show_screen(before)
        shown = [field.count for field in drawn.window.findChildren(SecretField) if field.isVisible()]
        assert shown in ([5], []), "of what is blocked there is no field"
        drawn.window.show_screen(SAMPLES[second])
        left = [field.count for field in drawn.window.findChildren(SecretField) if field.count]
        assert left == [own for own in [dots_of(SAMPLES[second])] if own], f"{first} is still there on {second}"


def test_what_was_typed_for_one_wish_is_not_there_for_the_next_that_looks_like_it(drawn: Drawn) -> None:
    asked = SAMPLES["step-up-purpose"]
    assert isinstance(asked, StepUp)
    drawn.window.show_screen(asked)
    settle()
    (line,) = [line for line in drawn.window.findChildren(QLineEdit) if line.isVisible()]
    QTest.keyClicks(line, "audit")
    drawn.window.show_screen(replace(asked, request_number=asked.request_number + 1))
    assert (line.isVisible(), line.text()) == (True, "")


@pytest.mark.parametrize("first", PLAIN)
def test_a_name_or_a_purpose_is_left_on_no_page(drawn: Drawn, first: str) -> None:
    for second in TO:
        drawn.window.show_screen(SAMPLES[first])
        settle()
        (line,) = [line for line in drawn.window.findChildren(QLineEdit) if line.isVisible()]
        QTest.keyClicks(line, "alopez")
        if SAMPLES[second] == SAMPLES[first]:
            continue
        drawn.window.show_screen(SAMPLES[second])
        held = [line.text() for line in drawn.window.findChildren(QLineEdit) if line.text()]
        same = type(SAMPLES[first]) is type(SAMPLES[second]) and line.isVisible()
        assert held == (["alopez"] if same else []), f"{first} is still there on {second}"
        line.setText("")
