"""Job aids show pictures that are there and quote words that stand on the screens."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from kiosk.cli import help_desk
from kiosk.ui.job_aids import PICTURES, SHOWN, main
from kiosk.ui.samples import SAMPLES
from kiosk.ui.words import sentences

AIDS = Path(__file__).parents[2] / "docs" / "job-aids"
PLACE = AIDS.parent / "pictures" / "job-aids"
QUOTED = (
    "Use a code instead", "I have a start code", "I have recovery codes", "Add a security key",
    "It is mine: add it", "Add another", "My keys", "Report lost",
    "Yes, it is lost", "Replace", "Add", "Not me: silence it",
)  # fmt: skip
"""Buttons that people are told to touch."""


def text() -> str:
    return "\n".join(aid.read_text(encoding="utf-8") for aid in sorted(AIDS.glob("*.md")))


def test_every_picture_is_there_and_every_one_is_used() -> None:
    linked = {Path(link).stem for link in re.findall(r"\]\(\.\./pictures/job-aids/([^)]+)\)", text())}
    assert linked <= set(PICTURES)
    assert {file.stem for file in PLACE.glob("*.png")} == set(PICTURES) == linked
    assert set(PICTURES.values()) <= SAMPLES.keys()


@pytest.mark.parametrize("act", ["reset", "approve", "code"])
def test_the_commands_of_the_help_desk_are_those_of_the_program(act: str) -> None:
    parser = argparse.ArgumentParser()
    help_desk.configure(parser)
    words = {"reset": ["LOGIN", "--seen", "passport, face", "--lost", "pin"]}.get(act, ["R-7K3M9Q2X"])
    assert parser.parse_args([act, *words]).act == act
    assert f"kiosk help-desk {act} " in text()


@pytest.mark.parametrize("word", QUOTED)
def test_what_people_are_told_to_touch_stands_on_a_button(word: str) -> None:
    assert word in sentences("en").values()
    assert f"**{word}**" in text()


def test_an_aid_is_one_page() -> None:
    for aid in AIDS.glob("*.md"):
        assert len(aid.read_text(encoding="utf-8").split()) < 520, aid.name


def test_a_picture_is_small_and_drawn_alike_each_time(qapp: QApplication, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        assert main([str(tmp_path / folder), "start-code", "bar"]) == 0
    for name in ("start-code", "bar"):
        file = tmp_path / "a" / f"{name}.png"
        assert QImage(str(file)).width() == SHOWN
        assert file.stat().st_size < 40_000
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_an_unknown_picture_is_told() -> None:
    assert main(["somewhere", "nonsense"]) == 2
