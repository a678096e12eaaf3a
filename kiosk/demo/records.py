"""The exporting program of the demo: a small record system in one person's workspace.

It shows five invented patients and one button. Before it writes an export it rings the doorbell, and it writes only
with a token whose signature, audience, action and age it has checked itself against the service's published keys.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from kiosk.demo.names import AUDIENCE
from kiosk.demo.token_check import TokenRefusedError, check_token
from kiosk.model.counted import counted

GROUND = (0xF4, 0xF6, 0xF8)
"""Red, green and blue of what lies behind everything, as ``STYLE`` says."""
PATIENTS = (
    ("1001", "Okafor, Daniel", "Bay 1", "Amoxicillin"),
    ("1002", "Lindqvist, Saga", "Bay 2", "Paracetamol"),
    ("1003", "Marchetti, Ugo", "Bay 3", "Metformin"),
    ("1004", "Tanaka, Yui", "Bay 4", "Salbutamol"),
    ("1005", "Brennan, Aoife", "Bay 5", "Ramipril"),
)
OBSERVATIONS = (
    ("Okafor, Daniel", "72", "118/76", "36.8"),
    ("Lindqvist, Saga", "88", "132/84", "37.9"),
    ("Marchetti, Ugo", "64", "141/90", "36.5"),
    ("Tanaka, Yui", "97", "109/70", "38.2"),
    ("Brennan, Aoife", "70", "124/80", "36.6"),
)
STYLE = """
QWidget { background: #f4f6f8; color: #17222b; font-size: 15px; }
QLabel#title { font-size: 26px; font-weight: 600; }
QTableWidget { background: white; border: 1px solid #cdd5db; gridline-color: #e3e8ec; }
QHeaderView::section { background: #e9eef2; border: 0; padding: 8px; font-weight: 600; }
QPushButton { background: #0b5c8c; color: white; border: 0; border-radius: 6px; padding: 14px 26px; font-size: 17px; }
QPushButton:disabled { background: #8aa0ad; }
"""


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> QTableWidget:
    """A table to be read; the last column takes what is left."""
    made = QTableWidget(len(rows), len(heads))
    made.setHorizontalHeaderLabels(heads)
    made.horizontalHeader().setStretchLastSection(True)
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(40)
    made.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            made.setItem(row, column, QTableWidgetItem(text))
    for column, width in enumerate(widths):
        made.setColumnWidth(column, width)
    return made


class Observations(QWidget):
    """For a second monitor: one window, with what was measured."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setWindowTitle("Observations")
        self.setStyleSheet(STYLE)
        title = QLabel(f"Observations — {name}")
        title.setObjectName("title")
        box = QVBoxLayout(self)
        box.setContentsMargins(40, 30, 40, 30)
        box.setSpacing(18)
        box.addWidget(title)
        box.addWidget(table(("Patient", "Pulse", "Blood pressure", "Temperature"), OBSERVATIONS, (300, 140, 200)))


class Answers(QObject):
    came = Signal(object)


class Records(QWidget):
    """One window.

    ``url`` and ``trust``: where the token's keys are published, and the CA that vouches for that place (PEM).
    """

    def __init__(self, name: str, url: str, trust: Path) -> None:
        super().__init__()
        self._url, self._trust = url, trust
        self.setWindowTitle("Ward records")
        self.setStyleSheet(STYLE)
        self._title = QLabel(f"Ward records — {name}")
        self._title.setObjectName("title")
        self._table = table(("Number", "Patient", "Bed", "Medication"), PATIENTS, (110, 240, 110))
        self._button = QPushButton("Export all five records…")
        self._button.clicked.connect(self.export)
        self._said = QLabel("")
        self._said.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(40, 30, 40, 30)
        box.setSpacing(18)
        for part in (self._title, self._table, self._button, self._said):
            box.addWidget(part)
        box.setAlignment(self._button, Qt.AlignmentFlag.AlignLeft)
        self._answers = Answers()
        self._answers.came.connect(self._answered)

    def export(self) -> None:
        """Ring the doorbell; the answer comes back as a signal."""
        self._button.setEnabled(False)
        self._said.setText("Asking for approval…")
        threading.Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        self._answers.came.emit(ask_and_check(self._url, self._trust))

    def _answered(self, sentence: str) -> None:
        self._button.setEnabled(True)
        self._said.setText(sentence)


def ask_and_check(url: str, trust: Path) -> str:
    """Ask for the export and check what comes back; the sentence to show."""
    request: dict[str, Any] = {
        "action": "record.export",
        "resource": "Ward/3-North",
        "records": len(PATIENTS),
        "purpose": "transfer of care",
        "patients": [f"Patient/{number}" for number, *_ in PATIENTS],
        "audience": AUDIENCE,
    }
    words = [sys.executable, "-m", "kiosk", "step-up", "--request", "-", "--json"]
    done = subprocess.run(words, input=json.dumps(request), capture_output=True, text=True, check=False)
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return f"Not exported: the workstation did not answer. {done.stderr.strip()}"
    if answer.get("decision") != "granted":
        return f"Not exported: {str(answer.get('reason')).replace('_', ' ')}."
    try:
        wanted = {name: request[name] for name in ("resource", "records", "patients")}
        claims = check_token(str(answer["token"]), url, trust, AUDIENCE, "record.export", **wanted)
    except TokenRefusedError as refused:
        return f"Not exported: {refused}"
    return f"Exported {counted(claims['records'], 'record')}, approved by {claims['sub']} ({claims['acr']})."


def main() -> int:
    """``records NAME URL CA.pem BAR``: as large as the screen, but for ``BAR`` pixels at the top."""
    name, url, trust, bar = sys.argv[1:5]
    app = QApplication(sys.argv[:1])
    window = Records(name, url, Path(trust))
    window.setGeometry(app.primaryScreen().geometry().adjusted(0, int(bar), 0, 0))
    window.show()
    others = [Observations(name) for _ in app.screens()[1:]]
    for other, screen in zip(others, app.screens()[1:], strict=True):
        other.setGeometry(screen.geometry())
        other.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
