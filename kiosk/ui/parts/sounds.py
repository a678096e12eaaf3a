"""The button that silences the station, and lets it be heard again."""

from __future__ import annotations

from kiosk.session.facts.buttons import Button as Touch
from kiosk.session.facts.buttons import Pressed
from kiosk.session.facts.screen_parts import Surroundings
from kiosk.ui.parts.button import Button
from kiosk.ui.parts.kit import Kit


class SoundsButton(Button):
    """Says whether sounds are on or off, and until when. Hidden where the station never has any."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, "plain", lambda: kit.post(Pressed(Touch.SOUNDS)), "sound")
        self.hide()

    def show_around(self, around: Surroundings) -> None:
        """As in ``around``."""
        self.setVisible(bool(around.sounds))
        if around.sounds:
            key = f"sounds.{around.sounds}{'_until' if around.sounds_until else ''}"
            self.wear("sound" if around.sounds == "on" else "silent")
            self.say(self._kit.words(key, time=around.sounds_until))
