"""``run_station(home, readers)``: the workstation, from its settings to its exit status."""

from __future__ import annotations

import gc
import logging
import os
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.agent import log, single_instance, trace
from kiosk.settings import AgentSettings, load
from kiosk.settings.owners import BELIEVED, NotOursError, check_folder, check_programs
from kiosk.stage import turn

if TYPE_CHECKING:  # the first paint would wait 223 ms for a station alone
    from PySide6.QtCore import QCoreApplication

    from kiosk.agent.inbox import Inbox
    from kiosk.agent.station import StationAgent
    from kiosk.reader.wedge import WedgeReader
    from kiosk.ui.window import Window

SETTINGS = "agent.toml"
INPUT_METHODS = ("QT_IM_MODULE", "QT_IM_MODULES")
_FOR_THE_LOCK_SCREEN = (
    *("PySide6.QtWidgets", "kiosk.agent.inbox", "kiosk.agent.first_paint", "kiosk.agent.signals"),
    *("kiosk.session.facts.screen_parts", "kiosk.ui.window"),
)


class StartupError(Exception):
    """The workstation cannot start; the message is a sentence."""


def run_station(home: Path, readers: tuple[str, ...] = (), theme: str | None = None, windowed: bool = False) -> int:
    """Run the workstation in ``home`` until SIGTERM: 0; another status if it ended by itself.

    ``readers``: name patterns that replace the settings'. Prints ``ready`` on standard output once the lock screen is
    painted, the readers are watched and the doorbell is open. Raises ``SettingsError``, ``StartupError``.
    """
    given, home = home, home.resolve()
    if not (home / SETTINGS).exists():
        raise StartupError(f"{home} holds no workstation. Enrol it first: kiosk agent enroll --home {home} …")
    try:
        check_folder(given, BELIEVED)
        settings = _adjusted(load(AgentSettings, home / SETTINGS), readers, theme, windowed)
        check_programs(settings)
    except NotOursError as error:
        raise StartupError(str(error)) from None
    _need_a_display()
    if not _is_our_turn():
        return 0
    try:
        home.chmod(0o700)
        lock = single_instance.hold(home)
        log.begin(home)
    except single_instance.AlreadyRunningError as error:
        raise StartupError(str(error)) from None
    except OSError as error:
        _say_so(settings, error)
        raise StartupError(f"{home} cannot be used: {error.strerror}.") from None
    try:
        return _run(home, settings)
    finally:
        os.close(lock)


def _say_so(settings: AgentSettings, error: OSError) -> None:
    """To whoever stands before it; the sentence of ``StartupError`` reaches the log of the X session alone."""
    from kiosk.agent import startup_failure_screen

    startup_failure_screen.show(settings, error)


def _is_our_turn() -> bool:
    """Under a stage: load what the lock screen needs, then wait until nobody else is this station's agent."""
    descriptor = turn.inherited()
    if descriptor < 0:
        return True
    for module in _FOR_THE_LOCK_SCREEN:
        import_module(module)
    return turn.wait(descriptor)


def _run(home: Path, settings: AgentSettings) -> int:
    """The lock screen first; the rest of the agent is not even imported before it is painted."""
    from kiosk.agent.first_paint import FirstPaint
    from kiosk.agent.inbox import Inbox
    from kiosk.agent.signals import Signals
    from kiosk.session.facts.screen_parts import LockScreen, StationStatus
    from kiosk.ui.window import Window
    from kiosk.ui.words import ENGLISH, languages

    if settings.language not in languages():
        there = ", ".join(languages())
        known = logging.getLogger("kiosk.agent")
        known.error("there is no language %s, so English is spoken; there is %s", settings.language, there)
        settings = replace(settings, language=ENGLISH)
    application = _application()
    inbox = Inbox()
    window = Window(
        inbox.post,
        theme=settings.theme,
        language=settings.language,
        sounds=settings.sounds is not False,
        fullscreen=settings.fullscreen,
    )
    trace.follow(inbox, window.painted)
    begun: list[StationAgent] = []
    FirstPaint(window, window.painted, lambda: begun.append(_begin(home, settings, inbox, window)))
    signals = Signals(lambda: application.exit(0))
    window.show_screen(LockScreen(StationStatus(help_desk=settings.help_desk)))
    try:
        return int(application.exec())
    finally:
        for station in begun:
            station.stop()
        signals.close()
        logging.getLogger("kiosk.agent").info("stopped")


def _application() -> QCoreApplication:
    """Composes accents by itself: an input method's own process would be sent every key, those of secrets too."""
    from PySide6.QtWidgets import QApplication

    before = {name: os.environ.pop(name, None) for name in INPUT_METHODS}
    os.environ["QT_IM_MODULE"] = "compose"
    try:
        return QApplication.instance() or QApplication(["kiosk"])
    finally:
        del os.environ["QT_IM_MODULE"]  # the programs of the workspace have what the station has
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _begin(home: Path, settings: AgentSettings, inbox: Inbox, window: Window) -> StationAgent:
    """The lock screen is there: the session and its rooms. A failure ends the agent, which is locked then too."""
    from PySide6.QtCore import QCoreApplication

    gc.freeze()  # what there is now stays; looking for garbage begins here (see cli/agent.py)
    gc.enable()
    from kiosk.agent.conductor import EX_SOFTWARE, Conductor
    from kiosk.agent.first_paint import Touches
    from kiosk.agent.station import StationAgent

    try:
        station = StationAgent(home, settings, Conductor(inbox), say_ready)
        station.stage.take_bar(window.bar_pixels)
        window.bar_changed.connect(station.stage.take_bar)
        station.show(window)
        station.start()
    except Exception:
        QCoreApplication.exit(EX_SOFTWARE)
        raise
    if station.wedge is not None:
        _hold_back(settings, station.wedge)
    if station.display is None:
        Touches(QCoreApplication.instance() or inbox, station.stage.stirred)
    return station


def _hold_back(settings: AgentSettings, reader: WedgeReader) -> None:
    """What a reader types gets into no field."""
    from kiosk.model.wedge_decode import alphabet
    from kiosk.ui.wedge import WedgeFilter

    WedgeFilter(alphabet(settings.wedge), settings.wedge_gap, reader.typed, us_keys=settings.wedge_keys == "us")


def say_ready() -> None:
    """Tell whoever started us."""
    print("ready", flush=True)


def _adjusted(settings: AgentSettings, readers: tuple[str, ...], theme: str | None, windowed: bool) -> AgentSettings:
    if readers:
        settings = replace(settings, readers=readers)
    if theme in ("light", "dark", "contrast"):
        settings = replace(settings, theme=theme)  # type: ignore[arg-type] # one of the three just named
    return replace(settings, fullscreen=False) if windowed else settings


def _need_a_display() -> None:
    """Qt would abort the process without a word to the person."""
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise StartupError("There is no display. Start the agent in a graphical session, or set DISPLAY.")
