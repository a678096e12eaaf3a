"""The service's log: one line a kind and minute, with the number of those like it that were left out.

Whoever can make the service say something can make it say that a million times, until its disk is full or nobody finds
the other line any more. So each kind of line (who says it, which sentence, which error at which place) is written once;
what follows within a minute is counted, and the count is written with the next one, or by ``tell`` once a minute.
"""

from __future__ import annotations

import datetime
import json
import logging
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from kiosk.service.platform import request_ids

SECONDS = 60.0
MAX_KINDS = 256
"""Kinds that are remembered; beyond, the one that was told longest ago is forgotten, with its count told."""
MAX_LINE = 2048
"""Characters of one message; a traceback is this program's own and stays whole."""
MAX_IDS = 50
"""Numbers of requests whose lines were left out that the next line names; the others are counted."""
_Kind = tuple[str, int, str, str, int]


@dataclass(slots=True)
class _Told:
    at: float
    name: str
    level: int
    text: str
    more: int = 0
    requests: list[str] = field(default_factory=list)


class OncePerMinute(logging.Filter):
    """For a handler. ``clock``: seconds, never going back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: OrderedDict[_Kind, _Told] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written now; if so, with what was left out since the last of its kind."""
        kind = _kind(record)
        text = record.getMessage()
        text = text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]}… ({len(text)} characters)"
        told = self._told.get(kind)
        now = self._clock()
        if told is not None and now - told.at < SECONDS:
            told.more += 1
            if request_ids.current() and len(told.requests) < MAX_IDS:
                told.requests.append(request_ids.current())
            return False
        counted = _counted(told)
        self._told[kind] = _Told(now, record.name, record.levelno, text)
        self._told.move_to_end(kind)
        if len(self._told) > 2 * MAX_KINDS:
            self._told.popitem(last=False)
        record.msg, record.args = text + counted, ()
        return True

    def due(self, *, every: bool = False) -> list[logging.LogRecord]:
        """Counts whose minute is over (or ``every`` one) and that no further line has told, as lines to be written;
        they are forgotten."""
        now, lines = self._clock(), []
        for kind, told in list(self._told.items()):
            over = every or now - told.at >= SECONDS
            if over or len(self._told) > MAX_KINDS:
                del self._told[kind]
                if told.more:
                    lines.append(logging.LogRecord(told.name, told.level, "", 0, told.text + _counted(told), (), None))
        return lines


def _kind(record: logging.LogRecord) -> _Kind:
    error, line = "", 0
    if record.exc_info and record.exc_info[0] is not None:
        error, trace = record.exc_info[0].__name__, record.exc_info[2]
        while trace is not None:
            line, trace = trace.tb_lineno, trace.tb_next
    return record.name, record.levelno, str(record.msg), error, line


def _counted(told: _Told | None) -> str:
    if told is None or not told.more:
        return ""
    which = f", requests {', '.join(told.requests)}" if told.requests else ""
    return f" ({told.more} more like it were left out{which})"


_handler: logging.Handler | None = None
_once = OncePerMinute()


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code != 10}
_CONTROLS |= {10: "\n    "} | {code: f"\\u{code:04x}" for code in (*range(0x2028, 0x202F), *range(0x2066, 0x206A))}


class PlainLines(logging.Formatter):
    """``LEVEL name: [request] message``; no brackets outside of a request.

    What came from elsewhere begins no line of its own and moves no cursor: further lines of a message stand further in,
    and control characters are written out.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's name)
        """The line or lines, without a traceback."""
        number = request_ids.current()
        record.message = f"[{number}] {record.message}" if number else record.message
        return super().formatMessage(record).translate(_CONTROLS)


class JsonLines(logging.Formatter):
    """One JSON object a line: ``time`` (RFC 3339, UTC), ``level``, ``logger``, ``message``, ``request`` (its number,
    inside of one), and ``error`` with its traceback where there is one.

    Whatever is not ASCII is escaped inside, so that a line is an event.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds")
        line = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_ids.current():
            line["request"] = request_ids.current()
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


def begin(form: Literal["text", "json"] = "text") -> None:
    """Write warnings and errors to standard error, once a kind and minute."""
    global _handler
    _handler = logging.StreamHandler(sys.stderr)
    plain = PlainLines("%(levelname)s %(name)s: %(message)s")
    _handler.setFormatter(JsonLines() if form == "json" else plain)
    _handler.addFilter(_once)
    logging.basicConfig(level=logging.WARNING, handlers=[_handler])
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # its warnings are what anybody may send


def tell(*, every: bool = False) -> None:
    """Write the counts that are due; ``every`` one where the process ends."""
    if _handler is not None:
        for record in _once.due(every=every):
            _handler.emit(record)
