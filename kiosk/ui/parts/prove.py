"""Giving a proof: a secret with the keypad, or the thing held to the reader, and the other ways to do it.

Second factor and step-up share it.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kiosk.model.card import CardTrouble
from kiosk.model.proof import Method
from kiosk.model.secret import Secret
from kiosk.session.events import Button as Touch
from kiosk.session.events import Pressed, Typed
from kiosk.session.screens import Prove
from kiosk.ui.parts.button import Button
from kiosk.ui.parts.field import SecretField
from kiosk.ui.parts.icons import Icon
from kiosk.ui.parts.keypad import Keypad
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.notice import NoticeLine, Tone
from kiosk.ui.parts.panel import Panel, panel_width
from kiosk.ui.parts.picture import Picture
from kiosk.ui.parts.text import Text
from kiosk.ui.words import plain

METHOD_ICONS = {
    Method.PIN: "pin",
    Method.OTP: "code",
    Method.FIDO2: "key",
    Method.FIDO2_TAP: "key",
    Method.PIV_TAP: "card",
    Method.PIV_PIN: "card",
    Method.RECOVERY: "code",
}
_CENTRAL = (Method.PIN, Method.OTP)
"""Checked by the service: nothing is held while it is."""
_KEYS = (Method.FIDO2, Method.FIDO2_TAP)
FEW = 5
"""Tries left that are shown before anything went wrong: a full count is only one more thing to read."""


class ProvePanel(Panel):
    """One method at a time."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._entry: tuple[int, Method] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(kit.px(24), kit.px(20), kit.px(24), kit.px(24))
        column.setSpacing(kit.px(12))
        column.addLayout(self._heading())
        self._status = NoticeLine(kit, size="small")
        column.addWidget(self._status)
        column.addWidget(self._typing(), 1)
        column.addWidget(self._holding(), 1)
        self.setFixedWidth(panel_width(kit))

    def _heading(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(self._kit.px(14))
        self._icon = Icon("pin", self._kit.colour("accent"), self._kit.px(38))
        self._title = Text("heading")
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._title, 1)
        return line

    def _typing(self) -> QWidget:
        self._type = QWidget()
        column = QVBoxLayout(self._type)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._kit.px(12))
        self.field = SecretField(self._typed)
        self._keypad = Keypad(self._kit, self.field.take, self.field.erase, self.field.confirm)
        self._hint = Text("lead")
        self._confirm = Button(self._kit, "primary", self.field.confirm, "enter")
        self._confirm.say(self._kit.words("prove.confirm"))
        self._room = self._picture_room()
        column.addWidget(self.field)
        column.addWidget(self._keypad, 1)
        column.addWidget(self._hint)
        column.addWidget(self._room, 1)
        column.addWidget(self._confirm)
        return self._type

    def _picture_room(self) -> QWidget:
        """Where there is no keypad: the thing whose PIN it is."""
        room = QWidget()
        room.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(room)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(Picture(self._kit, "key", 150), 0, Qt.AlignmentFlag.AlignCenter)
        return room

    def _holding(self) -> QWidget:
        self._hold = QWidget()
        column = QVBoxLayout(self._hold)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._kit.px(12))
        self._picture = Picture(self._kit, "key", 200)
        self._advice = Text("lead", centred=True)
        self._usb = Button(self._kit, "plain", self._look_for_usb, "usb")
        self._usb.say(self._kit.words("prove.usb"))
        column.addStretch(1)
        column.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._advice)
        column.addStretch(1)
        column.addWidget(self._usb)
        return self._hold

    def _typed(self, secret: Secret) -> None:
        self._kit.post(Typed(secret))

    def _look_for_usb(self) -> None:
        self._kit.post(Pressed(Touch.USB_KEY))

    def show_prove(self, prove: Prove) -> None:
        """Draw ``prove``; empties the field where the session says so."""
        words, method = self._kit.words, prove.method
        types = prove.stage == "type" or (prove.stage == "wait" and method in _CENTRAL)
        self._icon.change(METHOD_ICONS[method], self._kit.colour("accent"))
        self._title.say(words(f"prove.{'type' if types else 'hold'}.{method}"))
        self._status.say(*self._status_of(prove))
        self._show_typing(prove, types)
        self._show_holding(prove, not types)

    def show_nothing(self) -> None:
        """The service is still being asked: say so, offer nothing."""
        self._icon.change("wait", self._kit.colour("accent"))
        self._title.say(self._kit.words("prove.asking"))
        self._status.say("")
        self._type.hide()
        self._hold.hide()
        self._entry = None
        self.field.forget()

    def _show_typing(self, prove: Prove, shown: bool) -> None:
        """The field stays focusable while waiting, so that the keyboard does not slip to another button."""
        if self._entry != (prove.entry, prove.method):
            self._entry = (prove.entry, prove.method)
            self.field.forget()
        waits = prove.stage == "wait"
        self.field.digits_only = prove.digits_only
        self.field.setReadOnly(waits)
        self.field.setAccessibleName(self._kit.words(f"prove.field.{prove.method}"))
        self._keypad.setVisible(prove.digits_only)
        self._keypad.setEnabled(not waits)
        for widget in (self._hint, self._room, self._confirm):
            widget.setVisible(not prove.digits_only)
        if not prove.digits_only:
            self._hint.say(self._kit.words(f"prove.hint.{prove.method}"))
        self._confirm.setEnabled(not waits)
        self._type.setVisible(shown)

    def _show_holding(self, prove: Prove, shown: bool) -> None:
        is_key = prove.method in _KEYS
        self._picture.change("key" if is_key else "card")
        names = next((offer.names for offer in prove.offers if offer.method is prove.method), ())
        named = ", ".join(plain(name, 40) for name in names[:2])
        key = f"prove.advice.{'key' if is_key else 'card'}"
        self._advice.say(self._kit.words(f"{key}_named" if named else key, names=named))
        self._usb.setVisible(is_key and prove.stage == "hold")
        self._hold.setVisible(shown)

    def _status_of(self, prove: Prove) -> tuple[str, Tone]:
        """What went wrong last, or how many tries are left; what must be known first stands first."""
        words = self._kit.words
        if prove.stage == "wait":
            return words("prove.checking"), "info"
        sentences: list[str] = []
        tone: Tone = "info"
        if prove.trouble is not None:
            sentences, tone = [words(f"card.{prove.trouble}")], "refused"
        elif prove.refusal is not None:
            sentences = [words(f"refusal.{prove.refusal}", wait=prove.wait)]
            tone = "refused"
        if prove.last_try and prove.trouble is not CardTrouble.LAST_TRY:
            sentences.append(words("prove.last_try"))
            tone = "refused" if sentences[1:] else "warning"
        elif prove.retries_left is not None and prove.stage == "type" and (sentences or prove.retries_left <= FEW):
            sentences.append(words("prove.tries_left", n=prove.retries_left))
        return " ".join(sentences), tone
