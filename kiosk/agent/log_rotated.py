"""The agent's log, rotated by size. Apart from ``log``: the first paint must not wait for ``logging.handlers``."""

from __future__ import annotations

from logging.handlers import RotatingFileHandler

from kiosk.agent.log import Private


class Rotated(Private, RotatingFileHandler):
    """For the owner alone; the files of before are ``agent.log.1`` and so on."""
