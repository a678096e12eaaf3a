"""The demo with a display from its beginning to its end: what is set up, the two windows, what is taken down."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from kiosk.agent.signals import Signals
from kiosk.demo.cast import ANNA, BEN, RULES, enrol_card, enrol_code_app, open_hospital
from kiosk.demo.hospital import Hospital
from kiosk.demo.sandbox_check import why_single
from kiosk.demo.screen import VirtualScreen
from kiosk.demo.table import CardTable


def run_table(work: Path, theme: str) -> int:
    """Start everything on this display, until the table's window is closed. Raises ``ChildFailedError``."""
    app = QApplication(sys.argv[:1])
    work.mkdir(parents=True, exist_ok=True)
    screen = VirtualScreen(work, inside=os.environ["DISPLAY"], title="The workstation", private=True)
    screen.start()
    hospital = Hospital(work, display=screen.display, authority=screen.environment["XAUTHORITY"], settings=RULES)
    code_apps: dict[str, str] = {}

    def more() -> None:
        for who in (ANNA, BEN):
            enrol_card(hospital, who)
            code_apps[who.login] = enrol_code_app(hospital, who)

    try:
        single = why_single()
        print(single or "Each person's programs run in a sandboxed display of their own.", flush=True)
        open_hospital(hospital, nested=not single, theme=theme, more=more)
        table = CardTable(hospital, screen, code_apps)
        corner = app.primaryScreen().availableGeometry().bottomRight()
        table.adjustSize()
        table.move(corner.x() - table.width(), corner.y() - table.height())
        table.show()
        signals = Signals(app.quit)
        print("The workstation and the table are open. Close the table to end the demo.", flush=True)
        try:
            return app.exec()
        finally:
            signals.close()
            table.put_away()
    finally:
        hospital.stop()
        screen.stop()
