"""What every part of a screen is made with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from kiosk.ui.measure import Measure
from kiosk.ui.theme import Theme
from kiosk.ui.words import Words

if TYPE_CHECKING:  # 25 ms, for which the first paint would wait
    from kiosk.session.facts.events import Event


@dataclass(frozen=True, slots=True)
class Kit:
    """Handed to each screen when it is built; a change of language, theme or size builds the screens anew.

    ``post``: takes what a touch means, an event of the session.
    """

    post: Callable[[Event], None]
    words: Words
    theme: Theme
    measure: Measure

    def px(self, pixels: float) -> int:
        """A length drawn for 1280 × 800, in pixels of this screen."""
        return self.measure.px(pixels)

    def colour(self, token: str) -> QColor:
        """The theme's colour for ``token``."""
        return self.theme.colour(token)
