"""The demo's phone reads from a picture of the screen what the station drew there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import segno
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from kiosk.demo.camera import read_modules, scanned
from kiosk.ui.gallery import picture
from kiosk.ui.samples import SAMPLES
from kiosk.ui.samples.factors import PHONE_URI
from kiosk.ui.theme import THEMES

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.mark.parametrize("level", ["l", "m", "q", "h"])
@pytest.mark.parametrize("length", [1, 20, 60, 110, 190, 400, 900])
def test_every_size_and_level_is_read(length: int, level: str) -> None:
    said = "https://localhost/phone#" + "aB3-_"[: length % 5] * (length // 5)
    code = segno.make_qr(said, error=level)
    assert read_modules([[bool(cell) for cell in row] for row in code.matrix]) == said


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["step-up-phone", "enrol-phone"])
def test_the_stations_own_screens_are_read(qapp: QApplication, tmp_path: Path, name: str, theme: str) -> None:
    file = tmp_path / "screen.png"
    picture(SAMPLES[name], QSize(1280, 800), theme).save(str(file))
    assert scanned(file) == PHONE_URI


@pytest.mark.parametrize("name", ["locked", "step-up-pin", "my-keys"])
def test_where_no_code_stands_nothing_is_read(qapp: QApplication, tmp_path: Path, name: str) -> None:
    file = tmp_path / "screen.png"
    picture(SAMPLES[name], QSize(1280, 800), "contrast").save(str(file))
    assert scanned(file) == ""
