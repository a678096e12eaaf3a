"""A picture from a ``data:`` URL, as FIDO metadata has one of each model of keys. It comes from outside: trust nothing.

Only PNG and JPEG, told by their first bytes as well as by their name, within limits of length and of pixels; anything
else is no picture, and is never an error.
"""

from __future__ import annotations

import base64
import binascii

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from kiosk.ui.parts.kit import Kit

MAX_URL = 256 * 1024
"""Characters of a URL."""
MAX_PIXELS = 1024
"""A side."""
_KINDS = {"data:image/png;base64": (b"png", b"\x89PNG\r\n\x1a\n"), "data:image/jpeg;base64": (b"jpeg", b"\xff\xd8\xff")}


def image_of(url: str) -> QImage | None:
    """The picture, None where there is none that can be shown."""
    head, comma, body = url.partition(",")
    kind = _KINDS.get(head.lower())
    if not comma or kind is None or len(url) > MAX_URL:
        return None
    try:
        data = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return None
    return _decoded(data, *kind)


def _decoded(data: bytes, kind: bytes, magic: bytes) -> QImage | None:
    """Look at the size that it claims before a pixel of it is made."""
    if not data.startswith(magic):
        return None
    store = QBuffer()
    store.setData(QByteArray(data))
    store.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(store, QByteArray(kind))
    reader.setDecideFormatFromContent(False)
    size = reader.size()
    if not (0 < size.width() <= MAX_PIXELS and 0 < size.height() <= MAX_PIXELS):
        return None
    image = reader.read()
    return None if image.isNull() else image


class Plate(QWidget):
    """Such a picture on white, whatever the theme: makers draw their keys for paper. Hidden while there is none."""

    def __init__(self, kit: Kit, side: int) -> None:
        super().__init__()
        self._kit = kit
        self._url = ""
        self._pixmap: QPixmap | None = None
        self.setFixedSize(QSize(side, side))
        self.hide()

    def show_url(self, url: str) -> bool:
        """Show the picture; whether there is one."""
        if url != self._url:
            self._url = url
            image = image_of(url) if url else None
            self._pixmap = None if image is None else QPixmap.fromImage(image)
            self.update()
        self.setVisible(self._pixmap is not None)
        return self._pixmap is not None

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._pixmap is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(self._kit.colour("line"))
        painter.setBrush(Qt.GlobalColor.white)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), self._kit.px(12), self._kit.px(12))
        most = self.rect().adjusted(*(self._kit.px(n) for n in (10, 10, -10, -10)))
        shown = self._pixmap.size().scaled(most.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left = most.left() + (most.width() - shown.width()) // 2
        top = most.top() + (most.height() - shown.height()) // 2
        painter.drawPixmap(left, top, shown.width(), shown.height(), self._pixmap)
