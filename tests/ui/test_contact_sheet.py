"""A contact sheet has every picture of the gallery, small, each with its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QApplication

from kiosk.ui.contact_sheet import GAP, LINE, ContactSheet


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080), (1080, 1920), (3840, 2160)])
def test_every_picture_is_on_it_in_its_order(qapp: QApplication, tmp_path: Path, size: tuple[int, int]) -> None:
    colours = [QColor.fromHsv(17 * number, 255, 255).name() for number in range(14)]
    sheet = ContactSheet()
    for number, colour in enumerate(colours):
        whole = QPixmap(*size)
        whole.fill(QColor(colour))
        sheet.add(f"picture-{number}", whole)
    file = tmp_path / "sheets" / "light.png"
    sheet.write(file)
    seen = QImage(str(file))
    found = [
        (y, x)
        for y in range(0, seen.height(), GAP // 2)
        for x in range(0, seen.width(), GAP // 2)
        if seen.pixelColor(x, y).name() in colours
    ]
    order = dict.fromkeys(seen.pixelColor(x, y).name() for y, x in found)
    assert list(order) == colours
    assert seen.width() < 3000 and seen.height() > LINE
