"""The button that silences the station, and lets it be heard again."""

from __future__ import annotations

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.screen_parts import StationStatus
from kiosk.ui.parts.button import KeyedButton
from kiosk.ui.parts.kit import Kit


class SoundsButton(KeyedButton):
    """Says whether sounds are on or off, and until when. Hidden where the station never has any."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, "plain", lambda: kit.post(Pressed(Touch.SOUNDS)), "sound")
        self.hide()

    def show_around(self, status: StationStatus) -> None:
        """As in ``status``."""
        self.setVisible(bool(status.sounds))
        if status.sounds:
            key = f"sounds.{status.sounds}{'_until' if status.sounds_until else ''}"
            self.wear("sound" if status.sounds == "on" else "silent")
            self.say(self._kit.words(key, time=status.sounds_until))
