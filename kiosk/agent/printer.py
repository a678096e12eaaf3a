"""Recovery codes on paper: handed to the station's own print command, on its standard input, and kept nowhere."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Sequence

from kiosk.agent.hooks import PATH
from kiosk.agent.worker import Post, Worker
from kiosk.session.enrol_orders import PrintCodes
from kiosk.session.events import Printed
from kiosk.ui.words import Words

SECONDS = 20.0
"""A print spooler takes a job at once; one that does not is reported, and the codes stay on the screen."""
log = logging.getLogger("kiosk.agent.printer")


class Printer:
    """``command``: the station's ``print_command``, empty for none. ``language``: of the sheet."""

    def __init__(self, command: Sequence[str], language: str, post: Post) -> None:
        self._language = language
        self._command = tuple(command)
        self._post = post
        self._worker = Worker("printer", "PRINTER", post)
        if self._command:
            self._worker.start()

    def codes(self, order: PrintCodes) -> None:
        """→ Printed"""
        if self._command:
            self._worker.do(lambda: self._post(Printed(order.turn, self._print(sheet(order, Words(self._language))))))
        else:
            self._post(Printed(order.turn, False))

    def stop(self) -> None:
        """After the sheet that is under way."""
        if self._command:
            self._worker.stop(1.0)

    def _print(self, text: str) -> bool:
        """What it says may hold the codes: nobody reads it. It gets no display, doorbell or secret of ours."""
        try:
            ended = subprocess.run(
                self._command,
                input=text.encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": PATH},
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            log.error("the print command failed: %s", type(error).__name__)
            return False
        if ended.returncode:
            log.error("the print command ended with %d", ended.returncode)
        return ended.returncode == 0


def sheet(order: PrintCodes, words: Words) -> str:
    """The sheet of paper: whose codes, until when, and the numbers by which they are asked for."""
    until = time.strftime("%Y-%m-%d", time.localtime(order.expires))
    lines = [words("enrol.codes.title"), order.person.name, f"{words('factor.fact.until')}: {until}", ""]
    lines += [f"{number:2}.  {code}" for number, code in enumerate(order.codes, start=1)]
    return "\n".join(lines) + "\n\f"
