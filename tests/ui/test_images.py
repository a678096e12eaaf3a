"""QR codes are sharp, large and black on white; pictures from outside are decoded within limits or not at all."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
import segno
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from kiosk.ui.measure import Measure
from kiosk.ui.parts.image import MAX_URL, image_of
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.qr import MARGIN, MIN_MM, QrCode
from kiosk.ui.samples.factors import PICTURE, URI
from kiosk.ui.theme import THEMES, theme
from kiosk.ui.words import Words


def png(width: int, height: int) -> str:
    """A PNG that claims to be so large; its pixels are not there."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return "data:image/png;base64," + base64.b64encode(data).decode()


def jpeg() -> str:
    store = QBuffer()
    store.open(QIODevice.OpenModeFlag.WriteOnly)
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(QColor("#FF0000"))
    image.save(store, "JPEG")  # type: ignore[call-overload]  # the stub wants bytes, the method text
    return "data:image/jpeg;base64," + base64.b64encode(bytes(store.data().data())).decode()


def qr(theme_name: str, measure: Measure) -> QrCode:
    code = QrCode(Kit(lambda _: None, Words("en"), theme(theme_name), measure), "QR code")
    code.show_uri(URI)
    return code


@pytest.mark.parametrize("theme_name", THEMES)
@pytest.mark.parametrize("measure", [Measure(96, 0.9, 1024), Measure(96), Measure(192, 1.5, 3840)], ids=str)
def test_every_module_is_there_black_on_white_with_its_margin(
    qapp: QApplication, theme_name: str, measure: Measure
) -> None:
    code = qr(theme_name, measure)
    image = code.grab().toImage()
    rows = segno.make_qr(URI, error="m").matrix
    side, count = code.module, len(rows)
    assert side * count >= measure.mm(MIN_MM)
    assert image.width() == image.height() == (count + 2 * MARGIN) * side
    for y in range(-MARGIN + 1, count + MARGIN - 1):
        for x in range(-MARGIN + 1, count + MARGIN - 1):
            dark = 0 <= y < count and 0 <= x < count and rows[y][x]
            place = ((x + MARGIN) * side, (y + MARGIN) * side)
            wanted = Qt.GlobalColor.black if dark else Qt.GlobalColor.white
            assert image.pixelColor(*place) == image.pixelColor(place[0] + side - 1, place[1] + side - 1) == wanted


def test_a_code_that_is_forgotten_shows_nothing(qapp: QApplication) -> None:
    code = qr("light", Measure(96))
    code.forget()
    image = code.grab().toImage()
    assert all(image.pixelColor(x, x) != Qt.GlobalColor.black for x in range(image.width()))


@pytest.mark.parametrize("url", [PICTURE, jpeg()], ids=["png", "jpeg"])
def test_a_picture_of_the_metadata_is_shown(qapp: QApplication, url: str) -> None:
    image = image_of(url)
    assert image is not None
    assert image.width() > 10


GIF = base64.b64encode(b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff;").decode()
SVG = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>").decode()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://example.com/key.png",
        "file:///etc/passwd",
        "data:image/png;base64",
        "data:image/png;base64,",
        "data:image/png;base64,%%%%",
        "data:image/png;base64,AAAA",
        f"data:image/svg+xml;base64,{SVG}",
        f"data:image/gif;base64,{GIF}",
        f"data:image/png;base64,{GIF}",
        PICTURE.replace("image/png", "image/jpeg"),
        PICTURE[:120],
        png(60_000, 60_000),
        png(0, 10),
        png(32, 32),
        PICTURE + "A" * MAX_URL,
    ],
)
def test_anything_else_is_no_picture(qapp: QApplication, url: str) -> None:
    assert image_of(url) is None


def test_a_picture_that_lies_about_its_kind_is_not_handed_to_another_decoder(qapp: QApplication) -> None:
    bmp = QByteArray()
    store = QBuffer(bmp)
    store.open(QIODevice.OpenModeFlag.WriteOnly)
    QImage(4, 4, QImage.Format.Format_RGB32).save(store, "BMP")  # type: ignore[call-overload]
    assert image_of("data:image/png;base64," + base64.b64encode(bytes(bmp.data())).decode()) is None
