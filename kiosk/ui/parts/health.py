"""The health of readers, card service, network and the service's disk: words and icons, and the worst as a sentence."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.model.health import CardService, ReaderHealth, ReaderState
from kiosk.session.facts.screen_parts import Notice, StationStatus
from kiosk.ui.parts.icons import Icon
from kiosk.ui.parts.kit import Kit
from kiosk.ui.parts.text import Text

_WORST_FIRST = (
    ReaderState.GONE,
    ReaderState.EXCLUSIVE,
    ReaderState.MUTE,
    ReaderState.LEFT,
    ReaderState.CARD,
    ReaderState.READY,
)
_FINE = (ReaderState.READY, ReaderState.CARD)


def worst(readers: Iterable[ReaderHealth]) -> ReaderState | None:
    """The state that matters most; None without readers."""
    states = {reader.state for reader in readers}
    return next((state for state in _WORST_FIRST if state in states), None)


def unlooked(status: StationStatus) -> bool:
    """Whether nobody has looked for readers yet, as in a station's first second: none to be seen is no fault then."""
    return status.card_service is CardService.OK and not status.readers


def can_read(status: StationStatus) -> bool:
    """Whether a tap can be seen at all, as far as is known."""
    if unlooked(status):
        return True
    alive = any(reader.state is not ReaderState.GONE for reader in status.readers)
    return status.card_service is CardService.OK and alive


def trouble(status: StationStatus) -> Notice | None:
    """What is wrong with the readers and what to do, if anything."""
    if status.card_service is not CardService.OK:
        return Notice(f"health.advice.{status.card_service}", "warning")
    state = worst(status.readers)
    return None if state is None or state in _FINE else Notice(f"health.advice.{state}", "warning")


def clock(status: StationStatus) -> Notice | None:
    """How far this computer's clock is off, if it is, and whether that is why the service cannot be reached."""
    if not status.clock_off:
        return None
    way = "behind" if status.clock_off > 0 else "ahead"
    key = f"health.clock.{way}_stops" if status.clock_stops else f"health.clock.{way}"
    return Notice(key, "warning", (("wait", str(abs(status.clock_off))),))


class HealthItem(QWidget):
    """One icon with its word; a warning sign takes the icon's place where something is wrong."""

    def __init__(self, kit: Kit, icon: str) -> None:
        super().__init__()
        self._kit, self._name = kit, icon
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(kit.px(10))
        self._icon = Icon(icon, kit.colour("good"), kit.px(28))
        self._text = Text("small", wraps=False)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._text)

    def say(self, words: str, fine: bool) -> None:
        """Show ``words``; ``fine`` chooses icon and colour."""
        name, colour = (self._name, "good") if fine else ("warning", "warn")
        self._icon.change(name, self._kit.colour(colour))
        self._text.say(words)
        self.setAccessibleName(words)


class HealthLine(QWidget):
    """Reader, card service, network, side by side; under them what else is wrong, if anything."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(kit.px(8))
        line = QHBoxLayout()
        line.setSpacing(kit.px(28))
        self._reader = HealthItem(kit, "reader")
        self._service = HealthItem(kit, "service")
        self._network = HealthItem(kit, "network")
        for item in (self._reader, self._service, self._network):
            line.addWidget(item)
        line.addStretch(1)
        lines.addLayout(line)
        self._more = HealthItem(kit, "warning")
        self._more.hide()
        lines.addWidget(self._more, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_around(self, status: StationStatus) -> None:
        """Draw them."""
        words = self._kit.words
        state = worst(status.readers)
        name = "none" if state is None or status.card_service is not CardService.OK else str(state)
        name = "unknown" if unlooked(status) else name
        self._reader.say(words(f"health.reader.{name}"), can_read(status) and state in _FINE)
        serves = status.card_service.serves
        self._service.say(words(f"health.service.{'ok' if serves else status.card_service}"), serves)
        self._network.say(words(f"health.network.{status.network}"), status.network == "online")
        said = _more(status)
        if said is not None:
            self._more.say(words(said.key, **dict(said.values)), False)
        self._more.setVisible(said is not None)


def _more(status: StationStatus) -> Notice | None:
    """What else is wrong: the one thing that matters most, for which there is room."""
    if status.clock_stops:
        return None  # it is the reason, and said above
    if status.network == "unreachable" and status.offline_cause:
        return Notice(f"health.away.{status.offline_cause}", "warning")
    return clock(status) if status.storage == "ok" else Notice(f"health.storage.{status.storage}")
