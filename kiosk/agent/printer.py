"""Recovery codes on paper: handed to the station's own print command, on its standard input, and kept nowhere."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from kiosk.agent.outside import Outside
from kiosk.agent.worker import Post, Worker
from kiosk.session.facts.events import Printed
from kiosk.session.facts.orders import PrintCodes
from kiosk.ui.words import Words

SECONDS = 20.0
"""A print spooler takes a job at once; one that does not is reported, and the codes stay on the screen."""
log = logging.getLogger("kiosk.agent.printer")


class Printer:
    """``command``: the station's ``print_command``, empty for none. ``language``: of the sheet."""

    def __init__(self, command: Sequence[str], language: str, post: Post) -> None:
        self._language = language
        self._command = tuple(command)
        self._outside = Outside(self._command, SECONDS)
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
        """After the sheet that is under way, or a second; then it is ended with all that it started."""
        if self._command:
            self._worker.stop(1.0)
            self._outside.stop()

    def _print(self, text: str) -> bool:
        """Whether the command took it."""
        trouble = self._outside.run(text.encode())
        if trouble is not None:
            log.error("the print command failed: %s", trouble)
        return trouble is None


def sheet(order: PrintCodes, words: Words) -> str:
    """The sheet of paper: whose codes, until when, and the numbers by which they are asked for."""
    until = time.strftime("%Y-%m-%d", time.localtime(order.expires))
    lines = [words("enrol.codes.title"), order.person.name, f"{words('factor.fact.until')}: {until}", ""]
    lines += [f"{number:2}.  {code}" for number, code in enumerate(order.codes, start=1)]
    return "\n".join(lines) + "\n\f"
