"""The agent's log, rotated by size. Apart from ``log``, because ``logging.handlers`` costs 10 ms to import."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from kiosk.agent.log import BYTES, KEPT, Private, formatted


class RotatedLog(Private, RotatingFileHandler):
    """For the owner alone; the files of before are ``agent.log.1`` and so on."""


def rotate() -> None:
    """From now on the agent's log is rotated. Nothing is lost between."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if type(handler) is Private:
            root.addHandler(formatted(RotatedLog(handler.baseFilename, maxBytes=BYTES, backupCount=KEPT)))
            root.removeHandler(handler)
            handler.close()
