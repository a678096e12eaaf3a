"""A switch on the demo's table: takes the sign-in service away, as an outage does, and brings it back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton

from kiosk.demo.hospital import Hospital
from kiosk.demo.processes import ChildFailedError

TAKE, BRING, COMING = "Take the service away", "Bring the service back", "The service is coming back…"


class _Came(QObject):
    """It runs again, or what went wrong."""

    back = Signal(str)


class ServiceSwitch(QPushButton):
    """Kills the service, as no warning would come in a hospital either; starts it anew on a thread of its own, which
    stays: a child ends with the thread that started it.

    ``trouble`` emits what went wrong, empty where nothing did.
    """

    trouble = Signal(str)

    def __init__(self, hospital: Hospital) -> None:
        super().__init__(TAKE)
        self._hospital = hospital
        self._came = _Came()
        self._came.back.connect(self._back)
        self._starter = ThreadPoolExecutor(1, "service-switch")
        self.clicked.connect(self._turn)

    def _turn(self) -> None:
        self.trouble.emit("")
        if self._hospital.away:
            self.setEnabled(False)
            self.setText(COMING)
            self._starter.submit(self._bring)
        else:
            self._hospital.take_service_away()
            self.setText(BRING)

    def _bring(self) -> None:
        trouble = ""
        try:
            self._hospital.bring_service_back()
        except ChildFailedError as failure:
            trouble = str(failure)
        self._came.back.emit(trouble)

    def _back(self, trouble: str) -> None:
        self.setEnabled(True)
        self.setText(BRING if self._hospital.away else TAKE)
        self.trouble.emit(trouble)
